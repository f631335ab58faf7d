"""Commits by 1, 8 and 32 writers, on one table and on many, against pgbench running the server's statement."""

import os
import time

from .report import median
from .session import SCRIPTS
from .tables import create_tables, namespace_path, snapshot_template

WRITERS = [1, 8, 32]
MANY = 512


def run(session, report):
    servers = session.builds()
    connection = servers["moraine"].connect()
    many = 32 if session.quick else MANY
    template = os.path.join(session.folder, "snapshot.json")
    with open(template, "w") as file:
        file.write(snapshot_template())
    create_tables(connection, namespace_path("many"), 1)
    commit(session, servers["moraine"], 1, 1, "main", template, [0], namespace="many")
    twin(session, many)
    variables = payload(session)
    report.part(f"Commits of a snapshot, 10 KB of metadata, autocommit, fsync on; many = {many} tables")
    rounds = [0]
    for tables in ["one", "many"]:
        for writers in WRITERS:
            count = many if tables == "many" else 1
            targets = {}
            for name, server in servers.items():
                targets[name + ", files in memory"] = lambda server=server: commit(session, server, writers, count, "memory", template, rounds)
            targets["moraine, files on the same disk"] = lambda: commit(session, servers["moraine"], writers, count, "main", template, rounds)
            targets["pgbench"] = lambda: pgbench(session, writers, count, variables)
            measure(session, report, f"{tables}, {writers:2} writers", targets, aim=0.7 if tables == "many" else None)
    bound_of_one_writer(session, report, servers["moraine"], many, variables)


def measure(session, report, title, targets, aim):
    results = {name: [] for name in targets}
    for _ in range(2 if session.quick else 3):
        for name, target in targets.items():
            results[name].append(target())
    rates = {name: median([rate for rate, _ in rows]) for name, rows in results.items()}
    for name, rows in results.items():
        details = rows[len(rows) // 2][1]
        note = "" if details is None else f"p50 {details['p50']:.2f} ms, p99 {details['p99']:.2f} ms, wrk took {details['client-cores']:.2f} cores"
        report.add(f"{title}: {name}", rates[name], "1/s", note=note)
    share = rates["moraine, files in memory"] / rates["pgbench"]
    if aim:
        report.at_least(f"{title}: files in memory / pgbench", share, "", aim)
    else:
        report.add(f"{title}: files in memory / pgbench", share, "")


def bound_of_one_writer(session, report, server, tables, variables):
    """What one writer could get at most: it waits for an answer over HTTP, a durable file and PostgreSQL, one after the other.

    The first is the plain server of `loadtable` with a body of the same size; nothing that a catalog does is in it.
    """
    connection = server.connect()
    status, body = connection.send(connection.prepare("GET", namespace_path("many") + "/tables/t1"))
    assert status == 200
    plain = session.memory_server(bytes(body))
    waits = {"answer": [], "file": [], "PostgreSQL": []}
    for _ in range(session.rounds):
        waits["answer"].append(1 / session.load(plain, "load", 1, namespace_path("many"), 1)["rate"])
        waits["file"].append(write_files(os.path.join(session.memory_folder, "bound"), bytes(body), 500))
        waits["PostgreSQL"].append(1 / pgbench(session, 1, tables, variables)[0])
    waits = {name: median(values) for name, values in waits.items()}
    session.stop(plain)
    note = ", ".join(f"{name} {seconds * 1e3:.2f} ms" for name, seconds in waits.items())
    report.add("one writer, waiting for nothing else / pgbench", waits["PostgreSQL"] / sum(waits.values()), "", note=note)


def write_files(folder, body, count):
    """Seconds for a file as the server writes it: under another name, synced, renamed, and its folder synced."""
    os.makedirs(folder, exist_ok=True)
    started = time.perf_counter()
    for number in range(count):
        path = os.path.join(folder, f"{number}.json")
        file = os.open(path + ".part", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        os.write(file, body)
        os.fsync(file)
        os.close(file)
        os.rename(path + ".part", path)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(descriptor)
        os.close(descriptor)
    return (time.perf_counter() - started) / count


def commit(session, server, writers, tables, warehouse, template, rounds, namespace=None):
    """One round, on fresh tables: what was committed before makes no round dearer than the others."""
    rounds[0] += 1
    if not namespace:
        namespace = f"round{rounds[0]}"
        connection = server.connect()
        create_tables(connection, namespace_path(namespace, warehouse), tables)
        connection.close()
    result = session.load(server, "commit", writers, namespace_path(namespace, warehouse), tables, rounds[0], template)
    return result["rate"], result


def pgbench(session, writers, tables, variables):
    return session.cluster.pgbench(os.path.join(SCRIPTS, "commit.sql"), writers, session.seconds, {**variables, "tables": tables}), None


def twin(session, count):
    """Copies of the tables' rows, of the same sizes, whose ids pgbench can count through."""
    session.cluster.query(f"""
        INSERT INTO namespaces (id, warehouse_id, zone_id, path, properties)
        SELECT '00000000-0000-0000-0000-000000000000', warehouse_id, zone_id, 'pgbench', properties FROM namespaces WHERE path = 'many' LIMIT 1;
        INSERT INTO datasets (id, warehouse_id, namespace_id, kind, identifier, name, version, location, metadata_location, head)
        SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, warehouse_id, '00000000-0000-0000-0000-000000000000', kind,
          E'main\\x1fpgbench\\x1ft' || n, 't' || n, 1, location || n, metadata_location, head
        FROM generate_series(1, {count}) n, LATERAL (SELECT * FROM datasets WHERE identifier = E'main\\x1fmany\\x1ft1') source;""")


def payload(session):
    """What the server writes with a commit, taken from what it wrote."""
    query = session.cluster.query
    location, metadata_location, head = query(
        "SELECT location, metadata_location, head FROM datasets WHERE identifier = E'main\\x1fmany\\x1ft1'")[0]
    manifest_list, document = query("SELECT manifest_list, document FROM snapshots LIMIT 1")[0]
    canonical = query("SELECT convert_from(canonical, 'UTF8') FROM audit_events ORDER BY id DESC LIMIT 1")[0][0]
    revision = query("SELECT revision FROM access_revision")[0][0]
    return {
        "revision": revision, "location": location, "metadata_location": metadata_location, "head": head, "manifest_list": manifest_list,
        "document": document, "canonical": canonical,
    }

"""What deciding adds: loadTable by who may do everything and by who holds 10,000 grants, and lists of which half may be seen."""

import json
import os
import subprocess
import time
import urllib.request

from .authentication import tokens
from .report import median
from .tables import create_tables, namespace_path

TABLES = 100
GRANTS = 10_000
CONNECTIONS = 64


def ask(port, path, token):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def listing(port, path, token):
    """How long all pages take, in milliseconds, and how many tables they name."""
    started, found, page = time.perf_counter(), 0, ""
    while page is not None:
        answer = ask(port, f"{path}/tables?pageSize=1000&pageToken={page}", token)
        found += len(answer["identifiers"])
        page = answer.get("next-page-token")
    return (time.perf_counter() - started) * 1e3, found


def make_many(cluster):
    """10,000 tables in `many`, of which nobody reads more than their names."""
    cluster.query("""
        INSERT INTO datasets (id, warehouse_id, namespace_id, kind, identifier, name, version, location, metadata_location, head,
          description, format_version)
        SELECT gen_random_uuid(), n.warehouse_id, n.id, 'table', 'main' || chr(31) || 'many' || chr(31) || 't' || s, 't' || s, 1, d.location,
          d.metadata_location, '{}', d.description, d.format_version
        FROM generate_series(1, 10000) s, namespaces n, (SELECT * FROM datasets WHERE name = 't1' LIMIT 1) d WHERE n.path = 'many'""")
    cluster.query("ANALYZE datasets")


def grant_half(cluster):
    """10,000 grants of the service `half`: on every second table of `many`, most of them twice, and on those of `bench`."""
    cluster.query("""
        INSERT INTO grants (id, principal_id, privilege, object_kind, object_id, object_name, granted_by)
        SELECT gen_random_uuid(), p.id, 'read', 'dataset', d.id, d.name, 'bench' FROM principals p, datasets d
        WHERE p.name = 'half' AND (d.identifier LIKE '%many%' AND substr(d.name, 2)::int % 2 = 0 OR d.identifier LIKE '%bench%')""")
    cluster.query(f"""
        INSERT INTO grants (id, principal_id, privilege, object_kind, object_id, object_name, granted_by)
        SELECT gen_random_uuid(), p.id, 'see', 'dataset', d.id, d.name, 'bench' FROM principals p, datasets d
        WHERE p.name = 'half' AND d.identifier LIKE '%many%' AND substr(d.name, 2)::int % 2 = 0
        LIMIT {GRANTS} - (SELECT count(*) FROM grants)""")
    cluster.query("UPDATE access_revision SET revision = revision + 1")


def run(session, report):
    server = session.moraine()
    connection = server.connect()
    path = namespace_path("bench")
    create_tables(connection, path, TABLES)
    connection.ask("POST", namespace_path("many").rsplit("/", 1)[0], {"namespace": ["many"]})
    admin, _ = tokens(connection, server.port)
    half, _ = tokens(connection, server.port, "half", None)
    make_many(session.cluster)
    session.load(server, "load", CONNECTIONS, path, TABLES, seconds=1, token=admin)
    before = [session.load(server, "load", CONNECTIONS, path, TABLES, token=admin)["rate"] for _ in range(session.rounds)]
    grant_half(session.cluster)
    started = time.perf_counter()
    ask(server.port, path + "/tables/t1", half)
    reading = (time.perf_counter() - started) * 1e3
    rates = {"admin": [], "half": []}
    for _ in range(session.rounds):
        for name, token in (("admin", admin), ("half", half)):
            rates[name].append(session.load(server, "load", CONNECTIONS, path, TABLES, token=token)["rate"])
    report.part(f"deciding, with {GRANTS:,} grants in force")
    report.add("loadTable by an administrator, no grants", median(before), "1/s")
    report.add("loadTable by an administrator", median(rates["admin"]), "1/s")
    report.add("loadTable by who holds them all", median(rates["half"]), "1/s")
    report.at_least("the last / the first", median(rates["half"]) / median(before), "", 0.95)
    report.add("the first request after a grant, everything read anew", reading, "ms")
    many = namespace_path("many")
    times = {"admin": [], "half": []}
    for _ in range(session.rounds):
        for name, token in (("admin", admin), ("half", half)):
            took, found = listing(server.port, many, token)
            assert found == {"admin": 10_000, "half": 5_000}[name], found
            times[name].append(took)
    report.add("10,000 tables listed, all seen, ten pages over HTTP", median(times["admin"]), "ms")
    report.add("the same, half of them seen, five pages", median(times["half"]), "ms")
    deciding(session, report, ["bench", "half"])


def deciding(session, report, services):
    """What decisions add to a list: the server's own code in one process, for callers in turn and for the server itself, which asks nobody."""
    done = subprocess.run(
        [os.path.join(session.binaries, "AccessBenchmark"), session.cluster.url, "main", "many", *services],
        capture_output=True, text=True, check=True)
    times = json.loads(done.stdout)
    plain = times.pop("nobody asked")["median-us"] / 1e3
    report.add("10,000 tables listed in process, nothing decided", plain, "ms")
    titles = {"bench": "deciding adds, all of them seen", "half": "deciding adds, half of them seen"}
    for name in services:
        report.at_most(titles[name], times[name]["median-us"] / 1e3 - plain, "ms", 20)

"""loadTable of 10 KB tables from the server's memory, the version asked of PostgreSQL each time, against the same bytes without asking."""

import os

from .report import median, spread
from .session import SCRIPTS
from .tables import create_tables, namespace_path

TABLES = 100
CONNECTIONS = 64


def run(session, report):
    servers = session.builds()
    connection = servers["moraine"].connect()
    path = namespace_path("bench")
    create_tables(connection, path, TABLES)
    status, body = connection.send(connection.prepare("GET", path + "/tables/t1"))
    assert status == 200
    servers["from memory"] = session.memory_server(bytes(body))
    report.part(f"loadTable, {len(body):,} bytes, {CONNECTIONS} connections, {TABLES} tables in turn")
    rates, latencies, cores, lookups = {}, {}, [], {"one": [], "sixteen": []}
    for server in servers.values():
        session.load(server, "load", CONNECTIONS, path, TABLES, seconds=1)
    for _ in range(session.rounds):
        for name, server in servers.items():
            result = session.load(server, "load", CONNECTIONS, path, TABLES)
            rates.setdefault(name, []).append(result["rate"])
            latencies.setdefault(name, []).append((result["p50"], result["p99"]))
            cores.append(result["client-cores"])
        for name, rows in lookups.items():
            rows.append(session.cluster.pgbench(os.path.join(SCRIPTS, f"lookup-{name}.sql"), 8, session.seconds))
    memory, served = median(rates["from memory"]), median(rates["moraine"])
    report.add("loadTable", served, "1/s", note=f"p50 {median([l[0] for l in latencies['moraine']]):.2f} ms, "
               f"p99 {median([l[1] for l in latencies['moraine']]):.2f} ms, rounds ±{spread(rates['moraine']):.0%}")
    if "against" in rates:
        report.add("loadTable, the other build", median(rates["against"]), "1/s", note=f"this one is {served / median(rates['against']):.3f} of it")
    report.add("the same bytes from memory, plain Hummingbird", memory, "1/s", note=f"rounds ±{spread(rates['from memory']):.0%}")
    report.add("wrk's own processor time", max(cores), "cores", note="at most; it shares the machine's cores")
    report.add("pgbench, 8 clients, one row by key", median(lookups["one"]), "1/s")
    report.add("pgbench, 8 clients, 16 keys in one = ANY, rows", 16 * median(lookups["sixteen"]), "1/s")
    report.at_least("loadTable / from memory", served / memory, "", 0.7)
    report.add("loadTable / pgbench one row by key", served / median(lookups["one"]), "")

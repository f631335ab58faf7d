"""Whether a long history makes a table dearer: loadTable and commits at 10, 1,000 and 10,000 snapshots."""

import time

from .report import median
from .tables import append, create_tables, namespace_path

SIZES = [10, 1_000, 10_000]


def run(session, report):
    sizes = SIZES[:2] if session.quick else SIZES
    server = session.moraine()
    connection = server.connect()
    path = namespace_path("history")
    create_tables(connection, path, len(sizes))
    tables = {size: f"{path}/tables/t{number}" for number, size in enumerate(sizes, 1)}
    last = {}
    for size, table in tables.items():
        last[size] = 1
        while last[size] < size:
            count = min(500, size - last[size])
            connection.ask("POST", table, append(last[size] + 1, count))
            last[size] += count
    report.part("History, one connection, so many snapshots in the table")
    loads, commits, costs, lookups, log, bodies = ({size: [] for size in sizes} for _ in range(6))
    for _ in range(session.rounds):
        for size, table in tables.items():
            request = connection.prepare("GET", table)
            before = session.cluster.cost("SELECT identifier, id%")
            loads[size] += timed(connection, [request] * (10 if session.quick else 40), bodies[size])
            lookups[size].append(per_call(before, session.cluster.cost("SELECT identifier, id%")))
        for _ in range(5 if session.quick else 20):
            for size, table in tables.items():
                # The longest table's document passes through the processor's caches before every commit, not only before its own.
                connection.send(connection.prepare("GET", tables[sizes[-1]]))
                last[size] += 1
                before = session.cluster.cost("WITH swapped%")
                commits[size] += timed(connection, [connection.prepare("POST", table, append(last[size], 1))], [])
                after = session.cluster.cost("WITH swapped%")
                costs[size].append(per_call(before, after))
                log[size].append((after[2] - before[2]) / (after[0] - before[0]))
    for size in sizes:
        report.add(f"{size:,}: loadTable", quantile(loads[size], 50), "ms", note=f"p99 {quantile(loads[size], 99):.2f} ms, {median(bodies[size]) / 1e6:.2f} MB")
        report.add(f"{size:,}: loadTable's lookup in PostgreSQL", median(lookups[size]), "ms")
        report.add(f"{size:,}: commit", quantile(commits[size], 50), "ms", note=f"p99 {quantile(commits[size], 99):.2f} ms")
        report.add(f"{size:,}: commit's execution in PostgreSQL", median(costs[size]), "ms", note=f"{median(log[size]):,.0f} bytes of write-ahead log")
    first, final = sizes[0], sizes[-1]
    report.at_most(f"commit in PostgreSQL at {final:,} / at {first}", median(costs[final]) / median(costs[first]), "", 1.25)
    report.at_most(f"write-ahead log of a commit at {final:,} / at {first}", median(log[final]) / median(log[first]), "", 1.25)


def timed(connection, requests, sizes):
    """Milliseconds of each request."""
    times = []
    for request in requests:
        start = time.perf_counter()
        status, body = connection.send(request)
        times.append((time.perf_counter() - start) * 1e3)
        if status != 200:
            raise SystemExit(f"{status} {bytes(body[:300])!r}")
        sizes.append(len(body))
    return times


def per_call(before, after):
    return (after[1] - before[1]) / (after[0] - before[0])


def quantile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]

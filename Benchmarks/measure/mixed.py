"""A mixed load after the shape of the benchmarks of apache/polaris-tools: a tree of namespaces with tables and views in its leaves,
80 % reads, lists among them, and 20 % changes of properties."""

from .tables import schema

DEPTH = 4
WIDTH = 2
TABLES = 10
VIEWS = 5


def run(session, report):
    server = session.moraine()
    leaves, namespaces = plant(server.connect())
    report.part(f"Mixed load, {namespaces} namespaces, {leaves * TABLES} tables, {leaves * VIEWS} views, 32 connections")
    for title, reads in [("80 % reads, 20 % updates", 80), ("reads only", 100)]:
        rows = [session.load(server, "mixed", 32, DEPTH, WIDTH, TABLES, VIEWS, reads) for _ in range(session.rounds)]
        row = sorted(rows, key=lambda row: row["rate"])[len(rows) // 2]
        report.add(title, row["rate"], "1/s", note=f"p50 {row['p50']:.2f} ms, p99 {row['p99']:.2f} ms, no request failed")


def plant(connection):
    """Makes the tree; returns the number of leaves and of namespaces."""
    leaves = namespaces = 0
    level = [[f"n{number}"] for number in range(1)]
    for depth in range(DEPTH):
        for path in level:
            connection.ask("POST", "/v1/main/namespaces", {"namespace": path, "properties": {"owner": "analytics"}})
            namespaces += 1
            if depth < DEPTH - 1:
                continue
            leaves += 1
            place = "/v1/main/namespaces/" + "%1F".join(path)
            for number in range(TABLES):
                connection.ask("POST", place + "/tables", {"name": f"t{number}", "schema": schema(10), "properties": {"owner": "analytics"}})
            for number in range(VIEWS):
                connection.ask("POST", place + "/views", view(f"v{number}", path))
        level = [path + [f"n{number}"] for path in level for number in range(WIDTH)]
    return leaves, namespaces


def view(name, namespace):
    return {
        "name": name, "schema": schema(10), "properties": {"owner": "analytics"},
        "view-version": {
            "version-id": 1, "timestamp-ms": 1_700_000_000_000, "schema-id": 0, "summary": {"engine-name": "spark"},
            "default-namespace": namespace, "representations": [{"type": "sql", "sql": "SELECT * FROM t0", "dialect": "spark"}],
        },
    }

"""What the server holds in memory, idle, under load, and after it."""

from .tables import create_tables, namespace_path

TABLES = 1_000


def run(session, report):
    server = session.moraine()
    report.part(f"Memory, {TABLES:,} tables of 10 KB")
    report.add("idle, after the start", server.resident_megabytes(), "MB")
    tables = 100 if session.quick else TABLES
    path = namespace_path("memory")
    create_tables(server.connect(), path, tables)
    report.add("after creating the tables, one commit each", server.resident_megabytes(), "MB")
    session.stop(server)
    server = session.moraine()
    for _ in range(session.rounds):
        session.load(server, "load", 64, path, tables)
    report.at_most("most, while 64 connections load all of them", server.resident_megabytes(peak=True), "MB", 100)
    report.at_most("after that", server.resident_megabytes(), "MB", 100)

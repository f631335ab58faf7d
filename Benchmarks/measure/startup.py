"""From exec to `ready`."""

import os

from .report import median


def run(session, report):
    report.part("Start-up, from exec to `ready`, median of ten")
    first = session.moraine()
    report.add("first start, with an empty database", first.startup_seconds * 1e3, "ms")
    session.stop(first)
    count = 3 if session.quick else 10
    shared = times(session, session.moraine_command(), count)
    report.at_most("PostgreSQL running", median(shared), "ms", 150, f"slowest {max(shared):.0f} ms")
    folder = os.path.join(session.folder, "private")
    command = [os.path.join(session.binaries, "moraine"), "serve", "--dev", "--port", "0", "--log-level", "error", "--data-dir", folder]
    made = times(session, command, 1)
    report.add("private PostgreSQL, made anew", made[0], "ms")
    private = times(session, command, count)
    report.add("private PostgreSQL, started with the server", median(private), "ms", note=f"slowest {max(private):.0f} ms")


def times(session, command, count):
    result = []
    for _ in range(count):
        server = session.start(command, "startup.log")
        result.append(server.startup_seconds * 1e3)
        session.stop(server)
    return result

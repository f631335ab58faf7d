"""What knowing the caller adds to a loadTable: the same server, asked by nobody, with an access token, and with a personal one."""

import json

import urllib.parse
import urllib.request

from .report import median
from .tables import create_tables, namespace_path

TABLES = 100
CONNECTIONS = 64


def tokens(connection, port, name="bench", role="admin"):
    """An access token and a personal access token of a service, which is in a role if one is named."""
    connection.ask("POST", "/management/v1/principals", {"kind": "service", "name": name})
    if role:
        connection.ask("POST", f"/management/v1/principals/role/{role}/members", {"kind": "service", "name": name})
    secret = connection.ask("POST", "/management/v1/clients", {"service": name})["secret"]
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": name, "client_secret": secret})
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/oauth/tokens", form.encode()) as answer:
        access = json.load(answer)["access_token"]
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/management/v1/tokens", b"{}", {"Authorization": f"Bearer {access}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return access, json.load(answer)["token"]


def run(session, report):
    server = session.moraine()
    connection = server.connect()
    path = namespace_path("bench")
    create_tables(connection, path, TABLES)
    access, personal = tokens(connection, server.port)
    ways = {"nobody": None, "access token": access, "personal access token": personal}
    rates = {name: [] for name in ways}
    for token in ways.values():
        session.load(server, "load", CONNECTIONS, path, TABLES, seconds=1, token=token)
    for _ in range(session.rounds):
        for name, token in ways.items():
            rates[name].append(session.load(server, "load", CONNECTIONS, path, TABLES, token=token)["rate"])
    report.part(f"who asks, by loadTable over {CONNECTIONS} connections")
    nobody = median(rates["nobody"])
    report.add("loadTable by nobody", nobody, "1/s")
    for name in list(ways)[1:]:
        rate = median(rates[name])
        report.add(f"loadTable with an {name}" if name[0] == "a" else f"loadTable with a {name}", rate, "1/s",
                   note=f"{1e6 / rate - 1e6 / nobody:+.2f} us a request")
        report.at_least(f"{name} / nobody", rate / nobody, "", 0.95)

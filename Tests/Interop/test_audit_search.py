"""The audit trail, searched: by who, what, on what, when, and how it ended; over REST and on the command line."""

import json
import subprocess
import time

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog

from governed import Governed
from servers import BINARY, wait_until
from transparency import leaf_hash

PATH = "/governance/v1/audit/events"


@pytest.fixture(scope="module")
def governed():
    governed = Governed(log_key=True)
    governed.team("risk", "data_scientist")
    catalog = load_catalog(
        "root", uri=governed.url, warehouse="main", credential=governed.credentials["root"],
        **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})
    for name in ["raw.loans", "unstructured.scans", "feature.scores", "sandbox.held"]:
        catalog.create_table(name, pa.schema([("id", pa.int64())]), properties={"comment": "A table.", "owner-team": "risk"})
    yield governed
    governed.close()


def indexed(governed):
    """Waits until everything that was written until now can be found."""
    written = int(sql(governed, "SELECT count(*) FROM audit_events"))
    wait_until(lambda: search(governed, limit=1)["indexed"] >= written, what="the index of the trail")


def sql(governed, text):
    return subprocess.run(
        [f"{governed.postgres.binaries}/psql", governed.postgres.url, "-XAtc", text], capture_output=True, text=True, check=True).stdout.strip()


def search(governed, by="auditor", **query):
    answer = governed.call("GET", PATH, by=by, params={name.replace("_", "-"): value for name, value in query.items()})
    assert answer.ok, answer.text
    return answer.json()


def found(governed, answer):
    """The one event that a request left, found by the request's id."""
    indexed(governed)
    [event] = search(governed, request=answer.headers["X-Request-Id"])["events"]
    return event


def moraine(governed, *arguments, by="auditor"):
    return subprocess.run(
        [BINARY, "audit", *arguments, "--server", governed.url, "--warehouse", "main"], capture_output=True, text=True, timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": str(governed.folder), "MORAINE_TOKEN": governed.tokens[by]})


def said(answer):
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def table(zone, name):
    return {"object_kind": "table", "warehouse": "main", "namespace": zone, "name": name}


def test_denials_by_policies_and_by_rules_are_found_and_explained(governed):
    refused = governed.call("DELETE", "/v1/main/namespaces/raw/tables/loans", by="analyst")
    assert refused.status_code in (403, 404)
    event = found(governed, refused)
    assert (event["principal"], event["action"], event["kind"], event["decision"]) == ("analyst", "drop-table", "denial", "deny")
    assert event["object"] == {"kind": "table", "path": ["main", "raw", "loans"]}
    # A rule of the zone; the page tells its words.
    purge = governed.call("DELETE", "/v1/main/namespaces/unstructured/tables/scans?purgeRequested=true")
    assert purge.status_code == 403
    page = said(moraine(governed, "show", found(governed, purge)["id"]))
    assert "admin" in page and "denied" in page and "unstructured" in page
    # A policy that forbids; the page tells its reason, which the event itself does not have.
    hold = {"name": "case", "reason": "Litigation", "authority": "Court",
            "objects": [{"kind": "namespace", "warehouse": "main", "namespace": ["sandbox"]}]}
    assert governed.call("POST", "/governance/v1/holds", hold, by="legal").ok
    held = governed.call("DELETE", "/v1/main/namespaces/sandbox/tables/held")
    assert held.status_code == 403
    event = found(governed, held)
    loaded = governed.call("GET", f"{PATH}/{event['id']}", by="auditor").json()
    record = json.loads(loaded["canonical"])
    assert record["policies"] == ["hold-and-retention"] and "reason" not in record
    reason = loaded["reasons"]["hold-and-retention"]
    assert reason and reason in held.json()["error"]["message"]
    assert loaded["policy-set-number"] == 1
    page = said(moraine(governed, "show", str(event["place"])))
    assert f"hold-and-retention: {reason}" in page and record["policy-set"] in page
    # Together, the newest first.
    denials = search(governed, decision="deny", kind="denial")["events"]
    assert {refused.headers["X-Request-Id"], purge.headers["X-Request-Id"], held.headers["X-Request-Id"]} <= {
        event["request-id"] for event in denials}
    assert [event["place"] for event in denials] == sorted((event["place"] for event in denials), reverse=True)
    assert search(governed, decision="allow", kind="denial")["events"] == []
    assert [event["request-id"] for event in search(governed, actor="analyst", decision="deny", **table("raw", "loans"))["events"]] == [
        refused.headers["X-Request-Id"]]


def test_reads_changes_and_the_servers_own_are_told_apart(governed):
    read = governed.call("GET", "/v1/main/namespaces/feature/tables/scores", by="data_scientist")
    event = found(governed, read)
    assert (event["kind"], event["decision"], event["action"]) == ("read", "allow", "load-table")
    changed = governed.call(
        "POST", "/v1/main/namespaces/sandbox/properties", {"updates": {"comment": "What\x1b[31m is tried."}, "removals": []})
    assert changed.ok
    event = found(governed, changed)
    assert (event["kind"], event["action"]) == ("change", "update-namespace-properties")
    page = said(moraine(governed, "show", event["id"]))
    # The difference, and nothing that a terminal would obey.
    assert "+ properties.comment: What" in page and "\x1b" not in page
    owns = search(governed, actor="server")["events"]
    assert {"create-warehouse", "add-log-key"} <= {event["action"] for event in owns}
    assert {event["principal"] for event in owns} == {"server"}
    # Objects that lie in no warehouse.
    assert {event["object"]["path"][0] for event in search(governed, object_kind="principal", limit=1000)["events"]} >= {"service", "team"}
    [made] = search(governed, object_kind="principal", name="team:risk", action="create-principal")["events"]
    assert made["object"]["path"] == ["team", "risk"]
    # A namespace with what lies in it, and a table without what lies beside it.
    inside = search(governed, object_kind="namespace", warehouse="main", namespace="sandbox", limit=1000)["events"]
    assert {tuple(event["object"]["path"]) for event in inside} == {("main", "sandbox"), ("main", "sandbox", "held")}


def test_pages_go_both_ways_and_do_not_overlap(governed):
    indexed(governed)
    everything = search(governed, limit=1000)["events"]
    assert [event["place"] for event in everything] == list(range(len(everything)))[::-1]
    pages, query = [], {}
    while query is not None:
        page = search(governed, limit=7, **query)
        pages += page["events"]
        query = {"before": page["next-before"]} if "next-before" in page else None
    assert pages == everything
    pages, after = [], -1
    while (page := search(governed, limit=7, after=after))["events"]:
        pages += page["events"]
        after = page["next-after"]
    assert pages == everything[::-1] and after == page["next-after"] == page["indexed"] - 1
    # Times: from one event's on, and before it.
    middle = everything[len(everything) // 2]
    moment = int(middle["time-us"]) // 1000
    later = search(governed, since_ms=moment, limit=1000)["events"]
    earlier = search(governed, until_ms=moment, limit=1000)["events"]
    assert later == [event for event in everything if int(event["time-us"]) >= moment * 1000] and middle in later
    assert earlier == [event for event in everything if int(event["time-us"]) < moment * 1000] and earlier


def test_an_event_is_the_leaf_of_the_log(governed):
    receipt = governed.call("POST", "/v1/main/namespaces", {"namespace": ["sandbox", "leaf"]}).headers["Moraine-Receipt"]
    event, leaf = receipt.split(" ")
    loaded = governed.call("GET", f"{PATH}/{event}", by="auditor").json()
    assert loaded["leaf-hash"] == leaf == leaf_hash(loaded["canonical"].encode()).hex() and loaded["is-intact"]
    covered = wait_until(
        lambda: (answer := governed.call("GET", f"{PATH}/{event}", by="auditor").json()).get("checkpoint") and answer, what="a checkpoint")
    assert covered["checkpoint"] > covered["place"]
    assert receipt in said(moraine(governed, "show", event))
    assert said(moraine(governed, "proof", event, "--leaf", leaf))
    # A text that was changed is shown, and said to be another.
    sql(governed, "UPDATE audit_events SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'sandbox', 'raw'), 'UTF8') "
        f"WHERE id = '{event}'")
    assert governed.call("GET", f"{PATH}/{event}", by="auditor").json()["is-intact"] is False
    shown = moraine(governed, "show", event)
    assert shown.returncode == 1 and "raw/leaf" in shown.stdout and "not that of the text" in shown.stdout
    assert governed.call("GET", f"{PATH}/00000000-0000-7000-8000-000000000000", by="auditor").status_code == 404


def test_the_command_line_searches_and_follows(governed):
    indexed(governed)
    events = json.loads(said(moraine(governed, "search", "--decision", "deny", "-o", "json")))["events"]
    assert events == search(governed, decision="deny")["events"]
    lines = said(moraine(governed, "search", "--actor", "service:analyst", "--on", "table", "raw.loans")).splitlines()
    assert lines[0].split() == ["PLACE", "TIME", "KIND", "ACTOR", "ACTION", "OBJECT"] and len(lines) == 2
    assert lines[1].split()[2:] == ["denial", "analyst", "drop-table", "table", "main/raw/loans"]
    places = said(moraine(governed, "search", "--limit", "5", "-q")).split()
    assert places == [str(event["place"]) for event in search(governed, limit=5)["events"]]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert said(moraine(governed, "search", "--until", "2020-01-01", "-q")) == "" and said(
        moraine(governed, "search", "--since", today, "--until", today, "-q"))
    assert moraine(governed, "search", "--actor", "team:risk").returncode == 2
    assert said(moraine(governed, "tail", "--limit", "3", "-q", "-o", "json")).count("\n") == 3
    follower = subprocess.Popen(
        [BINARY, "audit", "tail", "--follow", "--limit", "1", "--kind", "denial", "-o", "json", "--server", governed.url],
        stdout=subprocess.PIPE, text=True, env={"PATH": "/usr/bin:/bin", "HOME": str(governed.folder), "MORAINE_TOKEN": governed.tokens["auditor"]})
    try:
        assert follower.stdout.readline()
        refused = governed.call("DELETE", "/v1/main/namespaces/raw/tables/loans", by="analyst")
        assert json.loads(follower.stdout.readline())["request-id"] == refused.headers["X-Request-Id"]
    finally:
        follower.kill()
        follower.wait()


def test_only_auditors_look_and_leave_nothing(governed):
    refused = governed.call("GET", PATH, by="analyst")
    assert refused.status_code == 403 and governed.call("GET", PATH, by=None).status_code == 401
    assert found(governed, refused)["action"] == "search-trail"
    before = sql(governed, "SELECT count(*) FROM audit_events")
    event = search(governed, limit=1)["events"][0]
    assert governed.call("GET", f"{PATH}/{event['id']}", by="auditor").ok
    time.sleep(0.5)
    assert sql(governed, "SELECT count(*) FROM audit_events") == before


@pytest.mark.parametrize("query", [
    "kind=change%20", "decision=maybe", "before=1&after=1", "after=-2", "before=-1", "since-ms=x", "until-ms=999999999999999", "limit=0",
    "actor=%00", "object-kind=table", "object-kind=cow", "action=a,b,c,d,e,f,g,h,i,j,k"])
def test_questions_that_make_no_sense_are_refused(governed, query):
    answer = governed.call("GET", f"{PATH}?{query}", by="auditor")
    assert answer.status_code == 400, answer.text

"""What changed nothing is on record, too: what was denied, and reads that a zone wants to be known."""

import json
import subprocess
import time

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog

from governed import Governed


@pytest.fixture(scope="module")
def governed():
    governed = Governed()
    yield governed
    governed.close()


def trail(governed, condition="true"):
    """The events of the trail as their canonical texts say, the first first."""
    output = subprocess.run(
        [f"{governed.postgres.binaries}/psql", governed.postgres.url, "-XAtc",
         f"SELECT convert_from(canonical, 'UTF8') FROM audit_events WHERE {condition} ORDER BY recorded_at, id"],
        capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def after(governed, request):
    """What one request leaves behind."""
    before = {event["id"] for event in trail(governed)}
    answer = request()
    return answer, [event for event in trail(governed) if event["id"] not in before]


def a_table(governed, zone, name):
    catalog = load_catalog(
        "root", uri=governed.url, warehouse="main", credential=governed.credentials["root"],
        **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})
    table = catalog.create_table(f"{zone}.{name}", pa.schema([("id", pa.int64())]), properties={
        "comment": "A table.", "owner-team": "risk"})
    return table


@pytest.fixture(scope="module", autouse=True)
def team(governed):
    governed.team("risk", "data_scientist")


def test_what_is_denied_is_on_record(governed):
    a_table(governed, "raw", "loans")
    path = "/v1/main/namespaces/raw/tables/loans"
    # Told, by a policy that does not permit it.
    answer, events = after(governed, lambda: governed.call("DELETE", path, by="analyst"))
    assert answer.status_code in (403, 404)
    [event] = events
    assert (event["decision"], event["action"], event["principal"]) == ("deny", "drop-table", "analyst")
    assert event["object"] == {"kind": "table", "path": ["main", "raw", "loans"]}
    assert event["asked"] == "drop" and event["told"] == (answer.status_code == 403) and len(event["policy-set"]) == 64
    assert event["request-id"] == answer.headers["X-Request-Id"]
    # Hidden from who may not know of it: the trail knows.
    answer, [event] = after(governed, lambda: governed.call("GET", path, by="nobody"))
    assert answer.status_code == 404 and (event["action"], event["told"]) == ("load-table", False)
    # By a rule of the zone, which no policy knows of; by root, who may do everything else.
    a_table(governed, "unstructured", "scans")
    purge = "/v1/main/namespaces/unstructured/tables/scans?purgeRequested=true"
    answer, [event] = after(governed, lambda: governed.call("DELETE", purge))
    assert answer.status_code == 403
    assert (event["decision"], event["action"], event["principal"]) == ("deny", "drop-table", "admin")
    assert "unstructured" in event["reason"] and event["object"]["path"] == ["main", "unstructured", "scans"]
    # By a legal hold.
    hold = {"name": "case", "reason": "Litigation", "authority": "Court",
            "objects": [{"kind": "namespace", "warehouse": "main", "namespace": ["sandbox"]}]}
    assert governed.call("POST", "/governance/v1/holds", hold, by="legal").ok
    a_table(governed, "sandbox", "held")
    answer, [event] = after(governed, lambda: governed.call("DELETE", "/v1/main/namespaces/sandbox/tables/held"))
    assert answer.status_code == 403 and event["policies"] == ["hold-and-retention"]
    # What is no denial leaves nothing: neither a wrong request nor a list that leaves something out, nor who is not known at all.
    for request in [
        lambda: governed.call("POST", "/v1/main/namespaces", {"namespace": []}),
        lambda: governed.call("GET", "/v1/main/namespaces/raw/tables/away"),
        lambda: governed.call("GET", "/v1/main/namespaces/raw/tables", by="nobody"),
        lambda: governed.call("GET", path, by=None),
    ]:
        answer, events = after(governed, request)
        denials = [event for event in events if event["decision"] == "deny"]
        assert answer.status_code in (200, 400, 401, 404) and (answer.status_code != 404 or "away" in answer.url or denials), answer.text
        assert answer.status_code == 404 or not denials, denials


def test_reads_are_on_record_where_the_zone_says_so(governed):
    a_table(governed, "feature", "scores")
    a_table(governed, "sandbox", "notes")
    read = lambda zone, name, **more: (lambda: governed.call("GET", f"/v1/main/namespaces/{zone}/tables/{name}", **more))  # noqa: E731
    # Each of them, also those that memory answers and those of a client that holds the table.
    for number in range(3):
        answer, [event] = after(governed, read("feature", "scores", by="data_scientist"))
        assert answer.ok and (event["action"], event["principal"], event["decision"]) == ("load-table", "data_scientist", "allow")
        assert event["read"]["metadata-location"] == answer.json()["metadata-location"]
    answer, events = after(governed, read("feature", "scores", headers={"If-None-Match": answer.headers["ETag"]}))
    assert len(events) == 1
    assert after(governed, read("sandbox", "notes"))[1] == []
    # Regulated ones only: those that a regulated model was trained on.
    table = a_table(governed, "curated", "rates")
    path = "/governance/v1/models"
    assert governed.call("POST", path, {"name": "pricing", "purpose": "Prices.", "risk-tier": "high", "regulated": True}).ok
    assert governed.call("POST", f"{path}/pricing/versions", {"version": "1"}).ok
    assert after(governed, read("curated", "rates"))[1] == []
    table.append(pa.table({"id": [1]}))
    bound = governed.call("POST", f"{path}/pricing/versions/1/inputs", {"inputs": [
        {"warehouse": "main", "namespace": ["curated"], "name": "rates", "role": "train"}]})
    assert bound.ok, bound.text
    [event] = after(governed, read("curated", "rates"))[1]
    assert event["object"]["path"] == ["main", "curated", "rates"]


def test_who_follows_changes_is_told_of_changes(governed):
    governed.call("DELETE", "/v1/main/namespaces/raw/tables/loans", by="analyst")
    events = governed.call("GET", "/governance/v1/events?after=-1&limit=1000").json()["events"]
    assert events and all(event["data"]["decision"] == "allow" and "after" in event["data"] for event in events)


def test_nobody_is_answered_before_it_is_written(governed):
    """Without Postgres a decision cannot even be made; so what cannot be written is provoked: the table of events is locked."""
    lock = subprocess.Popen(
        [f"{governed.postgres.binaries}/psql", governed.postgres.url, "-XAtc",
         "BEGIN; LOCK TABLE audit_events IN EXCLUSIVE MODE; SELECT pg_sleep(2); COMMIT"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        begun = time.monotonic()
        answer = governed.call("GET", "/v1/main/namespaces/feature/tables/scores")
        assert answer.ok and time.monotonic() - begun > 1
    finally:
        lock.wait()

"""What a model was trained on stays, whoever wants it gone, and is told exactly."""

import hashlib
import json
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import ForbiddenError

from governed import Governed
from servers import BINARY

POLICIES = Path(__file__).resolve().parents[2] / "policies"


@pytest.fixture(scope="module")
def governed():
    governed = Governed()
    governed.team("risk", "data_scientist")
    yield governed
    governed.close()


@pytest.fixture
def moraine(governed):
    """The command line; `(code, text)` of what it says."""

    def run(*arguments, by="data_scientist", fails=False):
        result = subprocess.run(
            [BINARY, *arguments, "--server", governed.url, "--warehouse", "main"], capture_output=True, text=True, timeout=60,
            env={**os.environ, "MORAINE_TOKEN": governed.tokens[by], "HOME": str(governed.folder)})
        assert (result.returncode != 0) == fails, f"{arguments}: {result.stdout}{result.stderr}"
        return result.stderr if fails else result.stdout

    return run


@pytest.fixture
def catalog(governed):
    return lambda name="root": load_catalog(
        name, uri=governed.url, warehouse="main", credential=governed.credentials[name],
        **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})


def rows(*ids):
    return pa.table({"id": pa.array(ids, pa.int64())})


def table(catalog, name, snapshots=3):
    """A table in the sandbox, whose n-th snapshot has the rows 1 to n."""
    table = catalog().create_table(f"sandbox.{name}", rows().schema)
    for number in range(snapshots):
        table.append(rows(number + 1))
    return table.refresh()


def model(moraine, name, *facts):
    moraine("model", "create", name, "--purpose", "Scores things", "--owner", "team:risk", *facts)
    moraine("model", "version", f"{name}@7", "--code", "git:4f1c2e", "--metric", "auc=0.81")


def commit(governed, name, *updates, by="root"):
    return governed.call("POST", f"/v1/main/namespaces/sandbox/tables/{name}", {"requirements": [], "updates": list(updates)}, by=by)


def test_what_a_regulated_model_was_trained_on_cannot_be_lost(governed, moraine, catalog):
    loans = table(catalog, "loans")
    ids = [snapshot.snapshot_id for snapshot in loans.snapshots()]
    model(moraine, "credit-risk", "--tier", "high", "--regulated")
    said = moraine("model", "bind", "credit-risk@7", "--input", f"sandbox.loans@{ids[1]}", "--role", "train")
    assert str(ids[1]) in said and "pinned" in said and "declared" in said

    # All that identifies it was written down, and is right.
    version = json.loads(moraine("model", "show", "credit-risk@7", "-o", "json"))
    [bound] = version["inputs"]
    assert bound["snapshot-id"] == ids[1] and bound["record-count"] == 2 and bound["file-count"] == 2
    assert bound["schema-id"] == loans.schema().schema_id
    snapshot = loans.snapshot_by_id(ids[1])
    assert bound["committed-at-ms"] == snapshot.timestamp_ms
    with open(snapshot.manifest_list.removeprefix("file://"), "rb") as file:
        assert bound["manifest-list-sha256"] == hashlib.sha256(file.read()).hexdigest()
    with open(bound["metadata-location"].removeprefix("file://"), "rb") as file:
        document = file.read()
    assert bound["metadata-sha256"] == hashlib.sha256(document).hexdigest()
    assert ids[1] in [snapshot["snapshot-id"] for snapshot in json.loads(document)["snapshots"]]

    # Other engines keep it, too: by a tag that none of them lets age.
    refs = loans.refresh().metadata.refs
    tag = refs["moraine.model.credit-risk.7"]
    assert tag.snapshot_id == ids[1] and tag.max_ref_age_ms > 10**13

    # pyiceberg keeps what a tag names; asked for it by its id, it is refused.
    loans.maintenance.expire_snapshots().by_id(ids[0]).commit()
    with pytest.raises((ForbiddenError, ValueError)):
        loans.refresh().maintenance.expire_snapshots().by_id(ids[1]).commit()
    # So is each commit made by hand, whoever sends it: nothing changes.
    before = loans.refresh().metadata
    tag_name = "moraine.model.credit-risk.7"
    for updates in [
        [{"action": "remove-snapshots", "snapshot-ids": [ids[1]]}],
        [{"action": "remove-snapshot-ref", "ref-name": tag_name}, {"action": "remove-snapshots", "snapshot-ids": [ids[1]]}],
        [{"action": "remove-snapshot-ref", "ref-name": tag_name}],
        [{"action": "set-snapshot-ref", "ref-name": tag_name, "type": "tag", "snapshot-id": ids[2]}],
        [{"action": "set-snapshot-ref", "ref-name": tag_name, "type": "tag", "snapshot-id": ids[1], "max-ref-age-ms": 1}],
        [{"action": "set-snapshot-ref", "ref-name": "moraine.mine", "type": "tag", "snapshot-id": ids[2]}],
    ]:
        answer = commit(governed, "loans", *updates)
        assert answer.status_code == 403, answer.text
    transaction = {"table-changes": [{
        "identifier": {"namespace": ["sandbox"], "name": "loans"}, "requirements": [],
        "updates": [{"action": "remove-snapshots", "snapshot-ids": [ids[1]]}]}]}
    answer = governed.call("POST", "/v1/main/transactions/commit", transaction)
    assert answer.status_code == 403 and "credit-risk@7 was trained on it" in answer.text
    # Rolling main back and going on from there is allowed: the snapshot stays.
    assert commit(governed, "loans", {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": ids[2]}).ok

    # Neither drop, purge, unregister nor register over it.
    path = "/v1/main/namespaces/sandbox/tables/loans"
    for query in ("", "?purgeRequested=true"):
        answer = governed.call("DELETE", path + query)
        assert answer.status_code == 403 and "credit-risk@7" in answer.text, answer.text
    assert governed.call("POST", f"{path}/unregister").status_code == 403
    other = table(catalog, "other", 1)
    answer = governed.call("POST", "/v1/main/namespaces/sandbox/register", {
        "name": "loans", "metadata-location": other.metadata_location, "overwrite": True})
    assert answer.status_code == 403, answer.text
    assert governed.call("DELETE", "/v1/main/namespaces/sandbox").status_code == 409
    assert loans.refresh().metadata.snapshots == before.snapshots
    # Renamed, it is still pinned, and its data still reads back.
    catalog().rename_table("sandbox.loans", "sandbox.mortgages")
    assert governed.call("DELETE", "/v1/main/namespaces/sandbox/tables/mortgages").status_code == 403
    renamed = catalog().load_table("sandbox.mortgages")
    assert sorted(renamed.scan(snapshot_id=ids[1]).to_arrow()["id"].to_pylist()) == [1, 2]
    pins = governed.call("GET", "/governance/v1/warehouses/main/namespaces/sandbox/tables/mortgages/pins").json()["pins"]
    assert [(pin["snapshot-id"], pin["model-version"], pin["tag"]) for pin in pins] == [(ids[1], "credit-risk@7", tag_name)]


def test_states_are_resolved_when_they_are_bound(governed, moraine, catalog):
    trades = table(catalog, "trades")
    ids = [snapshot.snapshot_id for snapshot in trades.snapshots()]
    trades.manage_snapshots().create_tag(ids[0], "v1").create_branch(ids[1], "audit").commit()
    model(moraine, "pricing")
    time = trades.refresh().snapshot_by_id(ids[1]).timestamp_ms
    for state, found in [("v1", ids[0]), ("audit", ids[1])]:
        moraine("model", "bind", "pricing@7", "--input", f"sandbox.trades@{state}", "--role", "validate")
    moraine("model", "bind", "pricing@7", "--input", "sandbox.trades", "--role", "train", "--filter", "id > 1", "--column", "id")
    answer = governed.call("POST", "/governance/v1/models/pricing/versions/7/inputs", {"inputs": [
        {"warehouse": "main", "namespace": ["sandbox"], "name": "trades", "at-ms": time, "role": "test"}]})
    assert answer.ok, answer.text
    trades.append(rows(99))
    inputs = json.loads(moraine("model", "show", "pricing@7", "-o", "json"))["inputs"]
    assert [(one["role"], one["snapshot-id"]) for one in inputs] == [
        ("validate", ids[0]), ("validate", ids[1]), ("train", ids[2]), ("test", ids[1])]
    assert [one.get("asked-for") for one in inputs] == ["tag v1", "branch audit", "branch main", f"time {time}"]
    assert inputs[2]["row-filter"] == "id > 1" and inputs[2]["columns"] == ["id"]
    # Bound twice it is one; nothing of a model that nobody regulates is pinned.
    moraine("model", "bind", "pricing@7", "--input", "sandbox.trades@v1", "--role", "validate")
    inputs = json.loads(moraine("model", "show", "pricing@7", "-o", "json"))["inputs"]
    assert len(inputs) == 4 and not any(one["pinned"] for one in inputs)
    for state in ("nothing", "12345", "1999-01-01"):
        assert "has no" in moraine("model", "bind", "pricing@7", "--input", f"sandbox.trades@{state}", fails=True)
    assert "does not exist" in moraine("model", "bind", "pricing@7", "--input", "sandbox.nothing", fails=True)
    assert commit(governed, "trades", {"action": "remove-snapshot-ref", "ref-name": "v1"}, {
        "action": "remove-snapshots", "snapshot-ids": [ids[0]]}).ok

    # From the moment it becomes regulated, all that is still there stays.
    moraine("model", "update", "pricing", "--regulated")
    inputs = json.loads(moraine("model", "show", "pricing@7", "-o", "json"))["inputs"]
    assert [one["pinned"] for one in inputs] == [False, True, True, True]
    assert commit(governed, "trades", {"action": "remove-snapshots", "snapshot-ids": [ids[2]]}).status_code == 403
    answer = governed.call("POST", "/governance/v1/models/pricing", {"regulated": False})
    assert answer.status_code == 422 and "stays so" in answer.text

    # Nor does it keep for a shorter time.
    assert "not shorter" in moraine("model", "update", "pricing", "--keep-days", "10", fails=True)
    moraine("model", "update", "pricing", "--keep-days", "4000")

    # What was said by mistake is withdrawn by who may approve the model, and neither made the version nor bound it; it stays on record.
    withdraw = ("model", "withdraw", "pricing@7", inputs[2]["id"], "--reason", "The wrong table")
    assert "somebody else must" in moraine(*withdraw, fails=True)
    assert "no model" in moraine(*withdraw, by="analyst", fails=True)
    moraine(*withdraw, by="model_validator")
    shown = json.loads(moraine("model", "show", "pricing@7", "-o", "json"))["inputs"][2]
    assert shown["withdrawal-reason"] == "The wrong table"
    assert commit(governed, "trades", {"action": "remove-snapshots", "snapshot-ids": [ids[1]]}).status_code == 403
    # Bound again before its pin was taken away, it is pinned as ever.
    moraine("model", "bind", "pricing@7", "--input", f"sandbox.trades@{ids[2]}")
    pins = pins_of(governed, "trades")
    assert {pin["snapshot-id"] for pin in pins} == {ids[1], ids[2]} and not any("keep-until-ms" in pin for pin in pins), pins


def pins_of(governed, name):
    return governed.call("GET", f"/governance/v1/warehouses/main/namespaces/sandbox/tables/{name}/pins").json()["pins"]


def test_pins_end_with_the_duty_and_take_their_tags_along(governed, moraine, catalog):
    table(catalog, "briefly", 3)
    ids = [snapshot.snapshot_id for snapshot in catalog().load_table("sandbox.briefly").snapshots()]
    model(moraine, "brief", "--regulated", "--keep-days", "0")
    moraine("model", "bind", "brief@7", "--input", f"sandbox.briefly@{ids[0]}")
    model(moraine, "lasting", "--regulated")
    # Roles are for the inputs in their order.
    state = ("--input", f"sandbox.briefly@{ids[1]}")
    assert "one for each" in moraine("model", "bind", "lasting@7", *state, *state, *state, "--role", "train", "--role", "test", fails=True)
    moraine("model", "bind", "lasting@7", *state, "--role", "train", *state, "--role", "test")
    inputs = json.loads(moraine("model", "show", "lasting@7", "-o", "json"))["inputs"]
    assert [one["role"] for one in inputs] == ["train", "test"] and len(pins_of(governed, "briefly")) == 2
    moraine("model", "retire", "brief@7", "--reason", "Replaced")
    # The background work begins anew, as on every start and each minute.
    governed.server.stop()
    governed.server.restart()
    deadline = time.monotonic() + 60
    while len(pins_of(governed, "briefly")) == 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [pin["snapshot-id"] for pin in pins_of(governed, "briefly")] == [ids[1]]
    refs = catalog().load_table("sandbox.briefly").metadata.refs
    assert "moraine.model.lasting.7" in refs and "moraine.model.brief.7" not in refs
    assert commit(governed, "briefly", {"action": "remove-snapshots", "snapshot-ids": [ids[1]]}).status_code == 403
    assert commit(governed, "briefly", {"action": "remove-snapshots", "snapshot-ids": [ids[0]]}).ok
    events = governed.call("GET", "/governance/v1/events?action=end-pin&limit=1000").json()["events"]
    assert [event["data"]["before"]["state"] for event in events] == [str(ids[0])]
    said = moraine("table", "drop", "sandbox.briefly", "--yes", by="root", fails=True).splitlines()
    assert "pin" in said[0] and said[1].startswith("  sandbox.briefly@") and "lasting@7" in said[1] and "Hint" not in "".join(said)
    # The record stays.
    [bound] = json.loads(moraine("model", "show", "brief@7", "-o", "json"))["inputs"]
    assert bound["snapshot-id"] == ids[0] and not bound["pinned"]


def test_versions_are_approved_by_others_and_retired_for_ever(governed, moraine, catalog):
    table(catalog, "scores", 1)
    model(moraine, "scoring", "--tier", "high", "--regulated", "--keep-days", "10")
    moraine("model", "bind", "scoring@7", "--input", "sandbox.scores")
    assert "not approved" in moraine("model", "version", "scoring@7", "--update", "--stage", "production", fails=True)
    # Its developer may not, though the team that owns it may do anything else.
    assert "somebody else must" in moraine("model", "approve", "scoring@7", fails=True)
    moraine("model", "approve", "scoring@7", "--comment", "MR-118", by="model_validator")
    moraine("model", "version", "scoring@7", "--update", "--stage", "production")
    assert "may not" in moraine("model", "approve", "scoring@7", by="data_engineer", fails=True)
    assert "model" in moraine("model", "show", "scoring", by="analyst", fails=True)

    moraine("model", "retire", "scoring@7", "--reason", "Replaced")
    version = json.loads(moraine("model", "show", "scoring@7", "-o", "json"))
    assert version["stage"] == "retired" and [one["approver"] for one in version["approvals"]] == ["model_validator"]
    pins = governed.call("GET", "/governance/v1/warehouses/main/namespaces/sandbox/tables/scores/pins").json()["pins"]
    assert pins[0]["keep-until-ms"] == version["retired-at-ms"] + 10 * 86_400_000
    answer = governed.call("DELETE", "/v1/main/namespaces/sandbox/tables/scores")
    assert answer.status_code == 403 and "pinned until 20" in answer.text
    for arguments in [("retire", "scoring@7", "--reason", "again"), ("version", "scoring@7", "--update", "--code", "x"),
                      ("bind", "scoring@7", "--input", "sandbox.scores")]:
        assert "retired" in moraine("model", *arguments, fails=True)
    assert "a regulation" in moraine("model", "drop", "scoring", fails=True)
    assert "scoring" in moraine("model", "list") and "retired" in moraine("model", "list", "scoring")


def test_models_are_owned_and_granted_like_everything_else(governed, moraine):
    model(moraine, "churn")
    governed.add("leaver", "data_scientist")
    governed.add("watcher")
    assert "team:risk" in moraine("owner", "show", "model", "churn")
    assert "has not agreed" in moraine("model", "update", "churn", "--owner", "service:leaver", fails=True)
    moraine("owner", "transfer", "model", "churn", "--to", "service:leaver")
    [offer] = json.loads(moraine("owner", "transfers", "-o", "json", by="leaver"))["transfers"]
    moraine("owner", "accept", offer["id"], by="leaver")
    assert "service:leaver" in moraine("model", "show", "churn")
    assert "churn" in moraine("owner", "list", "service:leaver", by="root")
    answer = governed.call("DELETE", "/management/v1/principals/service/leaver")
    assert answer.status_code == 409 and "it owns the model churn" in answer.text, answer.text
    # Who is granted something on it sees it; who decides is told by the policies.
    assert "model" in moraine("model", "show", "churn", by="watcher", fails=True)
    moraine("grant", "see", "on", "model", "churn", "to", "service:watcher", by="root")
    assert "Scores things" in moraine("model", "show", "churn", by="watcher")
    assert "churn" in moraine("model", "list", by="watcher")
    assert "grant:" in moraine("policy", "why", "service:watcher", "getMetadata", "on", "model", "churn", "-o", "json", by="root")
    governed.call("POST", "/governance/v1/owners", {"object": {"kind": "model", "name": "churn"}, "owner": "team:risk"})


def test_expiry_races_with_binding(governed, catalog, moraine):
    """A snapshot that was bound is there afterwards; one that was expired was not bound."""
    rounds = int(os.environ.get("MORAINE_RACE_ROUNDS", "60"))
    model(moraine, "racer", "--regulated")
    race = table(catalog, "race", 1)
    outcomes = {"bound": 0, "expired": 0}
    # Seconds that binding begins before expiry. Who lost begins earlier the next time, so that they meet.
    lead = 0.0
    for number in range(rounds):
        victim = race.refresh().current_snapshot().snapshot_id
        race.append(rows(number))
        answers = {}

        def bind():
            time.sleep(max(0, -lead))
            answers["bind"] = governed.call("POST", "/governance/v1/models/racer/versions/7/inputs", {"inputs": [
                {"warehouse": "main", "namespace": ["sandbox"], "name": "race", "snapshot-id": victim, "role": "train"}]})

        def expire():
            time.sleep(max(0, lead))
            answers["expire"] = commit(governed, "race", {"action": "remove-snapshots", "snapshot-ids": [victim]})

        threads = [threading.Thread(target=one) for one in ((bind, expire) if number % 2 else (expire, bind))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        there = victim in [snapshot.snapshot_id for snapshot in race.refresh().snapshots()]
        bound, expired = answers["bind"].status_code, answers["expire"].status_code
        assert (bound, expired, there) in {(204, 403, True), (204, 409, True), (400, 200, False), (404, 200, False)}, (bound, expired, there, answers["bind"].text, answers["expire"].text)
        outcomes["bound" if there else "expired"] += 1
        lead += -0.002 if there else 0.002
    print(outcomes)
    assert all(outcomes.values()), outcomes


def test_what_is_under_a_hold_stays(governed, moraine, catalog):
    held = table(catalog, "emails", 2)
    ids = [snapshot.snapshot_id for snapshot in held.snapshots()]
    governed.call("POST", "/governance/v1/tags", {"key": "customer", "description": "Whose it is."})
    tags = "/governance/v1/warehouses/main/namespaces/sandbox/tables/emails/tags"
    assert governed.call("POST", tags, {"set": {"customer": "acme"}}).ok
    place = ("hold", "place", "--reason", "Litigation", "--authority", "District court")
    assert "may not" in moraine(*place, "case-1", "--on", "table", "sandbox.emails", fails=True)
    moraine(*place, "case-1", "--on", "table", "sandbox.emails", by="legal")
    moraine(*place, "case-2", "--on", "tag", "customer=acme", by="legal")
    moraine(*place, "case-3", "--on", "zone", "raw", "namespace", "landing", by="legal")

    def refused_by(*cases):
        for answer in [
            commit(governed, "emails", {"action": "remove-snapshots", "snapshot-ids": [ids[0]]}),
            governed.call("DELETE", "/v1/main/namespaces/sandbox/tables/emails"),
            governed.call("DELETE", "/v1/main/namespaces/sandbox/tables/emails?purgeRequested=true"),
            governed.call("POST", "/v1/main/namespaces/sandbox/tables/emails/unregister"),
        ]:
            assert answer.status_code == 403, answer.text
            assert all(f"legal hold {case}" in answer.text for case in cases), answer.text
        assert [snapshot.snapshot_id for snapshot in held.refresh().snapshots()] == ids

    refused_by("case-1", "case-2")
    # Whoever may look at it is told that it is kept, and not why.
    page = moraine("dataset", "show", "sandbox.emails")
    assert "Under hold" in page and "case-1" in page and "tag customer=acme" in page and "Litigation" not in page
    shown = moraine("hold", "show", "case-3", by="legal")
    assert "zone raw" in shown and "namespace landing" in shown
    # Policies are told, and so is who asks what they come to.
    can_drop = ("policy", "who-can", "drop", "on", "table")
    assert "service:admin" in moraine(*can_drop, "sandbox.other", by="root")
    assert "service:admin" not in moraine(*can_drop, "sandbox.emails", by="root")
    folder = governed.folder / "frozen"
    shutil.copytree(POLICIES, folder)
    (folder / "frozen.cedar").write_text(
        '@id("frozen")\n@reason("what a court asks for does not change")\n'
        'forbid (principal, action == Gov::Action::"append", resource) when { resource has gov && resource.gov.legalHold };\n')
    moraine("policy", "apply", str(folder), by="root")
    with pytest.raises(ForbiddenError, match="what a court asks for"):
        held.append(rows(7))
    moraine("policy", "apply", str(POLICIES), by="root")
    # Each ends by itself; what one still keeps stays.
    moraine("hold", "release", "case-1", "--reason", "Settled", by="legal")
    refused_by("case-2")
    assert "released already" in moraine("hold", "release", "case-1", "--reason", "Settled", by="legal", fails=True)
    moraine("hold", "release", "case-2", "--reason", "Settled", by="legal")
    assert commit(governed, "emails", {"action": "remove-snapshots", "snapshot-ids": [ids[0]]}).ok
    assert "case-1" not in moraine("hold", "list", by="legal") and "case-1" in moraine("hold", "list", "--released", by="legal")
    # Held through the namespace it lies in, and through its zone.
    for where in ("landing", "raw"):
        catalog().create_table(f"{where}.letters", rows().schema)
        answer = governed.call("DELETE", f"/v1/main/namespaces/{where}/tables/letters")
        assert answer.status_code == 403, answer.text
    assert "case-3" in governed.call("DELETE", "/v1/main/namespaces/landing/tables/letters").text

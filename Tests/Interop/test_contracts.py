"""Contracts hold pyiceberg to what was promised, on commits of one table and of several."""

import datetime
import json
import os
import pathlib
import subprocess
import uuid

import pyarrow as pa
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import BadRequestError, ForbiddenError
from pyiceberg.table import CommitTableResponse

from servers import BINARY

SCHEMA = pa.schema([("id", pa.int64()), ("amount", pa.float64()), ("at", pa.timestamp("us", tz="UTC")), ("note", pa.string())])
CONTRACT = {
    "description": "Loans as they are made.",
    "columns": [{"name": "id", "type": "long", "no-nulls": True}, {"name": "amount", "type": "double"}],
    "schema-changes": "additive",
    "rows": {"minimum": 1, "deviations": {"within": 5, "last": 20, "at-least": 5}},
    "freshness": {"column": "at", "maximum-age": "1d"},
    "files": {"maximum-count": 10},
}


class Transactional(RestCatalog):
    """Commits by way of the route for several tables."""

    def commit_table(self, table, requirements, updates):
        *levels, name = table.name()
        answer = self._session.post(self.url("transactions/commit"), json={"table-changes": [{
            "identifier": {"namespace": levels, "name": name},
            "requirements": [json.loads(each.model_dump_json()) for each in requirements],
            "updates": [json.loads(each.model_dump_json()) for each in updates]}]})
        if answer.status_code == 400:
            raise BadRequestError(f'{answer.json()["error"]["type"]}: {answer.json()["error"]["message"]}')
        answer.raise_for_status()
        fresh = self.load_table(table.name())
        return CommitTableResponse(metadata=fresh.metadata, metadata_location=fresh.metadata_location)


@pytest.fixture(params=["updateTable", "transactions/commit"])
def lake(request, server):
    kind = Transactional if request.param == "transactions/commit" else RestCatalog
    return kind("moraine", uri=server.url, warehouse="main")


def rows(count, age=datetime.timedelta(minutes=5), null=False):
    now = datetime.datetime.now(datetime.UTC)
    ids = [None if null and number == 0 else number for number in range(count)]
    return pa.table({"id": ids, "amount": [1.0] * count, "at": [now - age] * count, "note": ["x"] * count}, schema=SCHEMA)


def contract_path(namespace, table="loans"):
    return f"/governance/v1/warehouses/main/namespaces/{namespace}/tables/{table}/contract"


def apply(http, namespace, contract=CONTRACT, **more):
    answer = http("POST", contract_path(namespace), {"contract": contract, **more})
    assert answer.ok, answer.text
    return answer.json()


def loans(lake, namespace, http, contract=CONTRACT, usual=6):
    """A table under contract, with some deliveries of about a hundred rows."""
    table = lake.create_table(f"{namespace}.loans", SCHEMA)
    apply(http, namespace, contract)
    for number in range(usual):
        table.append(rows(95 + 2 * number))
    return table


def drop_column(table):
    with table.update_schema(allow_incompatible_changes=True) as update:
        update.delete_column("amount")


BREACHES = {
    "empty append": (lambda table: table.append(rows(0)), ["rows.minimum", "rows.deviations"]),
    "ten times the usual": (lambda table: table.append(rows(1_000)), ["rows.deviations"]),
    "dropped column": (drop_column, ["columns.amount", "schema-changes"]),
    "null in a required column": (lambda table: table.append(rows(100, null=True)), ["columns.id.no-nulls"]),
    "stale data": (lambda table: table.append(rows(100, datetime.timedelta(days=2))), ["freshness.maximum-age"]),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_breach_is_refused_and_the_table_unchanged(lake, namespace, http, breach):
    act, clauses = BREACHES[breach]
    table = loans(lake, namespace, http)
    before = table.metadata_location
    with pytest.raises(BadRequestError) as refusal:
        act(table)
    message = str(refusal.value)
    assert "ContractViolation" in message
    lines = message.split("is broken:")[1].strip().split("\n")
    assert [line.split(": promised ")[0] for line in lines] == clauses
    after = lake.load_table(f"{namespace}.loans")
    assert after.metadata_location == before and len(after.metadata.snapshots) == 6
    # What is as promised goes on.
    after.append(rows(101))
    assert len(lake.load_table(f"{namespace}.loans").metadata.snapshots) == 7


def test_one_breach_refuses_all_tables_of_a_transaction(server, namespace, http):
    lake = RestCatalog("moraine", uri=server.url, warehouse="main")
    other = lake.create_table(f"{namespace}.other", SCHEMA)
    table = loans(lake, namespace, http)
    changes = []
    for each, data in ((other, rows(3)), (table, rows(0))):
        transaction = each.transaction()
        transaction.append(data)
        changes.append({
            "identifier": {"namespace": [namespace], "name": each.name()[-1]},
            "requirements": [json.loads(one.model_dump_json()) for one in transaction._requirements],
            "updates": [json.loads(one.model_dump_json()) for one in transaction._updates]})
    answer = http("POST", "/v1/main/transactions/commit", {"table-changes": changes})
    assert answer.status_code == 400 and answer.json()["error"]["type"] == "ContractViolation"
    assert answer.json()["error"]["code"] == 400
    assert len(lake.load_table(f"{namespace}.other").metadata.snapshots) == 0
    assert len(lake.load_table(f"{namespace}.loans").metadata.snapshots) == 6


def test_usual_needs_some_deliveries_first(catalog, namespace, http):
    table = loans(catalog, namespace, http, usual=4)
    table.append(rows(1_000))
    table.append(rows(100))
    # A single one that is far off does not change what is usual.
    with pytest.raises(BadRequestError, match="rows.deviations"):
        table.append(rows(1_000))


def test_branches_are_held_too(catalog, namespace, http):
    table = loans(catalog, namespace, http)
    table.manage_snapshots().create_branch(table.current_snapshot().snapshot_id, "work").commit()
    with pytest.raises(BadRequestError, match="columns.id.no-nulls"):
        table.append(rows(100, null=True), branch="work")
    # Under a contract for main alone, what another branch got comes under it when main gets there.
    apply(http, namespace, {**CONTRACT, "refs": ["main"]})
    table.append(rows(100, null=True), branch="work")
    head = table.refresh().refs()["work"].snapshot_id
    answer = http("POST", f"/v1/main/namespaces/{namespace}/tables/loans", {"requirements": [], "updates": [
        {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": head}]})
    assert answer.status_code == 400 and "columns.id.no-nulls" in answer.json()["error"]["message"]


def test_without_statistics_nothing_is_proven(catalog, namespace, http):
    table = catalog.create_table(f"{namespace}.loans", SCHEMA, properties={"write.metadata.metrics.default": "none"})
    contract = {"columns": [{"name": "id", "no-nulls": True}], "freshness": {"column": "at", "maximum-age": "1d"}}
    apply(http, namespace, contract)
    with pytest.raises(BadRequestError) as refusal:
        table.append(rows(3))
    assert "nothing is known of nulls" in str(refusal.value) and "no upper bound of it is known" in str(refusal.value)
    apply(http, namespace, {**contract, "statistics": "optional"})
    table.append(rows(3))


def test_warning_records_and_lets_pass(catalog, namespace, http):
    table = loans(catalog, namespace, http, {**CONTRACT, "mode": "warn"})
    table.append(rows(0))
    breaches = http("GET", f"{contract_path(namespace)}/breaches").json()["breaches"]
    assert [each["violation"]["clause"] for each in breaches] == ["rows.minimum", "rows.deviations"]
    assert breaches[0]["violation"]["snapshot-id"] == table.current_snapshot().snapshot_id
    assert breaches[0]["contract-number"] == 1
    # An enforced contract refuses the same.
    apply(http, namespace)
    with pytest.raises(BadRequestError, match="rows.minimum"):
        table.append(rows(0))


def test_versions(catalog, namespace, http):
    loans(catalog, namespace, http, usual=0)
    path = contract_path(namespace)
    assert apply(http, namespace)["number"] == 1
    second = apply(http, namespace, {**CONTRACT, "files": {"maximum-count": 3}}, comment="Fewer files.", **{"if-current": 1})
    assert (second["number"], second["comment"]) == (2, "Fewer files.")
    stale = http("POST", path, {"contract": CONTRACT, "if-current": 1})
    assert stale.status_code == 409
    assert http("GET", path).json() == second
    listed = http("GET", f"{path}/versions").json()
    assert listed["current"] == 2 and [each["number"] for each in listed["versions"]] == [2, 1]
    assert http("GET", f"{path}/versions/1").json()["contract"]["files"] == {"maximum-count": 10}
    assert http("DELETE", path).status_code == 204
    gone = http("GET", path)
    assert gone.status_code == 404 and gone.json()["error"]["type"] == "NoSuchContractException"
    assert http("GET", f"{path}/versions").json()["current"] == 0
    assert apply(http, namespace)["number"] == 3


def test_what_the_table_breaks_already_is_not_enforced(catalog, namespace, http):
    catalog.create_table(f"{namespace}.loans", SCHEMA)
    contract = {"columns": [{"name": "id", "type": "string"}, {"name": "branch"}]}
    answer = http("POST", contract_path(namespace), {"contract": contract})
    assert answer.status_code == 400 and answer.json()["error"]["type"] == "ContractViolation"
    assert "columns.id.type" in answer.json()["error"]["message"] and "columns.branch" in answer.json()["error"]["message"]
    apply(http, namespace, {**contract, "mode": "warn"})


def test_registering_does_not_slip_by(catalog, namespace, http):
    table = loans(catalog, namespace, http, usual=1)
    answer = http("POST", f"/v1/main/namespaces/{namespace}/register", {
        "name": "loans", "metadata-location": table.metadata_location, "overwrite": True})
    assert answer.status_code == 400 and answer.json()["error"]["type"] == "ContractViolation"


def test_check_without_committing(catalog, namespace, http):
    table = loans(catalog, namespace, http)
    check = f"{contract_path(namespace)}/check"
    assert http("POST", check, {}).json() == {
        "kept": True, "snapshot-id": table.current_snapshot().snapshot_id, "violations": [], "gate-passed": True, "gate": []}
    stricter = {**CONTRACT, "rows": {"minimum": 200}, "checks": [{"name": "unique"}]}
    found = http("POST", check, {"contract": stricter}).json()
    assert [each["clause"] for each in found["violations"]] == ["rows.minimum"]
    assert [each["clause"] for each in found["gate"]] == ["checks.unique"] and not found["kept"]
    assert http("GET", contract_path(namespace)).json()["number"] == 1


@pytest.mark.parametrize("contract, place", [
    ({"rowz": {}}, "$.contract.rowz"),
    ({"rows": {"minimum": -1}}, "$.contract.rows.minimum"),
    ({"rows": {}}, "$.contract.rows"),
    ({"columns": [{"name": "a"}, {"name": "a"}]}, "$.contract.columns[1].name"),
    ({"columns": [{"name": "a", "type": "varchar"}]}, "$.contract.columns[0].type"),
    ({"freshness": {"column": "at", "maximum-age": "soon"}}, "$.contract.freshness.maximum-age"),
    ({"mode": "maybe"}, "$.contract.mode"),
])
def test_mistakes_are_named(catalog, namespace, http, contract, place):
    catalog.create_table(f"{namespace}.loans", SCHEMA)
    answer = http("POST", contract_path(namespace), {"contract": contract})
    assert answer.status_code == 400 and answer.json()["error"]["message"].endswith(f"at {place}"), answer.text


# ---- Publishing and promoting


@pytest.fixture
def zoned(catalog, http):
    """Makes a namespace in a zone of its own: kind and rules → its name."""

    def make(kind, **rules):
        name = "z" + uuid.uuid4().hex[:10]
        assert http("POST", "/governance/v1/warehouses/main/zones", {"name": name, "kind": kind, "rules": rules}).ok
        catalog.create_namespace(name, {"zone": name})
        return name

    return make


COMPLETE = {"owner-team": "owners", "comment": "Loans."}
GATED = {**CONTRACT, "rows": {"minimum": 1}, "checks": [{"name": "unique_id", "maximum-age": "12h"}, {"name": "hint", "required": False}]}


@pytest.fixture
def gated(catalog, http, zoned):
    """A table in a gated curated zone with a row on main and three more on the branch `audit`: its namespace, itself."""
    if http("GET", "/management/v1/principals/team/owners").status_code == 404:
        assert http("POST", "/management/v1/principals", {"kind": "team", "name": "owners"}).ok
    namespace = zoned("curated")
    table = catalog.create_table(f"{namespace}.loans", SCHEMA, properties=COMPLETE)
    # pyiceberg writes the first snapshot of a table to main only.
    table.append(rows(1))
    assert http("POST", f"/governance/v1/warehouses/main/zones/{namespace}", {"rules": {"gated": True}}).ok
    apply(http, namespace, GATED)
    table.manage_snapshots().create_branch(table.current_snapshot().snapshot_id, "audit").commit()
    with pytest.raises(ForbiddenError, match="only by publish"):
        table.append(rows(3))
    table.append(rows(3), branch="audit")
    return namespace, table.refresh()


def record(http, namespace, outcome="passed", check="unique_id", **more):
    answer = http("POST", contract_path(namespace).replace("/contract", "/quality"), {
        "ref": "audit", "source": "dbt", "results": [{"check": check, "outcome": outcome, **more}]})
    assert answer.ok, answer.text


def publish(http, namespace, **more):
    return http("POST", contract_path(namespace).replace("/contract", "/publish"), {"from": "audit", **more})


def test_publishing_waits_for_its_checks(catalog, http, gated):
    namespace, table = gated
    head = table.refs()["audit"].snapshot_id

    def is_refused(*reasons):
        answer = publish(http, namespace)
        assert answer.status_code in (400, 403), answer.text
        message = answer.json()["error"]["message"]
        assert all(reason in message for reason in reasons), message
        assert catalog.load_table(f"{namespace}.loans").scan().to_arrow().num_rows == 1

    is_refused("checks.unique_id", "there is no result for it")
    # An engine that sets main itself is asked the same.
    update = {"requirements": [], "updates": [{"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": head}]}
    assert http("POST", f"/v1/main/namespaces/{namespace}/tables/loans", update).status_code == 403
    record(http, namespace, check="hint")
    is_refused("there is no result for it")
    record(http, namespace, "failed")
    is_refused("checks.unique_id", "it failed")
    record(http, namespace, "error")
    is_refused("ended in an error")
    long_ago = int((datetime.datetime.now() - datetime.timedelta(hours=13)).timestamp() * 1000)
    record(http, namespace, "passed", **{"checked-at-ms": long_ago})
    is_refused("ended in an error")
    record(http, namespace)
    answer = publish(http, namespace)
    assert answer.ok, answer.text
    assert answer.json()["metadata"]["current-snapshot-id"] == head
    assert catalog.load_table(f"{namespace}.loans").scan().to_arrow().num_rows == 4
    # A result is one snapshot's.
    table = catalog.load_table(f"{namespace}.loans")
    table.append(rows(2), branch="audit")
    assert publish(http, namespace).status_code in (400, 403)
    record(http, namespace)
    assert publish(http, namespace).ok
    assert catalog.load_table(f"{namespace}.loans").scan().to_arrow().num_rows == 6
    assert publish(http, namespace).ok, "publishing what is published already changes nothing"
    results = http("GET", contract_path(namespace).replace("/contract", f"/quality?snapshot-id={head}")).json()["results"]
    assert [(each["check"], each["outcome"]) for each in results] == [
        ("unique_id", "passed"), ("unique_id", "passed"), ("unique_id", "error"), ("unique_id", "failed"), ("hint", "passed")]


def test_an_old_result_does_not_count(http, gated):
    namespace, _ = gated
    long_ago = int((datetime.datetime.now() - datetime.timedelta(hours=13)).timestamp() * 1000)
    record(http, namespace, "passed", **{"checked-at-ms": long_ago})
    answer = publish(http, namespace)
    assert answer.status_code in (400, 403) and "more than 12h old" in answer.json()["error"]["message"]


def test_publishing_moves_forward_only(catalog, http, gated):
    namespace, table = gated
    first = table.refs()["audit"].snapshot_id
    record(http, namespace)
    assert publish(http, namespace).ok
    assert publish(http, namespace, **{"from": "away"}).status_code == 400
    assert publish(http, namespace, **{"snapshot-id": 7}).status_code == 400
    # A branch that knows nothing of main.
    table = catalog.load_table(f"{namespace}.loans")
    table.append(rows(1), branch="audit")
    record(http, namespace)
    assert publish(http, namespace).ok
    table.refresh().manage_snapshots().create_branch(first, "old").commit()
    answer = publish(http, namespace, **{"from": "old"})
    assert answer.status_code == 400 and "would not move forward" in answer.json()["error"]["message"]


def test_results_are_about_what_is_there(http, gated):
    namespace, _ = gated
    path = contract_path(namespace).replace("/contract", "/quality")
    good = {"check": "a", "outcome": "passed"}
    for body in [
            {"ref": "away", "results": [good]}, {"snapshot-id": 7, "results": [good]},
            {"ref": "audit", "results": []}, {"ref": "audit", "results": [{"check": "a", "outcome": "maybe"}]},
            {"ref": "audit", "results": [{**good, "checked-at-ms": 33_000_000_000_000}]}]:
        assert http("POST", path, body).status_code == 400, body
    assert http("GET", path).json() == {"results": []}


def test_promotion(catalog, http, zoned):
    source, target = zoned("landing"), zoned("curated")
    path = contract_path(source).replace("/contract", "/promote")
    table = catalog.create_table(f"{source}.loans", SCHEMA)
    body = {"target": {"namespace": [target], "name": "loans"}, "reason": "Reviewed by risk."}

    def is_refused(status, reason, **more):
        answer = http("POST", path, {**body, **more})
        assert answer.status_code == status and reason in answer.json()["error"]["message"], answer.text
        assert catalog.table_exists(f"{source}.loans")

    is_refused(403, "owner team and a description")
    with table.transaction() as transaction:
        transaction.set_properties(COMPLETE)
    is_refused(400, "no contract")
    is_refused(400, "no snapshot", contract=GATED)
    table.append(rows(3, null=True))
    is_refused(400, "columns.id.no-nulls", contract=GATED)
    table.overwrite(rows(3))
    is_refused(400, "checks.unique_id", contract=GATED)
    is_refused(400, "in one zone", contract=CONTRACT, target={"namespace": [source], "name": "other"})
    main = {"results": [{"check": "unique_id", "outcome": "passed"}]}
    assert http("POST", path.replace("/promote", "/quality"), main).ok
    answer = http("POST", path, {**body, "contract": GATED})
    assert answer.ok, answer.text
    assert answer.json()["contract-number"] == 1 and answer.json()["target"] == [target, "loans"]
    assert not catalog.table_exists(f"{source}.loans")
    promoted = catalog.load_table(f"{target}.loans")
    assert promoted.scan().to_arrow().num_rows == 3
    with pytest.raises(BadRequestError, match="rows.minimum"):
        promoted.append(rows(0))
    told = http("GET", contract_path(target).replace("/contract", "/promotions")).json()["promotions"]
    assert [(each["source"], each["reason"], each["promoted-by"]) for each in told] == [([source, "loans"], "Reviewed by risk.", "anonymous")]


def test_raw_keeps_its_tables(catalog, http, zoned):
    source, target = zoned("raw"), zoned("curated")
    http("POST", "/management/v1/principals", {"kind": "team", "name": "owners"})
    table = catalog.create_table(f"{source}.loans", SCHEMA, properties=COMPLETE)
    answer = http("POST", contract_path(source).replace("/contract", "/promote"), {
        "target": {"namespace": [target], "name": "loans"}, "reason": "Reviewed.", "contract": CONTRACT})
    assert answer.status_code == 403 and catalog.table_exists(f"{source}.loans"), (answer.text, table)


# ---- The command line


@pytest.fixture
def moraine(server, tmp_path):
    def run(*arguments):
        environment = {**os.environ, "MORAINE_SERVER": server.url, "HOME": str(tmp_path), "MORAINE_WAREHOUSE": "main"}
        return subprocess.run([BINARY, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=60)

    return run


def test_contract_commands(catalog, namespace, http, moraine, tmp_path):
    table = loans(catalog, namespace, http, {"rows": {"minimum": 1}}, usual=1)
    file = tmp_path / "loans.yaml"
    file.write_text(f"dataset: {namespace}.loans\nmode: enforce\nrows:\n  minimum: 50\n  maximum: 10_000\nfreshness: {{column: at, maximum-age: 1d}}\n")
    applied = moraine("contract", "apply", file, "--comment", "At least fifty.")
    assert applied.returncode == 0 and "Version 2" in applied.stdout, applied.stderr
    assert http("GET", contract_path(namespace)).json()["contract"]["rows"] == {"minimum": 50, "maximum": 10_000}
    shown = moraine("contract", "show", f"{namespace}.loans")
    assert shown.returncode == 0 and "minimum: 50" in shown.stdout and shown.stdout.startswith("# Version 2")
    again = tmp_path / "again.yaml"
    again.write_text(shown.stdout)
    assert "Version 2" in moraine("contract", "apply", again, "--dataset", f"{namespace}.loans").stdout
    assert [line.split()[0] for line in moraine("contract", "list", f"{namespace}.loans").stdout.splitlines()[1:]] == ["2", "1"]
    assert moraine("contract", "check", f"{namespace}.loans").returncode == 0
    strict = tmp_path / "strict.yaml"
    strict.write_text("rows: {minimum: 500}\n")
    broken = moraine("contract", "check", f"{namespace}.loans", "--contract", strict)
    assert broken.returncode == 1 and "rows.minimum" in broken.stdout
    assert moraine("contract", "retire", f"{namespace}.loans").returncode == 0
    assert moraine("contract", "show", f"{namespace}.loans").returncode == 3
    table.append(rows(0))


@pytest.mark.parametrize("text, place", [
    ("rows:\n  minimum: 1\n  maximum: -1\n", ":3: rows.maximum: "),
    ("columns:\n- name: a\n- name: b\n  type: varchar\n", ":4: columns[1].type: "),
    ("rows:\n  minimum: [\n", " is no YAML"),
    ("mode: maybe\n", ":1: mode: "),
    ("dataset: loans\n", ":1: dataset: "),
    ("rows: &a {minimum: 1}\nfiles: *a\n", ":"),
])
def test_mistakes_in_files_are_found(moraine, tmp_path, text, place):
    file = tmp_path / "contract.yaml"
    file.write_text(text)
    answer = moraine("contract", "apply", file, "--dataset", "a.b")
    assert answer.returncode == 2 and f"contract.yaml{place}" in answer.stderr, answer.stderr


def test_importing_an_open_data_contract(moraine, tmp_path, catalog, namespace):
    file = pathlib.Path(__file__).parents[1] / "GovernanceTests" / "Fixtures" / "contracts" / "loans.odcs.yaml"
    imported = moraine("contract", "import-odcs", file, "--dataset", f"{namespace}.loans")
    assert imported.returncode == 0, imported.stderr
    left = imported.stderr.splitlines()
    assert any("servers" in line for line in left) and any("slaProperties[1]" in line for line in left)
    ours = tmp_path / "ours.yaml"
    ours.write_text(imported.stdout)
    catalog.create_table(f"{namespace}.loans", SCHEMA)
    applied = moraine("contract", "apply", ours)
    assert applied.returncode == 0, applied.stderr


def test_quality_and_publishing_commands(catalog, http, gated, moraine, tmp_path):
    namespace, table = gated
    name = f"{namespace}.loans"
    refused = moraine("dataset", "publish", name, "--from", "audit")
    assert refused.returncode != 0 and "checks.unique_id" in refused.stderr
    results = tmp_path / "run_results.json"
    results.write_text(json.dumps({
        "metadata": {"generated_at": datetime.datetime.now(datetime.UTC).isoformat()},
        "results": [{"unique_id": "test.lake.unique_id.a1", "status": "pass", "failures": 0},
                    {"unique_id": "model.lake.loans", "status": "success"}]}))
    recorded = moraine("quality", "record", name, "--ref", "audit", "--dbt", results)
    assert recorded.returncode == 0 and "1 results" in recorded.stdout, recorded.stderr
    assert "unique_id" in moraine("quality", "list", name).stdout
    published = moraine("dataset", "publish", name, "--from", "audit")
    assert published.returncode == 0 and str(table.refs()["audit"].snapshot_id) in published.stdout, published.stderr
    assert moraine("quality", "record", name).returncode == 2


def test_promotion_command(catalog, http, zoned, moraine, tmp_path):
    source, target = zoned("landing"), zoned("curated")
    catalog.create_table(f"{source}.loans", SCHEMA, properties=COMPLETE).append(rows(3))
    file = tmp_path / "contract.yaml"
    file.write_text("rows: {minimum: 1}\n")
    promoted = moraine(
        "dataset", "promote", f"{source}.loans", "--to", f"{target}.loans", "--reason", "Reviewed.", "--contract", file)
    assert promoted.returncode == 0, promoted.stderr
    told = moraine("dataset", "promotions", f"{target}.loans")
    assert "Reviewed." in told.stdout and f"{source}.loans" in told.stdout

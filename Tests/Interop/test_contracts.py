"""Contracts hold pyiceberg to what was promised, on commits of one table and of several."""

import datetime
import json

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import BadRequestError
from pyiceberg.table import CommitTableResponse

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

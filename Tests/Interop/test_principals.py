"""What principals of different roles may do to tables of different zones, through real clients."""

import datetime
import pathlib
import time
import uuid

import duckdb
import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import ForbiddenError, NoSuchTableError
from pyiceberg.expressions import EqualTo
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField, StringType

from duck import connect
from governed import Governed

SCHEMA = Schema(NestedField(1, "id", LongType()), NestedField(2, "name", StringType()))
ROWS = pa.table({"id": [1, 2, 3], "name": ["a", "b", "c"]})


@pytest.fixture(scope="module")
def governed():
    governed = Governed()
    governed.team("risk")
    yield governed
    governed.close()


def catalog(governed, name):
    return load_catalog(
        name, uri=governed.url, warehouse="main", credential=governed.credentials[name],
        **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})


def attach(governed, name):
    connection = connect()
    client, secret = governed.credentials[name].split(":", 1)
    connection.execute(
        f"CREATE SECRET lake (TYPE iceberg, CLIENT_ID '{client}', CLIENT_SECRET '{secret}', "
        f"OAUTH2_SERVER_URI '{governed.url}/v1/oauth/tokens')")
    connection.execute(f"ATTACH 'main' AS lake (TYPE iceberg, ENDPOINT '{governed.url}', SECRET lake)")
    return connection


def fresh():
    return "t" + uuid.uuid4().hex[:8]


@pytest.fixture
def curated(governed):
    """A curated table with three rows, made by an engineer."""
    name = ("curated", fresh())
    table = catalog(governed, "data_engineer").create_table(
        name, SCHEMA, properties={"owner-team": "risk", "comment": "Loans as they are reported."})
    table.append(ROWS)
    return name


@pytest.fixture
def raw(governed):
    """A raw table with three rows in one file and two in another, made by an engineer."""
    name = ("raw", fresh())
    table = catalog(governed, "data_engineer").create_table(name, SCHEMA)
    table.append(ROWS)
    table.append(ROWS.slice(0, 2))
    return name


def unchanged(governed, name, rows):
    """The table is as it was: the same metadata, rows and refs."""
    table = catalog(governed, "root").load_table(name)
    assert table.scan().to_arrow().num_rows == rows
    return table.metadata_location


def test_an_analyst_reads_curated_and_cannot_write(governed, curated):
    before = unchanged(governed, curated, 3)
    table = catalog(governed, "analyst").load_table(curated)
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == [1, 2, 3]
    for change in (
        lambda: table.append(ROWS),
        lambda: table.delete(EqualTo("id", 1)),
        lambda: table.overwrite(ROWS),
        lambda: table.transaction().set_properties({"a": "b"}).commit_transaction(),
        lambda: table.update_schema().add_column("x", LongType()).commit(),
        lambda: catalog(governed, "analyst").drop_table(curated),
        lambda: catalog(governed, "analyst").rename_table(curated, ("curated", fresh())),
        lambda: catalog(governed, "analyst").create_table(("curated", fresh()), SCHEMA),
    ):
        with pytest.raises(ForbiddenError, match="no policy permits it|needs an owner team"):
            change()
    assert unchanged(governed, curated, 3) == before


def test_an_analyst_does_not_know_of_raw(governed, raw, curated):
    analyst = catalog(governed, "analyst")
    assert not analyst.table_exists(raw)
    with pytest.raises(NoSuchTableError):
        analyst.load_table(raw)
    assert ("raw",) not in analyst.list_namespaces()
    assert ("curated",) in analyst.list_namespaces()
    assert curated in analyst.list_tables("curated")


def test_duckdb_as_an_analyst_and_as_an_engineer(governed, curated, raw):
    analyst = attach(governed, "analyst")
    assert analyst.execute(f"SELECT count(*) FROM lake.curated.{curated[1]}").fetchone() == (3,)
    before = unchanged(governed, curated, 3)
    with pytest.raises(duckdb.Error, match="may not"):
        analyst.execute(f"INSERT INTO lake.curated.{curated[1]} VALUES (9, 'z')")
    assert unchanged(governed, curated, 3) == before
    with pytest.raises(duckdb.Error):
        analyst.execute(f"SELECT * FROM lake.raw.{raw[1]}")

    engineer = attach(governed, "data_engineer")
    engineer.execute(f"INSERT INTO lake.raw.{raw[1]} VALUES (9, 'z')")
    before = unchanged(governed, raw, 6)
    for statement in (f"DELETE FROM lake.raw.{raw[1]} WHERE id = 1", f"UPDATE lake.raw.{raw[1]} SET name = 'x'", f"DROP TABLE lake.raw.{raw[1]}"):
        with pytest.raises(duckdb.Error, match="append-only"):
            engineer.execute(statement)
    assert unchanged(governed, raw, 6) == before


def test_an_engineer_appends_to_raw_and_nothing_else(governed, raw):
    before = unchanged(governed, raw, 5)
    engineer = catalog(governed, "data_engineer")
    table = engineer.load_table(raw)
    first = table.metadata.snapshots[0].snapshot_id
    for change in (
        lambda: table.overwrite(ROWS),
        lambda: table.delete(EqualTo("id", 1)),
        lambda: table.manage_snapshots().set_current_snapshot(first).commit(),
        lambda: table.manage_snapshots().rollback_to_snapshot(first).commit(),
        lambda: table.maintenance.expire_snapshots().by_id(first).commit(),
        lambda: table.update_schema().delete_column("name").commit(),
        lambda: engineer.drop_table(raw),
        lambda: engineer.purge_table(raw),
        lambda: engineer.rename_table(raw, ("landing", fresh())),
    ):
        with pytest.raises(ForbiddenError, match="raw is append-only|append-only"):
            change()
        table.refresh()
    assert unchanged(governed, raw, 5) == before
    # What raw lives with.
    table.append(ROWS)
    table.update_schema().add_column("more", StringType()).commit()
    assert unchanged(governed, raw, 8) != before


def test_an_append_that_drops_a_file_is_no_append(governed, raw):
    """A commit by hand: it says "append" and lists only one of the two data files."""
    before = unchanged(governed, raw, 5)
    engineer = catalog(governed, "data_engineer")
    table = engineer.load_table(raw)
    overwritten = table.metadata
    # pyiceberg writes honest manifests of an overwrite; only the summary and the commit are forged.
    transaction = table.transaction()
    transaction.delete(EqualTo("id", 3))
    updates = transaction._updates
    path = f'/v1/main/namespaces/raw/tables/{raw[1]}'
    body = {"identifier": {"namespace": ["raw"], "name": raw[1]}, "requirements": [], "updates": []}
    for update in updates:
        data = update.model_dump(mode="json", by_alias=True, exclude_none=True)
        if data["action"] == "add-snapshot":
            data["snapshot"]["summary"] = {"operation": "append"}
        body["updates"].append(data)
    answer = governed.call("POST", path, body, by="data_engineer")
    assert answer.status_code == 403, answer.text
    error = answer.json()["error"]
    assert error["type"] == "ForbiddenException"
    assert "raw-append-only" in error["message"] and "claims append" in error["message"]
    assert engineer.load_table(raw).metadata == overwritten
    assert unchanged(governed, raw, 5) == before


def test_a_grant_opens_one_table_and_the_way_to_it(governed, raw):
    """Without one, `nobody` sees nothing; with it, the table, the names on the way, and nothing beside it; afterwards nothing again."""
    other = ("raw", fresh())
    catalog(governed, "data_engineer").create_table(other, SCHEMA)
    nobody = catalog(governed, "nobody")
    assert nobody.list_namespaces() == []
    with pytest.raises(NoSuchTableError):
        nobody.load_table(raw)
    granted = governed.call("POST", "/governance/v1/grants", {
        "principal": "service:nobody", "privilege": "read",
        "object": {"kind": "table", "warehouse": "main", "namespace": ["raw"], "name": raw[1]}})
    assert granted.ok, granted.text
    assert nobody.list_namespaces() == [("raw",)] and nobody.list_tables("raw") == [raw]
    # The second time from memory, which must forget it with the grant.
    for _ in range(2):
        assert nobody.load_table(raw).scan().to_arrow().num_rows == 5
    with pytest.raises(NoSuchTableError):
        nobody.load_table(other)
    with pytest.raises(ForbiddenError, match="only data engineers write to raw"):
        nobody.load_table(raw).append(ROWS)
    assert governed.call("DELETE", f'/governance/v1/grants/{granted.json()["grant"]["id"]}').ok
    with pytest.raises(NoSuchTableError):
        nobody.load_table(raw)
    assert nobody.list_namespaces() == []


def test_a_permit_for_a_while_ends_by_itself(governed, curated):
    """What policies say of the time is asked every time."""
    governed.add("guest" + (suffix := fresh()))
    guest = "guest" + suffix
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
    policies = (pathlib.Path(__file__).resolve().parents[2] / "policies" / "moraine.cedar").read_text() + f"""
@id("{guest}")
permit (principal == Gov::Service::"{guest}", action in [Gov::Action::"MetadataRead", Gov::Action::"DataRead"], resource)
when {{ context.now < datetime("{until.strftime('%Y-%m-%dT%H:%M:%S.')}{until.microsecond // 1000:03d}Z") }};
"""
    assert governed.call("POST", "/governance/v1/policy-sets", {"files": {"moraine.cedar": policies}}).ok
    path = f"/v1/main/namespaces/curated/tables/{curated[1]}"
    assert [governed.call("GET", path, by=guest).status_code for _ in range(2)] == [200, 200]
    time.sleep(3.5)
    assert governed.call("GET", path, by=guest).status_code == 404


def test_an_owner_manages_what_it_made(governed):
    governed.add("maker" + (suffix := fresh()), "data_scientist")
    maker = catalog(governed, "maker" + suffix)
    name = ("sandbox", fresh())
    maker.create_table(name, SCHEMA)
    assert governed.call("GET", f"/governance/v1/warehouses/main/namespaces/sandbox/tables/{name[1]}/tags", by="maker" + suffix).ok
    maker.drop_table(name)


def test_moving_a_table_to_another_zone_asks_both(governed, curated):
    """A promotion: it leaves one zone and is made in the other."""
    engineer = catalog(governed, "data_engineer")
    plain = ("landing", fresh())
    engineer.create_table(plain, SCHEMA)
    with pytest.raises(ForbiddenError, match="owner team and a description"):
        engineer.rename_table(plain, ("curated", fresh()))
    described = ("landing", fresh())
    engineer.create_table(described, SCHEMA, properties={"owner-team": "risk", "comment": "Loans."})
    target = ("curated", fresh())
    engineer.rename_table(described, target)
    assert engineer.table_exists(target)
    # Scientists read curated; they can neither take a table out nor see raw.
    with pytest.raises(ForbiddenError, match="may not rename"):
        catalog(governed, "data_scientist").rename_table(target, ("sandbox", fresh()))


def test_stewards_tag_tables_and_columns(governed):
    name = ("landing", fresh())
    table = catalog(governed, "data_engineer").create_table(name, SCHEMA)
    path = f"/governance/v1/warehouses/main/namespaces/landing/tables/{name[1]}/tags"
    assert governed.call("POST", path, {"set": {"classification": "pii"}}, by="data_engineer").status_code == 403
    tagged = governed.call("POST", path, {"set": {"classification": "pii"}, "columns": {"name": {"set": {"classification": "pii"}}}}, by="data_steward")
    assert tagged.ok, tagged.text
    assert tagged.json() == {
        "tags": {"classification": "pii"}, "columns": [{"name": "name", "field-id": 2, "tags": {"classification": "pii"}}]}
    # A column keeps its tags under another name.
    table.update_schema().rename_column("name", "customer").commit()
    assert governed.call("GET", path, by="data_engineer").json()["columns"][0]["name"] == "customer"

"""What is recorded of scans, and that it reads the same rows again."""

import datetime
import decimal
import json
import uuid

import mlflow.data
import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import (
    And, BooleanExpression, EqualTo, GreaterThan, In, IsNull, LessThan, Not, NotIn, NotNaN, Or, StartsWith)
from pyiceberg.schema import Schema
from pyiceberg.table import StaticTable
from pyiceberg.types import (
    BinaryType, DateType, DecimalType, DoubleType, FixedType, ListType, LongType, MapType, NestedField, StringType, StructType,
    TimestampType, TimestamptzType, UUIDType)

import moraine_mlflow
from moraine_mlflow import IcebergDatasetSource, from_iceberg
from moraine_mlflow.catalogs import open_catalog, without_credentials
from moraine_mlflow.filters import from_json, to_json

ROWS = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "name": ["a", "b", "c"]})
MORE = pa.table({"id": pa.array([4, 5], pa.int64()), "name": ["d", None]})


@pytest.fixture
def catalog(tmp_path):
    catalog = SqlCatalog("moraine", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/warehouse")
    catalog.create_namespace("risk")
    yield catalog
    catalog.engine.dispose()


@pytest.fixture
def table(catalog):
    table = catalog.create_table("risk.loans", ROWS.schema)
    table.append(ROWS)
    return table


def again(source):
    """The source as it comes back from MLflow."""
    return mlflow.data.get_source(dataset_entity(source))


def dataset_entity(source):
    return mlflow.entities.Dataset(name="x", digest="y", source_type=source._get_source_type(), source=source.to_json())


def test_entry_points():
    assert mlflow.data.from_iceberg is moraine_mlflow.from_iceberg
    assert IcebergDatasetSource in mlflow.data.get_registered_sources()


def test_a_table_is_recorded(catalog, table):
    source = IcebergDatasetSource.of(table)
    snapshot = table.current_snapshot().snapshot_id
    assert json.loads(source.to_json()) == {
        "catalog_uri": catalog.properties["uri"], "warehouse": catalog.properties["warehouse"], "identifier": ["risk", "loans"],
        "table_uuid": str(table.metadata.table_uuid), "snapshot_id": str(snapshot), "ref": "main",
        "metadata_location": table.metadata_location, "schema_id": 0}
    assert again(source) == source


def test_the_snapshot_is_that_of_the_moment(table):
    first = table.current_snapshot().snapshot_id
    table.manage_snapshots().create_tag(first, "v1").create_branch(first, "dev").commit()
    sources = {
        "nothing": from_iceberg(table.scan()).source, "tag": from_iceberg(table.scan().use_ref("v1"), ref="v1").source,
        "branch": from_iceberg(table, ref="dev").source, "snapshot": from_iceberg(table.scan(snapshot_id=first)).source}
    assert {key: source.ref for key, source in sources.items()} == {"nothing": "main", "tag": "v1", "branch": "dev", "snapshot": None}
    table.append(MORE)
    table.append(MORE, branch="dev")
    table.delete("id = 1")
    for source in sources.values():
        assert source.snapshot_id == first and again(source).load() == ROWS
    assert len({source.digest() for source in sources.values()}) == 1


def test_rows_and_columns(table):
    scan = table.scan(row_filter="id >= 2 and name != 'c'", selected_fields=("name",))
    dataset = from_iceberg(scan)
    before = scan.to_arrow()
    table.append(MORE)
    table.overwrite(MORE)
    assert again(dataset.source).load() == before == pa.table({"name": ["b"]})
    assert dataset.name == "risk.loans" and dataset.profile["num_rows"] == 3 and dataset.profile["num_files"] == 1
    assert json.loads(dataset.to_dict()["schema"]) == {"mlflow_colspec": [{"type": "string", "name": "name", "required": False}]}
    assert again(from_iceberg(table.scan(limit=1)).source).load().num_rows == 1
    assert again(from_iceberg(table.scan(row_filter="ID = 5", case_sensitive=False)).source).load()["id"].to_pylist() == [5]


def test_columns_are_those_of_the_reading(table):
    with table.update_schema() as update:
        update.add_column("score", DoubleType())
        update.rename_column("name", "label")
    # Nothing was written since: the snapshot's own schema is another.
    scan = table.scan()
    source = from_iceberg(scan).source
    before = scan.to_arrow()
    with table.update_schema() as update:
        update.delete_column("label")
        update.rename_column("score", "points")
    table.append(pa.table({"id": pa.array([9], pa.int64()), "points": [0.5]}))
    assert before.column_names == ["id", "label", "score"] and again(source).load() == before
    assert from_iceberg(table.scan(snapshot_id=source.snapshot_id)).source.schema_id == 0


def test_the_digest_is_of_what_is_read(catalog, table):
    scans = [
        table.scan(), table.scan(row_filter="id > 1"), table.scan(row_filter="id > 2"), table.scan(selected_fields=("id",)),
        table.scan(selected_fields=("id", "name")), table.scan(limit=2)]
    table.append(MORE)
    other = catalog.create_table("risk.other", ROWS.schema)
    other.append(ROWS)
    digests = [from_iceberg(source).digest for source in [*scans, table, other]]
    assert len(set(digests)) == len(digests) and all(len(digest) == 32 for digest in digests)
    names = [In("name", set(order)) for order in ("abcdefgh", "hgfedcba")]
    assert len({from_iceberg(table.scan(row_filter=filter)).digest for filter in names}) == 1
    assert from_iceberg(table, name="mine", digest="abc").to_dict()["digest"] == "abc"


def test_other_datasets_take_a_scan_as_their_source(table):
    scan = table.scan(row_filter="id = 3")
    dataset = mlflow.data.from_pandas(scan.to_pandas(), source=scan, targets="name")
    assert dataset.source == IcebergDatasetSource.of(scan) and dataset.to_dict()["source_type"] == "iceberg"


def test_what_cannot_be_read_again_is_refused(catalog, table):
    source = from_iceberg(table).source
    with pytest.raises(ValueError, match="has no snapshot yet"):
        from_iceberg(catalog.create_table("risk.empty", ROWS.schema))
    with pytest.raises(ValueError, match="The ref v1 does not lead to snapshot"):
        from_iceberg(table.scan(), ref="v1")
    with pytest.raises(ValueError, match="unknown ref=v1"):
        from_iceberg(table, ref="v1")
    with pytest.raises(TypeError, match="found RecordBatch|found Table"):
        IcebergDatasetSource.of(ROWS)
    location = from_iceberg(StaticTable.from_metadata(table.metadata_location)).source
    with pytest.raises(ValueError, match="not recorded where the catalog is"):
        location.load()
    table.overwrite(MORE)
    table.maintenance.expire_snapshots().by_id(source.snapshot_id).commit()
    with pytest.raises(ValueError, match=f"The snapshot {source.snapshot_id} of the table risk.loans is gone"):
        source.load(catalog)
    catalog.drop_table("risk.loans")
    catalog.create_table("risk.loans", ROWS.schema).append(ROWS)
    with pytest.raises(ValueError, match="is another than the one that was read"):
        source.load(catalog)


EVERYTHING = Schema(
    NestedField(1, "id", LongType()), NestedField(2, "name", StringType()), NestedField(3, "day", DateType()),
    NestedField(4, "at", TimestampType()), NestedField(5, "instant", TimestamptzType()), NestedField(6, "amount", DecimalType(9, 2)),
    NestedField(7, "key", UUIDType()), NestedField(8, "bytes", BinaryType()), NestedField(9, "four", FixedType(4)),
    NestedField(10, "x", DoubleType()), NestedField(11, "p", StructType(NestedField(12, "q", LongType()))))
ZONE = datetime.timezone(datetime.timedelta(hours=2))


@pytest.mark.parametrize("expression", [
    EqualTo("id", 2**63 - 1), EqualTo("id", 2**70), LessThan("p.q", -(2**63)), EqualTo("name", "ü\"\\"), StartsWith("name", "a%"),
    EqualTo("day", datetime.date(2026, 5, 3)), EqualTo("day", "2026-05-03"), EqualTo("at", datetime.datetime(2026, 5, 3, 1, 2, 3, 4)),
    GreaterThan("instant", datetime.datetime(2026, 5, 3, 1, 2, 3, 4, ZONE)), GreaterThan("instant", "2026-05-03T01:02:03+02:00"),
    EqualTo("amount", decimal.Decimal("12.50")), EqualTo("key", uuid.UUID(int=7)), EqualTo("bytes", b"\x00\xff"),
    In("bytes", {b"a", b"b"}), EqualTo("four", b"abcd"), NotNaN("x"), LessThan("x", 0.1), IsNull("name"), NotIn("id", {1, 2, 3}),
    Or(And(EqualTo("id", 1), Not(IsNull("x"))), In("name", {"b", "a"}))], ids=str)
def test_filters_come_back_as_they_were(expression):
    document = json.loads(json.dumps(to_json(expression, EVERYTHING)))
    from pyiceberg.expressions.visitors import bind

    assert bind(EVERYTHING, from_json(document, EVERYTHING), True) == bind(EVERYTHING, expression, True)
    assert isinstance(from_json(document, EVERYTHING), BooleanExpression)


def test_schemas_are_told_to_mlflow(catalog):
    fields = Schema(
        NestedField(1, "id", LongType(), required=True), NestedField(2, "amount", DecimalType(9, 2)),
        NestedField(3, "person", StructType(NestedField(4, "born", DateType()))),
        NestedField(5, "scores", ListType(6, DoubleType())), NestedField(7, "labels", MapType(8, StringType(), 9, LongType())))
    table = catalog.create_table("risk.wide", fields)
    table.append(pa.Table.from_pylist([{"id": 1}], schema=table.schema().as_arrow()))
    columns = json.loads(from_iceberg(table).to_dict()["schema"])["mlflow_colspec"]
    assert [(column["name"], column["type"], column["required"]) for column in columns] == [
        ("id", "long", True), ("amount", "string", False), ("person", "object", False), ("scores", "array", False), ("labels", "map", False)]


@pytest.mark.parametrize(("uri", "shown"), [
    ("https://user:secret@host:8181/catalog?token=secret#secret", "https://host:8181/catalog"), ("http://host", "http://host"),
    ("postgresql+psycopg2://u:p@db/lake", "postgresql+psycopg2://db/lake"), ("sqlite:////tmp/a.db", "sqlite:////tmp/a.db")])
def test_no_credentials_are_recorded(uri, shown):
    assert without_credentials(uri) == shown


def test_credentials_go_where_they_belong(monkeypatch, tmp_path):
    here, there = f"sqlite:///{tmp_path}/here.db", f"sqlite:///{tmp_path}/there.db"
    monkeypatch.setenv("PYICEBERG_CATALOG__LAKE__URI", here)
    monkeypatch.setenv("PYICEBERG_CATALOG__LAKE__WAREHOUSE", "main")
    monkeypatch.setenv("PYICEBERG_CATALOG__LAKE__TOKEN", "secret")
    assert open_catalog(here, "main", {}).properties["token"] == "secret"
    other = open_catalog(here, "other", {}).properties
    assert (other["token"], other["warehouse"]) == ("secret", "other")
    elsewhere = open_catalog(there, "main", {"token": "mine"})
    assert elsewhere.properties["token"] == "mine" and "token" not in open_catalog(there, "main", {}).properties

"""pyiceberg with its default settings, on a warehouse of local files."""

import datetime
import pathlib
import time
import urllib.parse

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.exceptions import (
    CommitFailedException, NamespaceAlreadyExistsError, NamespaceNotEmptyError, NoSuchNamespaceError, NoSuchTableError, RESTError,
    TableAlreadyExistsError)
from pyiceberg.expressions import EqualTo, GreaterThan
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import SortField, SortOrder
from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform
from pyiceberg.types import IntegerType, LongType, NestedField, StringType, StructType, TimestampType

from servers import wait_until

ROWS = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "name": ["a", "b", "c"]})


def rows(table, **options):
    return sorted(table.scan(**options).to_arrow().to_pylist(), key=lambda row: row["id"])


def ids(table, **options):
    return [row["id"] for row in rows(table, **options)]


@pytest.fixture
def table(catalog, namespace):
    table = catalog.create_table(f"{namespace}.t", ROWS.schema)
    table.append(ROWS)
    return table


def test_namespaces(catalog, namespace):
    catalog.create_namespace((namespace, "b"), {"owner": "risk"})
    catalog.create_namespace((namespace, "b", "c"))
    assert catalog.list_namespaces(namespace) == [(namespace, "b")]
    assert catalog.list_namespaces((namespace, "b")) == [(namespace, "b", "c")]
    assert catalog.load_namespace_properties((namespace, "b")) == {"owner": "risk"}
    summary = catalog.update_namespace_properties((namespace, "b"), {"owner", "absent"}, {"tier": "1"})
    assert (summary.removed, summary.updated, summary.missing) == (["owner"], ["tier"], ["absent"])
    assert catalog.namespace_exists((namespace, "b", "c"))
    with pytest.raises(NamespaceAlreadyExistsError):
        catalog.create_namespace((namespace, "b"))
    with pytest.raises(NamespaceNotEmptyError):
        catalog.drop_namespace((namespace, "b"))
    catalog.drop_namespace((namespace, "b", "c"))
    catalog.drop_namespace((namespace, "b"))
    assert not catalog.namespace_exists((namespace, "b"))
    with pytest.raises(RESTError, match=f"NoSuchNamespaceException: Namespace does not exist: missing_{namespace}"):
        catalog.create_namespace(("missing_" + namespace, "child"))


def test_create_with_everything(catalog, namespace):
    schema = Schema(
        NestedField(7, "id", LongType(), required=True), NestedField(8, "at", TimestampType()),
        NestedField(9, "person", StructType(NestedField(11, "name", StringType()), NestedField(12, "age", IntegerType()))),
        identifier_field_ids=[7])
    spec = PartitionSpec(PartitionField(8, 1000, DayTransform(), "day"), PartitionField(7, 1001, BucketTransform(4), "bucket"))
    order = SortOrder(SortField(7, transform=IdentityTransform()))
    table = catalog.create_table(f"{namespace}.t", schema, partition_spec=spec, sort_order=order, properties={"owner": "risk"})
    assert [field.field_id for field in table.schema().fields] == [1, 2, 3]
    assert table.schema().find_field("person.age").field_id == 5
    assert table.schema().identifier_field_ids == [1]
    assert [(field.source_id, field.field_id) for field in table.spec().fields] == [(2, 1000), (1, 1001)]
    assert table.sort_order().fields[0].source_id == 1
    assert table.properties["owner"] == "risk"
    assert table.metadata_location.split("/")[-1].startswith("00000-")
    table.append(pa.Table.from_pylist(
        [{"id": 1, "at": datetime.datetime(2026, 5, 3), "person": {"name": "x", "age": 3}}], schema=table.schema().as_arrow()))
    assert rows(table)[0]["person"] == {"name": "x", "age": 3}


@pytest.mark.parametrize("version", ["1", "2"])
def test_format_versions(catalog, namespace, version):
    table = catalog.create_table(f"{namespace}.t", ROWS.schema, properties={"format-version": version})
    assert table.format_version == int(version)
    table.append(ROWS)
    assert ids(catalog.load_table(f"{namespace}.t")) == [1, 2, 3]


def test_append_overwrite_delete(catalog, table):
    table.append(ROWS)
    assert ids(table) == [1, 1, 2, 2, 3, 3]
    table.delete(EqualTo("id", 1))
    assert ids(table) == [2, 2, 3, 3]
    table.overwrite(pa.table({"id": pa.array([9], pa.int64()), "name": ["z"]}), overwrite_filter=GreaterThan("id", 2))
    assert ids(table) == [2, 2, 9]
    table.overwrite(ROWS)
    assert ids(catalog.load_table(table.name())) == [1, 2, 3]


def test_upsert_and_dynamic_overwrite(catalog, namespace):
    table = catalog.create_table(f"{namespace}.t", ROWS.schema)
    with table.update_spec() as update:
        update.add_identity("name")
    table.append(ROWS)
    table.dynamic_partition_overwrite(pa.table({"id": pa.array([20], pa.int64()), "name": ["b"]}))
    assert ids(table) == [1, 3, 20]
    result = table.upsert(pa.table({"id": pa.array([1, 4], pa.int64()), "name": ["a2", "d"]}), join_cols=["id"])
    assert (result.rows_updated, result.rows_inserted) == (1, 1)
    assert [row["name"] for row in rows(table)] == ["a2", "c", "d", "b"]


def test_schema_evolution(catalog, table):
    with table.update_schema() as update:
        update.add_column("extra", IntegerType(), doc="more")
        update.add_column("person", StructType(NestedField(1, "age", IntegerType())))
    with table.update_schema() as update:
        update.rename_column("name", "label")
        update.update_column("extra", LongType())
        update.add_column(("person", "email"), StringType())
        update.move_first("extra")
    with table.update_schema() as update:
        update.delete_column("person")
    table = catalog.load_table(table.name())
    assert [field.name for field in table.schema().fields] == ["extra", "id", "label"]
    assert isinstance(table.schema().find_type("extra"), LongType)
    assert rows(table)[0] == {"extra": None, "id": 1, "label": "a"}
    assert len(table.metadata.schemas) == 4


def test_partition_evolution(catalog, table):
    with table.update_spec() as update:
        update.add_field("id", BucketTransform(4), "bucket")
    table.append(ROWS)
    with table.update_spec() as update:
        update.remove_field("bucket")
        update.add_identity("name")
    table.append(ROWS)
    table = catalog.load_table(table.name())
    assert ids(table) == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert len(table.specs()) == 3
    assert table.metadata.last_partition_id == 1001
    assert {data["spec_id"] for data in table.inspect.files().to_pylist()} == {0, 1, 2}


def test_branches_tags_and_time_travel(catalog, table):
    first = table.current_snapshot()
    time.sleep(0.01)
    table.append(ROWS)
    table.manage_snapshots().create_tag(first.snapshot_id, "v1", max_ref_age_ms=86_400_000).commit()
    table.manage_snapshots().create_branch(first.snapshot_id, "dev", min_snapshots_to_keep=3).commit()
    assert catalog.load_table(table.name()).refs()["dev"].min_snapshots_to_keep == 3
    # Writing to the branch moves it; pyiceberg sends no retention with that, which takes it away.
    table.append(pa.table({"id": pa.array([7], pa.int64()), "name": ["g"]}), branch="dev")
    table = catalog.load_table(table.name())
    assert ids(table, snapshot_id=first.snapshot_id) == [1, 2, 3]
    assert table.scan().use_ref("v1").to_arrow().num_rows == 3
    assert ids(table, snapshot_id=table.refs()["dev"].snapshot_id) == [1, 2, 3, 7]
    assert table.snapshot_as_of_timestamp(first.timestamp_ms).snapshot_id == first.snapshot_id
    table.manage_snapshots().remove_tag("v1").remove_branch("dev").commit()
    assert set(catalog.load_table(table.name()).refs()) == {"main"}


def test_rollback(catalog, table):
    first = table.current_snapshot().snapshot_id
    table.append(ROWS)
    table.manage_snapshots().rollback_to_snapshot(first).commit()
    table = catalog.load_table(table.name())
    assert ids(table) == [1, 2, 3]
    assert [entry.snapshot_id for entry in table.history()][-1] == first


def test_expire_snapshots(catalog, table):
    first = table.current_snapshot().snapshot_id
    table.append(ROWS)
    table.maintenance.expire_snapshots().by_id(first).commit()
    table = catalog.load_table(table.name())
    assert first not in [snapshot.snapshot_id for snapshot in table.snapshots()]
    assert ids(table) == [1, 1, 2, 2, 3, 3]


def test_rename_across_namespaces(catalog, namespace, table):
    catalog.create_namespace((namespace, "other"))
    renamed = catalog.rename_table(table.name(), (namespace, "other", "t2"))
    assert ids(renamed) == [1, 2, 3]
    assert catalog.list_tables(namespace) == []
    # The old name is free, and its files are its own.
    again = catalog.create_table(table.name(), ROWS.schema)
    assert again.location() != renamed.location()
    with pytest.raises(TableAlreadyExistsError):
        catalog.rename_table(again.name(), (namespace, "other", "t2"))
    with pytest.raises(NoSuchTableError):
        catalog.rename_table((namespace, "absent"), (namespace, "x"))


def test_transactions(catalog, table):
    with table.transaction() as transaction:
        transaction.set_properties(owner="risk")
        with transaction.update_schema() as update:
            update.add_column("extra", IntegerType())
        transaction.append(pa.table({"id": pa.array([4], pa.int64()), "name": ["d"], "extra": pa.array([1], pa.int32())}))
        transaction.append(pa.table({"id": pa.array([5], pa.int64()), "name": ["e"], "extra": pa.array([1], pa.int32())}))
    loaded = catalog.load_table(table.name())
    assert ids(loaded) == [1, 2, 3, 4, 5]
    assert loaded.properties["owner"] == "risk"
    # Only the last of the transaction's snapshots was ever main's.
    assert len(loaded.history()) == 2
    with table.transaction() as transaction:
        transaction.remove_properties("owner")
    assert "owner" not in catalog.load_table(table.name()).properties


def test_staged_creation(catalog, namespace):
    transaction = catalog.create_table_transaction(f"{namespace}.t", ROWS.schema, properties={"owner": "risk"})
    assert not catalog.table_exists(f"{namespace}.t")
    transaction.append(ROWS)
    transaction.commit_transaction()
    table = catalog.load_table(f"{namespace}.t")
    assert ids(table) == [1, 2, 3]
    assert table.properties["owner"] == "risk"
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table_transaction(f"{namespace}.t", ROWS.schema)


def test_stale_commit_fails(catalog, table):
    stale = catalog.load_table(table.name())
    stale.metadata.properties["commit.retry.num-retries"] = "0"
    with table.update_schema() as update:
        update.add_column("extra", IntegerType())
    with pytest.raises(CommitFailedException, match="Requirement failed: current schema changed: expected id 0 != 1"):
        with stale.update_schema() as update:
            update.add_column("other", IntegerType())
    assert [field.name for field in catalog.load_table(table.name()).schema().fields] == ["id", "name", "extra"]


def test_concurrent_appends_retry(catalog, table):
    stale = catalog.load_table(table.name())
    table.append(ROWS)
    try:
        stale.append(ROWS)
    except CommitFailedException as error:
        assert "branch main has changed" in str(error)
        stale.refresh()
        stale.append(ROWS)
    assert len(ids(catalog.load_table(table.name()))) == 9


def test_errors(catalog, namespace, table):
    with pytest.raises(NoSuchTableError, match=f"Table does not exist: {namespace}.absent"):
        catalog.load_table(f"{namespace}.absent")
    with pytest.raises(TableAlreadyExistsError, match=f"Table already exists: {namespace}.t"):
        catalog.create_table(table.name(), ROWS.schema)
    with pytest.raises(NoSuchNamespaceError):
        catalog.create_table("absent_" + namespace + ".t", ROWS.schema)
    with pytest.raises(NoSuchNamespaceError):
        catalog.list_tables("absent_" + namespace)
    assert not catalog.table_exists(f"{namespace}.absent")
    with pytest.raises(NamespaceNotEmptyError):
        catalog.drop_namespace(namespace)


def test_register(catalog, namespace, table):
    location = table.metadata_location
    catalog.drop_table(table.name())
    assert not catalog.table_exists(table.name())
    registered = catalog.register_table(f"{namespace}.again", location)
    assert ids(registered) == [1, 2, 3]
    assert registered.metadata_location == location
    registered.append(ROWS)
    assert len(ids(catalog.load_table(f"{namespace}.again"))) == 6
    with pytest.raises(TableAlreadyExistsError):
        catalog.register_table(f"{namespace}.again", location)


def files_of(location):
    folder = pathlib.Path(urllib.parse.urlsplit(location).path)
    return [path for path in folder.rglob("*") if path.is_file()]


def test_drop_keeps_files_and_purge_deletes_them(catalog, namespace, table):
    table.append(ROWS)
    table.delete(EqualTo("id", 1))
    catalog.drop_table(table.name())
    assert len(files_of(table.location())) > 10
    other = catalog.create_table(f"{namespace}.p", ROWS.schema)
    for _ in range(3):
        other.append(ROWS)
    other.delete(EqualTo("id", 1))
    assert len(files_of(other.location())) > 10
    catalog.purge_table(other.name())
    assert not catalog.table_exists(other.name())
    wait_until(lambda: not files_of(other.location()), what="the purge")
    assert len(files_of(table.location())) > 10


def test_views(catalog, namespace, http):
    name = f"{namespace}.v"
    view = {
        "name": "v", "schema": {"type": "struct", "fields": [{"id": 1, "name": "one", "required": False, "type": "int"}]},
        "view-version": {
            "version-id": 1, "timestamp-ms": 1_700_000_000_000, "schema-id": 0, "summary": {"engine-name": "test"},
            "default-namespace": [namespace], "representations": [{"type": "sql", "sql": "SELECT 1 AS one", "dialect": "duckdb"}]},
        "properties": {}}
    assert http("POST", f"/v1/main/namespaces/{namespace}/views", view).status_code == 200
    assert catalog.list_views(namespace) == [(namespace, "v")]
    assert catalog.view_exists(name)
    assert not catalog.table_exists(name)
    catalog.drop_view(name)
    assert not catalog.view_exists(name)


def test_inspection(catalog, table):
    table.append(ROWS)
    table = catalog.load_table(table.name())
    assert table.inspect.snapshots().num_rows == 2
    assert table.inspect.history().num_rows == 2
    assert table.inspect.refs().num_rows == 1
    assert table.inspect.files().num_rows == 2
    assert table.inspect.metadata_log_entries().num_rows == 3


def test_add_files(catalog, namespace):
    other = catalog.create_table(f"{namespace}.other", ROWS.schema)
    path = urllib.parse.urlsplit(other.location()).path + "/data/own.parquet"
    pq.write_table(ROWS, path)
    other.add_files([f"file://{path}"])
    assert ids(other) == [1, 2, 3]


@pytest.mark.parametrize("name", ["with space", "dots.in.it", "ünïcödé", "100%", "a+b", "smile😀", "quote'\"", "semi;colon", "ta&b=c?d#e"])
def test_names(catalog, namespace, name):
    inner = (namespace, name)
    catalog.create_namespace(inner)
    assert catalog.list_namespaces(namespace) == [inner]
    table = catalog.create_table((*inner, name), pa.schema([(name, pa.int64())]))
    table.append(pa.table({name: pa.array([1], pa.int64())}))
    assert catalog.list_tables(inner) == [(*inner, name)]
    assert catalog.load_table((*inner, name)).scan().to_arrow().to_pylist() == [{name: 1}]
    catalog.drop_table((*inner, name))
    catalog.drop_namespace(inner)


def test_compressed_metadata(catalog, namespace):
    table = catalog.create_table(f"{namespace}.t", ROWS.schema, properties={"write.metadata.compression-codec": "gzip"})
    assert table.metadata_location.endswith(".gz.metadata.json")
    table.append(ROWS)
    location = table.metadata_location
    catalog.drop_table(table.name())
    assert ids(catalog.register_table(f"{namespace}.again", location)) == [1, 2, 3]


def test_metadata_log_is_capped(catalog, namespace):
    table = catalog.create_table(f"{namespace}.t", ROWS.schema, properties={"write.metadata.previous-versions-max": "3"})
    for value in range(6):
        with table.transaction() as transaction:
            transaction.set_properties(value=str(value))
    assert len(catalog.load_table(table.name()).metadata.metadata_log) == 3

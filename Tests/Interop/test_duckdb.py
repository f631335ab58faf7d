"""DuckDB with its own Iceberg extension, its settings the default ones."""

import datetime
import time

import duckdb
import pyarrow as pa
import pytest
from pyiceberg.types import LongType

from duck import connect


@pytest.fixture
def duck(server):
    """A connection with the catalog attached as `lake`."""
    connection = connect()
    connection.execute(f"ATTACH 'main' AS lake (TYPE iceberg, ENDPOINT '{server.url}', AUTHORIZATION_TYPE 'none')")
    yield connection
    connection.close()


@pytest.fixture
def schema(duck, namespace):
    return f"lake.{namespace}"


def test_tables(duck, schema, namespace, catalog):
    duck.execute(f"CREATE TABLE {schema}.t (id BIGINT, name VARCHAR)")
    duck.execute(f"INSERT INTO {schema}.t VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    duck.execute(f"UPDATE {schema}.t SET name = 'z' WHERE id = 1")
    duck.execute(f"DELETE FROM {schema}.t WHERE id = 2")
    assert duck.execute(f"SELECT * FROM {schema}.t ORDER BY id").fetchall() == [(1, "z"), (3, "c")]
    assert duck.execute(f"SELECT count(*) FROM iceberg_snapshots({schema}.t)").fetchone() == (3,)
    assert (namespace,) in [(name,) for [name] in duck.execute("SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'lake'").fetchall()]
    duck.execute(f"DROP TABLE {schema}.t")
    assert catalog.list_tables(namespace) == []


def test_schemas(duck, namespace, catalog):
    duck.execute(f"CREATE SCHEMA lake.{namespace}_2")
    assert catalog.namespace_exists(f"{namespace}_2")
    duck.execute(f"DROP SCHEMA lake.{namespace}_2")
    assert not catalog.namespace_exists(f"{namespace}_2")


def test_alter(duck, schema, namespace, catalog):
    duck.execute(f"CREATE TABLE {schema}.t (id BIGINT, name VARCHAR)")
    duck.execute(f"INSERT INTO {schema}.t VALUES (1, 'a')")
    duck.execute(f"ALTER TABLE {schema}.t ADD COLUMN extra INTEGER")
    duck.execute(f"INSERT INTO {schema}.t VALUES (2, 'b', 5)")
    duck.execute(f"ALTER TABLE {schema}.t RENAME COLUMN extra TO more")
    assert duck.execute(f"SELECT * FROM {schema}.t ORDER BY id").fetchall() == [(1, "a", None), (2, "b", 5)]
    assert [field.name for field in catalog.load_table(f"{namespace}.t").schema().fields] == ["id", "name", "more"]
    duck.execute(f"ALTER TABLE {schema}.t DROP COLUMN more")
    assert duck.execute(f"SELECT * FROM {schema}.t ORDER BY id").fetchall() == [(1, "a"), (2, "b")]


def test_transaction_over_two_tables(duck, schema, namespace, catalog):
    duck.execute(f"CREATE TABLE {schema}.one (id BIGINT)")
    duck.execute("BEGIN")
    duck.execute(f"CREATE TABLE {schema}.two AS SELECT 7::BIGINT AS id")
    duck.execute(f"INSERT INTO {schema}.one VALUES (1)")
    assert not catalog.table_exists(f"{namespace}.two")
    duck.execute("COMMIT")
    assert catalog.load_table(f"{namespace}.one").scan().to_arrow()["id"].to_pylist() == [1]
    assert catalog.load_table(f"{namespace}.two").scan().to_arrow()["id"].to_pylist() == [7]
    duck.execute("BEGIN")
    duck.execute(f"INSERT INTO {schema}.one VALUES (2)")
    duck.execute("ROLLBACK")
    assert duck.execute(f"SELECT id FROM {schema}.one").fetchall() == [(1,)]


def test_time_travel(duck, schema, namespace, catalog):
    duck.execute(f"CREATE TABLE {schema}.t (id BIGINT)")
    duck.execute(f"INSERT INTO {schema}.t VALUES (1)")
    first = catalog.load_table(f"{namespace}.t").current_snapshot().snapshot_id
    duck.execute(f"INSERT INTO {schema}.t VALUES (2)")
    assert duck.execute(f"SELECT id FROM {schema}.t AT (VERSION => {first})").fetchall() == [(1,)]


def test_each_reads_what_the_other_wrote(duck, schema, namespace, catalog):
    rows = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "name": ["a", "b", "c"]})
    table = catalog.create_table(f"{namespace}.py", rows.schema)
    table.append(rows)
    assert duck.execute(f"SELECT * FROM {schema}.py ORDER BY id").fetchall() == [(1, "a"), (2, "b"), (3, "c")]
    duck.execute(f"INSERT INTO {schema}.py VALUES (4, 'd')")
    table.refresh()
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == [1, 2, 3, 4]
    table.append(rows)
    duck.execute(f"DELETE FROM {schema}.py WHERE id = 1")
    assert sorted(catalog.load_table(f"{namespace}.py").scan().to_arrow()["id"].to_pylist()) == [2, 2, 3, 3, 4]


def test_partitioned(duck, schema, namespace, catalog):
    duck.execute(f"CREATE TABLE {schema}.t (id BIGINT, region VARCHAR) PARTITIONED BY (region)")
    # DuckDB names the field itself.
    [field] = catalog.load_table(f"{namespace}.t").spec().fields
    assert (field.source_id, str(field.transform)) == (2, "identity")
    duck.execute(f"INSERT INTO {schema}.t VALUES (1, 'north'), (2, 'south')")
    assert {row["partition"][field.name] for row in catalog.load_table(f"{namespace}.t").inspect.files().to_pylist()} == {"north", "south"}
    assert duck.execute(f"SELECT id FROM {schema}.t WHERE region = 'south'").fetchall() == [(2,)]


def test_reads_a_table_that_evolved(duck, schema, namespace, catalog):
    rows = pa.table({"id": pa.array([1, 2], pa.int64()), "name": ["a", "b"]})
    table = catalog.create_table(f"{namespace}.t", rows.schema)
    table.append(rows)
    with table.update_spec() as update:
        update.add_identity("name")
    with table.update_schema() as update:
        update.rename_column("name", "label")
        update.add_column("extra", LongType())
    table.append(pa.table({"id": pa.array([3], pa.int64()), "label": ["c"], "extra": pa.array([7], pa.int64())}))
    assert duck.execute(f"SELECT id, label, extra FROM {schema}.t ORDER BY id").fetchall() == [(1, "a", None), (2, "b", None), (3, "c", 7)]


def test_sees_what_another_client_does(duck, schema, namespace, catalog):
    """Nothing is kept between statements that another client could have made stale."""
    rows = pa.table({"id": pa.array([1], pa.int64())})
    table = catalog.create_table(f"{namespace}.t", rows.schema)
    for count in range(1, 4):
        table.append(rows)
        assert duck.execute(f"SELECT count(*) FROM {schema}.t").fetchone() == (count,)
    catalog.rename_table(table.name(), f"{namespace}.u")
    assert duck.execute(f"SELECT count(*) FROM {schema}.u").fetchone() == (3,)
    with pytest.raises(duckdb.Error):
        duck.execute(f"SELECT count(*) FROM {schema}.t").fetchone()


def test_names(duck, schema, namespace, catalog):
    for name in ("two words", "ünï", "a.b", "100%", "a+b"):
        duck.execute(f'CREATE TABLE {schema}."{name}" ("col {name}" BIGINT)')
        duck.execute(f'INSERT INTO {schema}."{name}" VALUES (1)')
        assert duck.execute(f'SELECT * FROM {schema}."{name}"').fetchall() == [(1,)]
        assert catalog.load_table((namespace, name)).scan().to_arrow().to_pylist() == [{f"col {name}": 1}]


def test_schema_that_is_not_empty(duck, schema):
    duck.execute(f"CREATE TABLE {schema}.t (id BIGINT)")
    with pytest.raises(duckdb.Error):
        duck.execute(f"DROP SCHEMA {schema}")
    assert duck.execute(f"SELECT count(*) FROM {schema}.t").fetchone() == (0,)


def test_two_writers(duck, schema, namespace, catalog):
    """The second to commit loses, and its rows are not there."""
    duck.execute(f"CREATE TABLE {schema}.t (id BIGINT)")
    duck.execute(f"INSERT INTO {schema}.t VALUES (1)")
    duck.execute("BEGIN")
    duck.execute(f"DELETE FROM {schema}.t WHERE id = 1")
    catalog.load_table(f"{namespace}.t").append(pa.table({"id": pa.array([2], pa.int64())}))
    with pytest.raises(duckdb.Error, match="has changed|conflict|Conflict|409"):
        duck.execute("COMMIT")
    assert sorted(catalog.load_table(f"{namespace}.t").scan().to_arrow()["id"].to_pylist()) == [1, 2]


def test_time_travel_by_timestamp(duck, schema, namespace, catalog):
    duck.execute(f"CREATE TABLE {schema}.t (id BIGINT)")
    duck.execute(f"INSERT INTO {schema}.t VALUES (1)")
    time.sleep(1.1)
    between = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
    time.sleep(1.1)
    duck.execute(f"INSERT INTO {schema}.t VALUES (2)")
    assert duck.execute(f"SELECT id FROM {schema}.t AT (TIMESTAMP => TIMESTAMPTZ '{between}')").fetchall() == [(1,)]

"""DuckDB with its own Iceberg extension, its settings the default ones."""

import glob
import os

import duckdb
import duckdb_extension_avro
import duckdb_extension_httpfs
import duckdb_extension_iceberg
import pyarrow as pa
import pytest


@pytest.fixture
def duck(server):
    """A connection with the catalog attached as `lake`. Extensions come from their packages, not from the network."""
    connection = duckdb.connect()
    for package in (duckdb_extension_httpfs, duckdb_extension_avro, duckdb_extension_iceberg):
        [path] = glob.glob(os.path.dirname(package.__file__) + "/**/*.duckdb_extension", recursive=True)
        connection.execute(f"LOAD '{path}'")
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

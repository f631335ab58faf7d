"""DuckDB with its Iceberg extension, from packages and not from the network."""

import glob
import os

import duckdb
import duckdb_extension_avro
import duckdb_extension_httpfs
import duckdb_extension_iceberg


def connect():
    connection = duckdb.connect()
    for package in (duckdb_extension_httpfs, duckdb_extension_avro, duckdb_extension_iceberg):
        [path] = glob.glob(os.path.dirname(package.__file__) + "/**/*.duckdb_extension", recursive=True)
        connection.execute(f"LOAD '{path}'")
    return connection

"""pyiceberg on S3 (moto): the server tells where the store is, the client brings its own credentials."""

import uuid

import boto3
import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.expressions import EqualTo
from pyiceberg.types import IntegerType

from servers import wait_until

ROWS = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "name": ["a", "b", "c"]})


@pytest.fixture
def lake(server, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
    return load_catalog("lake", uri=server.url, warehouse="lake")


@pytest.fixture
def table(lake):
    namespace = "s" + uuid.uuid4().hex[:10]
    lake.create_namespace(namespace)
    table = lake.create_table(f"{namespace}.t", ROWS.schema)
    table.append(ROWS)
    return table


@pytest.fixture
def keys(moto):
    s3 = boto3.client("s3", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test-secret")

    def under(location):
        prefix = location.removeprefix("s3://lake/") + "/"
        return [item["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=prefix) for item in page.get("Contents", [])]

    return under


def test_write_read_evolve(lake, table, keys):
    table.append(ROWS)
    table.delete(EqualTo("id", 1))
    with table.update_schema() as update:
        update.add_column("extra", IntegerType())
    table = lake.load_table(table.name())
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == [2, 2, 3, 3]
    assert table.metadata_location.removeprefix("s3://lake/") in keys(table.location())


def test_purge(lake, table, keys):
    table.append(ROWS)
    assert len(keys(table.location())) > 5
    lake.purge_table(table.name())
    wait_until(lambda: not keys(table.location()), what="the purge")


def test_register(lake, table):
    location = table.metadata_location
    lake.drop_table(table.name())
    again = lake.register_table((table.name()[0], "again"), location)
    again.append(ROWS)
    assert again.scan().to_arrow().num_rows == 6

"""Delta tables that `deltalake` writes, on local files and on S3, and the Hudi tables of `Tests/TableFormatsTests/Fixtures`: the catalog
shows what they are."""

import json
import os
import shutil
import subprocess
import uuid

import boto3
import pyarrow as pa
import pytest
import requests
from deltalake import CommitProperties, DeltaTable, write_deltalake

from servers import BINARY, ROOT, Server, open_folder, wait_until

FIXTURES = ROOT / "Tests" / "TableFormatsTests" / "Fixtures"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_REGION": "us-east-1"}


class Place:
    """Where a Delta table is: for the catalog, and for deltalake."""

    def __init__(self, warehouse, location, options=None):
        self.warehouse, self.location, self.options = warehouse, location, options

    def write(self, data, **how):
        write_deltalake(self.location, data, storage_options=self.options, **how)

    def table(self, version=None):
        return DeltaTable(self.location, version=version, storage_options=self.options)


@pytest.fixture(params=["main", "lake"])
def place(request, server, moto):
    name = "delta" + uuid.uuid4().hex[:10]
    if request.param == "main":
        return Place("main", f"file://{server.warehouse}/{name}")
    return Place(
        "lake", f"s3://lake/root/{name}", {**KEYS, "AWS_ENDPOINT_URL": moto, "AWS_ALLOW_HTTP": "true", "aws_conditional_put": "etag"})


@pytest.fixture
def run(server):
    """The command line; its standard output, or its standard error where it should fail."""

    def run(*arguments, warehouse="main", fails=None):
        environment = {**os.environ, "MORAINE_SERVER": server.url, "MORAINE_WAREHOUSE": warehouse}
        done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, env=environment, timeout=120)
        assert done.returncode == (fails or 0), done.stdout + done.stderr
        return done.stderr if fails else done.stdout

    return run


@pytest.fixture
def dataset(http, run, place):
    """A name for the table in the catalog, and what the catalog says of it."""
    namespace = "f" + uuid.uuid4().hex[:10]
    assert http("POST", f"/v1/{place.warehouse}/namespaces", {"namespace": [namespace]}).ok

    class Dataset:
        name = f"{namespace}.people"
        path = f"/governance/v1/warehouses/{place.warehouse}/namespaces/{namespace}/datasets/people"

        def run(self, *arguments, fails=None):
            return run(*arguments, warehouse=place.warehouse, fails=fails)

        def refresh(self):
            return json.loads(self.run("dataset", "refresh", self.name, "-o", "json"))

        def load(self):
            return http("GET", self.path).json()

        def ended(self):
            answer = http("GET", f"{self.path}/refresh").json()
            return answer if answer["state"] != "under-way" else None

    return Dataset()


def told(dataset):
    """What a catalog says of a table, in the words of `deltalake`."""
    return {
        "version": int(dataset["current-version"]),
        "columns": [(c["name"], c["type"], c["nullable"], c.get("comment")) for c in dataset["columns"]],
        "partitions": dataset["table"]["partition-columns"],
        "files": dataset["table"]["files"],
        "bytes": dataset["table"]["size-bytes"],
        "rows": dataset["table"]["rows"],
        "id": dataset["table"]["table-id"],
        "at": dataset["table"]["committed-at-ms"],
    }


def truth(table):
    actions = pa.table(table.get_add_actions(flatten=True)).to_pydict()

    def text(type):
        if type["type"] == "array":
            return f"array<{text(wrapped(type['elementType']))}>"
        if type["type"] == "struct":
            return "struct<" + ",".join(f"{f['name']}:{text(wrapped(f['type']))}" for f in type["fields"]) + ">"
        return type["type"]

    def wrapped(type):
        return type if isinstance(type, dict) else {"type": type}

    fields = json.loads(table.schema().to_json())["fields"]
    newest = next(c for c in DeltaTable(table.table_uri, storage_options=table._storage_options).history() if c["version"] == table.version())
    return {
        "version": table.version(),
        "columns": [(f["name"], text(wrapped(f["type"])), f["nullable"], f["metadata"].get("comment")) for f in fields],
        "partitions": table.metadata().partition_columns,
        "files": len(actions["path"]),
        "bytes": sum(actions["size_bytes"]),
        "rows": sum(actions["num_records"]),
        "id": str(table.metadata().id),
        "at": newest["timestamp"],
    }


def rows(start, count, **more):
    columns = {"id": pa.array(range(start, start + count), pa.int64()), "day": [f"2026-01-0{i % 3 + 1}" for i in range(count)]}
    return pa.table({**columns, **{name: pa.array([make(i) for i in range(count)]) for name, make in more.items()}})


def test_delta_life(dataset, place):
    place.write(rows(0, 5), partition_by=["day"])
    dataset.run("dataset", "register", dataset.name, "--format", "delta", "--location", place.location)
    # Nobody has to ask.
    assert wait_until(dataset.ended, what="the first refresh")["state"] == "finished"
    assert told(dataset.load()) == truth(place.table())
    first = dataset.load()

    place.write(rows(5, 7), mode="append")
    assert told(dataset.refresh()) == truth(place.table())
    # Evolved, with types within types; written in several small commits over a checkpoint; rewritten; overwritten.
    place.write(
        rows(12, 3, amount=float, tags=lambda i: [f"t{i}"], home=lambda i: {"street": "x", "number": i}), mode="append",
        schema_mode="merge")
    evolved = dataset.refresh()
    assert told(evolved) == truth(place.table())
    assert [c["type"] for c in evolved["columns"]][2:] == ["double", "array<string>", "struct<street:string,number:long>"]
    assert [c["id"] for c in evolved["columns"]] == [1, 2, 3, 4, 5]
    for start in range(20, 32, 2):
        place.write(rows(start, 2), mode="append", schema_mode="merge")
    table = place.table()
    table.create_checkpoint()
    assert told(dataset.refresh()) == truth(place.table())
    table.delete("id < 3")
    table = place.table()
    table.optimize.compact()
    assert told(dataset.refresh()) == truth(place.table())
    place.write(
        rows(0, 4), mode="overwrite", schema_mode="overwrite", partition_by=["day"],
        commit_properties=CommitProperties(custom_metadata={"why": "a test"}))
    assert told(dataset.refresh()) == truth(place.table())
    assert dataset.load()["version"] > first["version"]


def test_delta_is_followed_without_rewriting(dataset, place, http):
    """Nothing new leaves no trace, and a log that is cleaned up behind its checkpoint is read."""
    place.write(rows(0, 5))
    dataset.run("dataset", "register", dataset.name, "--format", "delta", "--location", place.location)
    for start in range(5, 15):
        place.write(rows(start, 1), mode="append")
    table = place.table()
    table.create_checkpoint()
    known = dataset.refresh()
    assert told(known) == truth(place.table())
    assert dataset.refresh() == known
    place.write(rows(90, 2), mode="append")
    expected = truth(place.table())
    remove(place, [f"_delta_log/{version:020}.json" for version in range(10)])
    assert told(dataset.refresh()) == expected


def remove(place, names):
    if place.options:
        s3 = boto3.client(
            "s3", endpoint_url=place.options["AWS_ENDPOINT_URL"], region_name="us-east-1", aws_access_key_id="test",
            aws_secret_access_key="test-secret")
        for name in names:
            s3.delete_object(Bucket="lake", Key=f"{place.location.removeprefix('s3://lake/')}/{name}")
    else:
        for name in names:
            os.remove(f"{place.location.removeprefix('file://')}/{name}")


def test_people_are_told(dataset, place):
    dataset.run("dataset", "register", dataset.name, "--format", "delta", "--location", place.location)
    assert wait_until(dataset.ended, what="the first refresh")["state"] == "failed"
    said = dataset.run("dataset", "refresh", dataset.name, fails=1)
    assert "There is no Delta log in" in said and "refresh again" in said
    shown = dataset.run("dataset", "show", dataset.name)
    assert "failed at" in shown and "There is no Delta log in" in shown and "see that" in shown
    place.write(rows(0, 5), partition_by=["day"])
    assert "version 0, 2 columns" in dataset.run("dataset", "refresh", dataset.name)
    for command in ("show", "describe"):
        shown = dataset.run("dataset", command, dataset.name)
        assert "failed" not in shown and "5 rows" in shown and "as of 20" in shown and "id" in shown, shown
    assert json.loads(dataset.run("dataset", "show", dataset.name, "-o", "json"))["refresh"]["state"] == "finished"
    # Columns of the log are found by search.
    place.write(rows(5, 5, glaciation=lambda i: i), mode="append", schema_mode="merge")
    dataset.refresh()
    wait_until(lambda: dataset.name in dataset.run("search", "glaciation", "-q"), what="the search for a column")


@pytest.mark.parametrize("name", ["v6", "v8"])
@pytest.mark.parametrize("place", ["main"], indirect=True)
def test_hudi(server, dataset, place, name):
    folder = server.warehouse / f"hudi-{uuid.uuid4().hex[:10]}"
    shutil.copytree(FIXTURES / "hudi" / name, folder)
    expected = json.loads((FIXTURES / "hudi" / "expected.json").read_text())[name][-1]
    dataset.run("dataset", "register", dataset.name, "--format", "hudi", "--location", str(folder))
    assert wait_until(dataset.ended, what="the first refresh")["state"] == "finished"
    found = dataset.load()
    assert " ".join(c["name"] for c in found["columns"]) == expected["columns"]
    assert found["table"]["partition-columns"] == expected["partitionFields"]
    assert found["table"]["format"].startswith(expected["type"])
    assert found["table"]["operation"] == expected["operation"]
    assert found["current-version"].isdigit() and "rows" not in found["table"]
    assert found["current-version"] in dataset.run("dataset", "show", dataset.name)


def test_by_itself():
    """A server reads again what is old, and one that is started later what was written meanwhile."""
    folder = open_folder("moraine-refresh-")
    warehouse = folder / "warehouse"
    place = Place("main", f"file://{warehouse}/t")
    place.write(rows(0, 1))
    started = Server(
        ["--dev", "--data-dir", str(folder / "data"), "--warehouse", f"main=file://{warehouse}"], folder / "log",
        {"MORAINE_REFRESH_SECONDS": "1"}).start()
    try:
        session = requests.Session()
        assert session.post(f"{started.url}/v1/main/namespaces", json={"namespace": ["n"]}).ok
        path = f"{started.url}/governance/v1/warehouses/main/namespaces/n/datasets"
        assert session.post(path, json={"name": "t", "format": "delta", "location": place.location}).ok

        def version():
            return session.get(f"{path}/t").json().get("current-version")

        wait_until(lambda: version() == "0", what="the first refresh")
        place.write(rows(1, 1), mode="append")
        wait_until(lambda: version() == "1", what="a refresh by itself")
        started.stop()
        place.write(rows(2, 1), mode="append")
        started.start()
        path = f"{started.url}/governance/v1/warehouses/main/namespaces/n/datasets"
        wait_until(lambda: version() == "2", what="a refresh after a start")
        assert not started.errors()
    finally:
        started.stop()
        shutil.rmtree(folder)

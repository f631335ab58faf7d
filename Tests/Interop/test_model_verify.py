"""What a model was trained on: still there and still the same, to the file; read again by code that is written for it; what train and test
share. On local files and on S3 (moto)."""

import json
import os
import pathlib
import subprocess
import time
import uuid

import boto3
import duck
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog import load_catalog

from governed import Governed
from servers import BINARY

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_REGION": "us-east-1"}


class Files:
    """Files of a warehouse, to be damaged and mended."""

    def __init__(self, moto):
        self.s3 = boto3.client(
            "s3", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test-secret")

    def read(self, location):
        if location.startswith("s3://"):
            return self.s3.get_object(Bucket="lake", Key=location.removeprefix("s3://lake/"))["Body"].read()
        return pathlib.Path(location.removeprefix("file://")).read_bytes()

    def write(self, location, content):
        if location.startswith("s3://"):
            self.s3.put_object(Bucket="lake", Key=location.removeprefix("s3://lake/"), Body=content)
        else:
            path = pathlib.Path(location.removeprefix("file://"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def delete(self, location):
        if location.startswith("s3://"):
            self.s3.delete_object(Bucket="lake", Key=location.removeprefix("s3://lake/"))
        else:
            os.unlink(location.removeprefix("file://"))


@pytest.fixture
def files(moto):
    return Files(moto)


@pytest.fixture(params=["main", "lake"])
def warehouse(request):
    return request.param


@pytest.fixture
def place(server, moto, warehouse, monkeypatch):
    """A namespace of the test's own: pyiceberg's catalog, the namespace, where other formats may lie, and how deltalake gets there."""
    for key, value in KEYS.items():
        monkeypatch.setenv(key, value)

    class Place:
        name = warehouse
        namespace = "v" + uuid.uuid4().hex[:10]
        catalog = load_catalog("verify", uri=server.url, warehouse=warehouse)
        root = f"file://{server.warehouse}" if warehouse == "main" else "s3://lake/root"
        options = None if warehouse == "main" else {
            **KEYS, "AWS_ENDPOINT_URL": moto, "AWS_ALLOW_HTTP": "true", "aws_conditional_put": "etag"}

    Place.catalog.create_namespace(Place.namespace)
    return Place


@pytest.fixture
def run(server, warehouse):
    def run(*arguments, fails=None):
        environment = {**os.environ, "MORAINE_SERVER": server.url, "MORAINE_WAREHOUSE": warehouse}
        done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, env=environment, timeout=120)
        assert done.returncode == (fails or 0), f"{arguments}: {done.stdout}{done.stderr}"
        run.errors = done.stderr
        return done.stdout

    return run


@pytest.fixture
def model(run):
    name = "m" + uuid.uuid4().hex[:10]
    run("model", "create", name, "--purpose", "Scores things")
    run("model", "version", f"{name}@7")
    return f"{name}@7"


@pytest.fixture
def verify(run, model):
    """The document of a verification, and that its exit code says the same."""

    def verify(*arguments, findings=0):
        document = json.loads(run("model", "verify", model, "-o", "json", *arguments, fails=1 if findings else None))
        found = [finding for one in document["inputs"] for finding in one["findings"]]
        assert len(found) == findings, found
        assert document["intact"] == (not findings) and all(one["complete"] for one in document["inputs"])
        return document

    return verify


def rows(*ids):
    return pa.table({"id": pa.array(ids, pa.int64()), "name": pa.array([f"n{id}" for id in ids], pa.string())})


def checked(document, index=0):
    return {one["what"]: one["count"] for one in document["inputs"][index]["checked"]}


def changed(content):
    """The same length, and not the same."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1:]


def test_finds_what_is_missing_or_changed(place, run, model, verify, files):
    table = place.catalog.create_table(f"{place.namespace}.loans", rows().schema)
    for number in range(4):
        table.append(rows(number))
    snapshot = table.refresh().current_snapshot()
    run("model", "bind", model, "--input", f"{place.namespace}.loans@{snapshot.snapshot_id}")
    table.append(rows(99))
    entries = [task.file for task in table.scan(snapshot_id=snapshot.snapshot_id).plan_files()]
    [bound] = json.loads(run("model", "show", model, "-o", "json"))["inputs"]
    manifests = [manifest.manifest_path for manifest in snapshot.manifests(table.io)]

    document = verify()
    assert checked(document) == {
        "snapshots": 1, "metadata files": 1, "manifest lists": 1, "manifests": len(manifests), "data files": 4}
    # The manifests' digests were taken when it was bound.
    assert document["inputs"][0]["digests-compared"] == 2 + len(manifests) and document["inputs"][0]["digests-recorded"] == 0
    assert any("contents of data" in text for text in document["inputs"][0]["not-checked"])

    def damaged(location, content, kind, what, expected, found, *arguments):
        before = files.read(location)
        if content is None:
            files.delete(location)
        else:
            files.write(location, content(before))
        document = verify(*arguments, findings=1)
        [finding] = document["inputs"][0]["findings"]
        assert (finding["kind"], finding["what"], finding["file"]) == (kind, what, location)
        assert expected in finding["expected"] and found in finding["found"], finding
        shown = run("model", "verify", model, *arguments, fails=1)
        assert location in shown and "1 of what" in run.errors
        files.write(location, before)
        return document

    data = entries[1].file_path
    size = entries[1].file_size_in_bytes
    damaged(data, None, "missing", "data file", f"{size} bytes", "nothing")
    damaged(data, lambda old: old[:-7], "changed", "data file", f"{size} bytes", f"{size - 7} bytes")
    damaged(bound["metadata-location"], changed, "changed", "metadata file", bound["metadata-sha256"], "sha256:")
    damaged(bound["metadata-location"], None, "missing", "metadata file", "a file", "nothing")
    # A byte of a manifest that is no part of its structure: the sync marker's first.
    sync = lambda old: old[:-16] + bytes([old[-16] ^ 0xFF]) + old[-15:]
    document = json.loads(run("model", "verify", model, "-o", "json"))
    before = files.read(manifests[0])
    files.write(manifests[0], sync(before))
    document = json.loads(run("model", "verify", model, "-o", "json", fails=1))
    found = document["inputs"][0]["findings"]
    assert {(one["what"], one["file"]) for one in found} == {("manifest", manifests[0])} and "sha256:" in found[0]["expected"]
    files.write(manifests[0], before + b"x")
    document = json.loads(run("model", "verify", model, "-o", "json", fails=1))
    assert document["inputs"][0]["findings"][0]["found"] == f"{len(before) + 1} bytes"
    files.write(manifests[0], before)
    gone = damaged(manifests[0], None, "missing", "manifest", "a file", "nothing")
    assert checked(gone)["data files"] == 3 and any("manifests name" in text for text in gone["inputs"][0]["not-checked"])
    damaged(bound["manifest-list"], None, "missing", "manifest list", "a file", "nothing")

    # Content is compared with what it was when it was read first.
    assert verify("--deep")["inputs"][0]["digests-recorded"] == 4
    before = files.read(data)
    files.write(data, changed(before))
    verify()
    [finding] = verify("--deep", findings=1)["inputs"][0]["findings"]
    assert finding["file"] == data and finding["expected"].startswith("sha256:") and finding["found"].startswith("sha256:")
    files.write(data, before)
    again = verify("--deep")["inputs"][0]
    assert again["digests-recorded"] == 0 and again["digests-compared"] == 2 + len(manifests) + 4
    assert again["size-bytes-read"] > sum(entry.file_size_in_bytes for entry in entries)


def test_says_when_a_snapshot_was_expired(place, run, model, verify):
    table = place.catalog.create_table(f"{place.namespace}.loans", rows().schema)
    table.append(rows(1))
    old = table.refresh().current_snapshot().snapshot_id
    run("model", "bind", model, "--input", f"{place.namespace}.loans@{old}")
    table.append(rows(2))
    table.refresh().maintenance.expire_snapshots().by_id(old).commit()
    [finding] = verify(findings=1)["inputs"][0]["findings"]
    assert finding["what"] == "snapshot" and finding["found"] == "it was expired" and str(old) in finding["expected"]
    place.catalog.drop_table(f"{place.namespace}.loans")
    [finding] = verify(findings=1)["inputs"][0]["findings"]
    assert finding["what"] == "dataset" and "dropped" in finding["found"]


def test_deletes_are_looked_for_too(place, run, model, verify, server, warehouse):
    if warehouse != "main":
        pytest.skip("DuckDB writes on local files here")
    connection = duck.connect()
    connection.execute(f"ATTACH 'main' AS lake (TYPE iceberg, ENDPOINT '{server.url}', AUTHORIZATION_TYPE 'none')")
    connection.execute(f"CREATE TABLE lake.{place.namespace}.t (id BIGINT)")
    connection.execute(f"INSERT INTO lake.{place.namespace}.t SELECT range FROM range(10)")
    connection.execute(f"DELETE FROM lake.{place.namespace}.t WHERE id = 3")
    run("model", "bind", model, "--input", f"{place.namespace}.t")
    counts = checked(verify("--deep"))
    assert counts["data files"] == 1 and counts["delete files"] == 1


def test_what_train_and_test_share(place, run, model, http):
    table = place.catalog.create_table(f"{place.namespace}.loans", rows().schema)
    for number in range(5):
        table.append(rows(number, number + 100))
    first = table.refresh().current_snapshot().snapshot_id
    # Rewrites one file, adds two, and keeps four.
    table.delete("id = 2")
    table.append(rows(7))
    second = table.refresh().current_snapshot().snapshot_id
    run("model", "bind", model, "--input", f"{place.namespace}.loans@{first}", "--role", "train")
    run("model", "bind", model, "--input", f"{place.namespace}.loans@{second}", "--role", "test")
    run("model", "bind", model, "--input", f"{place.namespace}.loans@{second}", "--role", "validate")

    def planned(snapshot):
        return {task.file.file_path: task.file.record_count for task in table.scan(snapshot_id=snapshot).plan_files()}

    before, after = planned(first), planned(second)
    shared = before.keys() & after.keys()
    assert 0 < len(shared) < len(before)
    name, version = model.split("@")
    overlaps = http("GET", f"/governance/v1/models/{name}/versions/{version}/overlaps").json()["overlaps"]
    found = {(one["first"]["role"], one["second"]["role"]): one for one in overlaps}
    assert set(found) == {("train", "test"), ("train", "validate"), ("test", "validate")}
    for pair in [("train", "test"), ("train", "validate")]:
        one = found[pair]
        assert (one["first-files"], one["second-files"], one["shared-files"]) == (len(before), len(after), len(shared))
        assert one["shared-rows"] == sum(after[path] for path in shared)
    same = found["test", "validate"]
    assert same["shared-files"] == same["first-files"] == len(after) and same["shared-rows"] == sum(after.values())
    # Once told it is kept, and the same.
    assert http("GET", f"/governance/v1/models/{name}/versions/{version}/overlaps").json()["overlaps"] == overlaps
    sentence = (f"train {place.namespace}.loans@{first} and test {place.namespace}.loans@{second} share "
                f"{len(shared)} files of {len(before)} and {len(after)}, with {sum(after[path] for path in shared)} rows")
    assert sentence in run("model", "show", model) and sentence in run("model", "verify", model)


def execute(code):
    """What a snippet of Python leaves in `data`."""
    scope = {}
    exec(compile(code, "snippet", "exec"), scope)
    return scope["data"]


def test_snippets_read_exactly_that_data(place, run, model, server, moto, warehouse):
    table = place.catalog.create_table(f"{place.namespace}.loans", rows().schema)
    table.append(rows(1, 2, 3))
    old = table.refresh().current_snapshot().snapshot_id
    table.append(rows(4))
    run("model", "bind", model, "--input", f"{place.namespace}.loans@{old}", "--filter", "id > 1 AND name <> 'n\"x'", "--column", "id")
    run("model", "bind", model, "--input", f"{place.namespace}.loans", "--role", "test")
    new = table.refresh().current_snapshot().snapshot_id
    table.append(rows(5))

    data = execute(run("model", "snippet", model, "--engine", "pyiceberg"))
    name = f"{place.namespace}.loans"
    train, test = data["train", name, str(old)], data["test", name, str(new)]
    assert train.column_names == ["id"] and sorted(train["id"].to_pylist()) == [2, 3]
    assert sorted(test["id"].to_pylist()) == [1, 2, 3, 4] and test.column_names == ["id", "name"]

    sql = run("model", "snippet", model, "--engine", "duckdb")
    connection = duck.connect()
    if warehouse == "lake":
        connection.execute(
            f"CREATE SECRET store (TYPE s3, KEY_ID 'test', SECRET 'test-secret', ENDPOINT '{moto.removeprefix('http://')}', "
            "URL_STYLE 'path', USE_SSL false)")
    results = []
    for statement in (one.strip() for one in sql.split(";\n")):
        if not statement or "INSTALL" in statement or statement == "LOAD iceberg":
            continue
        done = connection.execute(statement)
        if "SELECT" in statement:
            results.append(done.to_arrow_table())
    assert [table.column_names for table in results] == [["id"], ["id", "name"]]
    assert [sorted(table["id"].to_pylist()) for table in results] == [[2, 3], [1, 2, 3, 4]]

    spark = run("model", "snippet", model, "--engine", "spark")
    assert (f"SELECT `id` FROM `{warehouse}`.`{place.namespace}`.`loans` VERSION AS OF {old} "
            "WHERE id > 1 AND name <> 'n\"x';") in spark
    assert f"VERSION AS OF {new};" in spark


def delta(place, http):
    """A Delta table of three versions, the rows 0, 1 and 2 in a file each."""
    location = f"{place.root}/d{uuid.uuid4().hex[:10]}"
    for number in range(3):
        write_deltalake(location, rows(number), mode="append", storage_options=place.options)
        time.sleep(0.05)
    answer = http("POST", f"/governance/v1/warehouses/{place.name}/namespaces/{place.namespace}/datasets",
                  {"name": "trades", "format": "delta", "location": location})
    assert answer.ok, answer.text
    return DeltaTable(location, storage_options=place.options), location


def test_delta_versions_are_checked_by_their_log(place, run, model, verify, http, files):
    table, location = delta(place, http)
    name = f"{place.namespace}.trades"
    run("model", "bind", model, "--input", f"{name}@9", fails=2)
    assert "no version 9" in run.errors
    run("model", "bind", model, "--input", f"{name}@1")
    # The version at a time is what the log says it was.
    history = {one["version"]: one["timestamp"] for one in table.history()}
    identity = model.split("@")
    for at, version in [(history[1], "1"), (history[2] - 1, "1"), (history[2] + 5, "2")]:
        answer = http("POST", f"/governance/v1/models/{identity[0]}/versions/7/inputs", {"inputs": [
            {"warehouse": place.name, "namespace": [place.namespace], "name": "trades", "at-ms": at, "role": "reference"}]})
        assert answer.ok, answer.text
    answer = http("POST", f"/governance/v1/models/{identity[0]}/versions/7/inputs", {"inputs": [
        {"warehouse": place.name, "namespace": [place.namespace], "name": "trades", "at-ms": history[0] - 10_000, "role": "reference"}]})
    assert answer.status_code == 400, answer.text
    inputs = json.loads(run("model", "show", model, "-o", "json"))["inputs"]
    assert [(one["role"], one["version"]) for one in inputs] == [("train", "1"), ("reference", "1"), ("reference", "2")]
    bound = inputs[0]
    assert (bound["record-count"], bound["file-count"], bound["committed-at-ms"]) == (2, 2, history[1])
    assert [(column["name"], column["type"]) for column in bound["schema"]] == [("id", "long"), ("name", "string")]
    assert bound["metadata-location"] == f"{location}/_delta_log/{1:020}.json"

    counts = verify()
    assert [checked(counts, index) for index in range(3)] == [
        {"log files": 1, "data files": 2}, {"log files": 1, "data files": 2}, {"log files": 1, "data files": 3}]
    # What two versions share, by deltalake's own word.
    overlaps = {(one["first"]["version"], one["second"]["version"]): one for one in counts["overlaps"]}
    versions = {number: set(DeltaTable(location, version=number, storage_options=place.options).file_uris()) for number in (1, 2)}
    assert overlaps["1", "2"]["shared-files"] == len(versions[1] & versions[2]) == 2 and overlaps["1", "2"]["shared-rows"] == 2

    data = sorted(versions[1])[0]
    data = data if "://" in data else f"file://{data}"
    before = files.read(data)
    files.delete(data)
    document = verify(findings=3)
    assert {finding["file"] for one in document["inputs"] for finding in one["findings"]} == {data}
    files.write(data, before)
    log = bound["metadata-location"]
    before = files.read(log)
    files.write(log, before.replace(b'"operation":"WRITE"', b'"operation":"WRITf"'))
    findings = [finding for one in verify(findings=2)["inputs"] for finding in one["findings"]]
    assert {(finding["what"], finding["file"]) for finding in findings} == {("log file", log)}
    files.delete(log)
    assert any(finding["what"] == "version" for one in verify(findings=5)["inputs"] for finding in one["findings"])
    files.write(log, before)
    verify("--deep")


def test_delta_snippet(place, run, model, http, moto, monkeypatch):
    if place.options:
        for key, value in place.options.items():
            monkeypatch.setenv(key.upper(), value)
    _, location = delta(place, http)
    run("model", "bind", model, "--input", f"{place.namespace}.trades@1", "--filter", "id >= 1", "--column", "name")
    [found] = execute(run("model", "snippet", model)).values()
    assert found.column_names == ["name"] and found["name"].to_pylist() == ["n1"]
    assert f"FROM delta_scan('{location}', version => 1) WHERE id >= 1;" in run("model", "snippet", model, "--engine", "duckdb")


def test_file_sets_are_what_was_frozen(place, run, model, verify, http, files):
    location = f"{place.root}/f{uuid.uuid4().hex[:10]}"
    for number in range(5):
        files.write(f"{location}/scans/{number}.txt", b"scan %d" % number)
    path = f"/governance/v1/warehouses/{place.name}/namespaces/{place.namespace}/datasets"
    assert http("POST", path, {"name": "scans", "format": "files", "location": location}).ok
    run("dataset", "index", f"{place.namespace}.scans")
    run("dataset", "freeze", f"{place.namespace}.scans")
    run("model", "bind", model, "--input", f"{place.namespace}.scans")
    assert checked(verify()) == {"snapshots": 1, "objects": 5}
    assert verify("--deep")["inputs"][0]["digests-compared" if place.name == "main" else "digests-recorded"] == 5
    [found] = execute(run("model", "snippet", model)).values()
    assert found == [f"{location}/scans/{number}.txt" for number in range(5)]

    files.write(f"{location}/scans/2.txt", b"SCAN 2")
    # On S3 the ETag tells; on files only reading does.
    [finding] = verify(*(["--deep"] if place.name == "main" else []), findings=1)["inputs"][0]["findings"]
    assert (finding["kind"], finding["file"]) == ("changed", f"{location}/scans/2.txt")
    files.delete(f"{location}/scans/2.txt")
    files.write(f"{location}/scans/3.txt", b"longer than it was")
    findings = verify(findings=2)["inputs"][0]["findings"]
    assert [finding["kind"] for finding in findings] == ["missing", "changed"]


def test_feature_views_are_bound_with_their_sources(place, run, model, verify, http):
    table = place.catalog.create_table(f"{place.namespace}.stats", rows().schema)
    table.append(rows(1))
    old = table.refresh().current_snapshot().snapshot_id
    table.append(rows(2))
    new = table.refresh().current_snapshot().snapshot_id
    registry = lambda feature: {"registry": {"project": "shop" + place.namespace, "featureViews": [{"spec": {
        "name": "driver", "features": [{"name": feature, "valueType": "INT64"}],
        "batchSource": {"name": "stats_source", "type": "BATCH_FILE", "fileOptions": {"uri": table.location()}},
        "streamSource": {"name": "clicks", "type": "STREAM_KAFKA", "kafkaOptions": {"topic": "clicks"}},
    }}]}, "namespace": [place.namespace]}
    path = f"/governance/v1/warehouses/{place.name}/feature-imports"
    assert http("POST", path, registry("age")).ok
    run("model", "bind", model, "--input", f"{place.namespace}.driver")
    run("model", "bind", model, "--input", f"{place.namespace}.driver", "--role", "test", "--source", f"{place.namespace}.stats@{old}")
    run("model", "bind", model, "--input", f"{place.namespace}.driver", "--source", f"{place.namespace}.other@1", fails=2)
    assert "is not computed from" in run.errors
    inputs = json.loads(run("model", "show", model, "-o", "json"))["inputs"]
    views = {one["role"]: one for one in inputs if one.get("format") == "feature-view"}
    tables = {one["role"]: one for one in inputs if one["kind"] == "table"}
    assert (tables["train"]["snapshot-id"], tables["test"]["snapshot-id"]) == (new, old)
    for role in ("train", "test"):
        batch, stream = views[role]["sources"]
        assert (batch["name"], batch["input"]) == ("stats_source", tables[role]["id"])
        assert "no dataset of the catalog" in stream["note"] and "input" not in stream
        assert [column["name"] for column in views[role]["schema"]] == ["age"]
        assert views[role]["definition"]["features"][0]["name"] == "age"
    shown = run("model", "show", model)
    assert "Behind feature views" in shown and f"{place.namespace}.stats@{old}" in shown

    document = verify()
    assert not any("another one" in text for one in document["inputs"] for text in one["not-checked"])
    assert http("POST", path, registry("height")).ok
    document = verify()
    assert sum("another one" in text for one in document["inputs"] for text in one["not-checked"]) == 2
    [view] = {one["version"] for one in document["inputs"] if one["name"] == "driver"}
    assert view == views["train"]["version"]


@pytest.fixture(scope="module")
def governed():
    """A server that stops after the smallest portion."""
    governed = Governed(environment={"MORAINE_VERIFICATION_SECONDS": "0"})
    governed.team("risk", "data_scientist")
    yield governed
    governed.close()


def governed_model(governed, name):
    assert governed.call("POST", "/governance/v1/models", {"name": name, "purpose": "Scores.", "owner": "team:risk"}, by="data_scientist").ok
    assert governed.call("POST", f"/governance/v1/models/{name}/versions", {"version": "1"}, by="data_scientist").ok
    return f"/governance/v1/models/{name}/versions/1"


def governed_catalog(governed, name="root"):
    return load_catalog(
        name, uri=governed.url, warehouse="main", credential=governed.credentials[name],
        **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})


def test_goes_on_from_portion_to_portion(governed, files):
    catalog = governed_catalog(governed)
    table = catalog.create_table("sandbox.wide", pa.schema([("id", pa.int64())]))
    with table.update_spec() as update:
        update.add_identity("id")
    # 300 files in one manifest, one in each of two more.
    table.append(pa.table({"id": pa.array(range(300), pa.int64())}))
    table.append(pa.table({"id": pa.array([300], pa.int64())}))
    table.append(pa.table({"id": pa.array([301], pa.int64())}))
    snapshot = table.refresh().current_snapshot().snapshot_id
    version = governed_model(governed, "wide")
    for role in ("train", "test"):
        assert governed.call("POST", f"{version}/inputs", {"inputs": [
            {"warehouse": "main", "namespace": ["sandbox"], "name": "wide", "role": role}]}, by="data_scientist").ok
    paths = {task.file.file_path for task in table.scan().plan_files()}
    assert len(paths) == 302
    lost = set(sorted(paths)[::50])
    for path in lost:
        files.delete(path)

    token, portions, counts, findings = None, 0, {}, []
    while portions == 0 or token:
        body = {"page-token": token} if token else {}
        answer = governed.call("POST", f"{version}/verify", body, by="auditor")
        assert answer.ok, answer.text
        portions += 1
        token = answer.json().get("next-page-token")
        for one in answer.json()["inputs"]:
            assert one["snapshot-id"] == snapshot
            for line in one["checked"]:
                key = one["role"], line["what"]
                counts[key] = counts.get(key, 0) + line["count"]
            findings += [(one["role"], finding["file"]) for finding in one["findings"]]
    # Three manifests and a rest of one, twice.
    assert portions == 8, portions
    for role in ("train", "test"):
        assert {what: count for (whose, what), count in counts.items() if whose == role} == {
            "snapshots": 1, "metadata files": 1, "manifest lists": 1, "manifests": 3, "data files": 302}
    assert sorted(findings) == sorted((role, path) for role in ("train", "test") for path in lost)

    # Whoever may not know of the model learns nothing, and nobody makes places up.
    assert governed.call("POST", f"{version}/verify", {}, by="analyst").status_code == 404
    assert governed.call("GET", f"{version}/overlaps", by="analyst").status_code == 404
    for nonsense in ("zz", "00", "61", ("0" * 36 + "/0/").encode().hex(), b"x/y".hex()):
        assert governed.call("POST", f"{version}/verify", {"page-token": nonsense}, by="auditor").status_code == 400


def test_binding_takes_the_right_to_see_every_source(governed):
    catalog = governed_catalog(governed, "data_engineer")
    table = catalog.create_table("raw.events", pa.schema([("id", pa.int64())]))
    table.append(pa.table({"id": pa.array([1], pa.int64())}))
    registry = {"project": "shop", "featureViews": [{"spec": {
        "name": "driver", "features": [{"name": "age", "valueType": "INT64"}],
        "batchSource": {"name": "events", "type": "BATCH_FILE", "fileOptions": {"uri": table.location()}}}}]}
    assert governed.call("POST", "/governance/v1/warehouses/main/feature-imports", {"registry": registry, "namespace": ["feature"]}).ok
    version = governed_model(governed, "drivers")
    bind = lambda by: governed.call("POST", f"{version}/inputs", {"inputs": [
        {"warehouse": "main", "namespace": ["feature"], "name": "driver", "role": "train"}]}, by=by)
    answer = bind("data_scientist")
    assert answer.status_code == 403 and "may not see" in answer.text and "raw" not in answer.text, answer.text
    assert governed.call("GET", version, by="data_scientist").json()["inputs"] == []
    assert governed.call("POST", "/governance/v1/grants", {
        "principal": "service:data_scientist", "privilege": "see", "object": {
            "kind": "table", "warehouse": "main", "namespace": ["raw"], "name": "events"}}).ok
    assert bind("data_scientist").ok
    assert len(governed.call("GET", version, by="data_scientist").json()["inputs"]) == 2


def test_too_many_pairs_hinder_nothing_else(governed):
    catalog = governed_catalog(governed)
    table = catalog.create_table("sandbox.daily", pa.schema([("id", pa.int64())]))
    version = governed_model(governed, "daily")
    for number in range(46):
        table.append(pa.table({"id": pa.array([number], pa.int64())}))
    inputs = [{"warehouse": "main", "namespace": ["sandbox"], "name": "daily", "snapshot-id": one.snapshot_id, "role": "train"}
              for one in table.refresh().snapshots()]
    assert governed.call("POST", f"{version}/inputs", {"inputs": inputs}, by="data_scientist").ok
    answer = governed.call("GET", f"{version}/overlaps", by="data_scientist")
    assert answer.status_code == 422 and "too many" in answer.text, answer.text
    done = subprocess.run(
        [BINARY, "model", "show", "daily@1", "--server", governed.url], capture_output=True, text=True, timeout=60,
        env={**os.environ, "MORAINE_TOKEN": governed.tokens["data_scientist"], "HOME": str(governed.folder)})
    assert done.returncode == 0 and done.stdout.count("  train  sandbox.daily") == 46, done.stdout
    assert "too many" in done.stderr

"""Retention on a table with a long history, killed again and again in the middle, held against a walk of our own over what is left.

`make test-retention` runs it with 2,000 snapshots and 20,000 files.
"""

import collections
import concurrent.futures
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import time
import uuid

import boto3
import pytest
import requests
from pyiceberg.io import InputFile, OutputFile, load_file_io
from pyiceberg.manifest import (
    DataFile, DataFileContent, FileFormat, ManifestEntry, ManifestEntryStatus, write_manifest, write_manifest_list)
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadataUtil
from pyiceberg.typedef import Record
from pyiceberg.types import LongType, NestedField

from servers import BINARY, Server, open_folder, wait_until

ACCESS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_REGION": "us-east-1"}
SNAPSHOTS = int(os.environ.get("MORAINE_RETENTION_SNAPSHOTS", "150"))
FILES_A_SNAPSHOT = 10
KILLS = 10
HOUR = 3_600_000
SCHEMA = Schema(NestedField(1, "id", LongType(), required=False))


class Folder:
    """Files of a local warehouse."""

    def __init__(self, root):
        self.root, self.uri = pathlib.Path(root), f"file://{root}"

    def put(self, location, content):
        path = pathlib.Path(location.removeprefix("file://"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def list(self, location):
        base = pathlib.Path(location.removeprefix("file://"))
        return {f"file://{path}" for path in base.rglob("*") if path.is_file()}

    def io(self):
        return load_file_io({})

    def age(self, location, seconds):
        os.utime(location.removeprefix("file://"), (time.time() - seconds, time.time() - seconds))


class Bucket:
    """Those of a warehouse on moto."""

    def __init__(self, endpoint, root):
        self.endpoint, self.uri = endpoint, f"s3://lake/{root}"
        self.client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
                                   aws_secret_access_key="test-secret")

    def put(self, location, content):
        self.client.put_object(Bucket="lake", Key=location.removeprefix("s3://lake/"), Body=content)

    def list(self, location):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=location.removeprefix("s3://lake/") + "/")
        return {f"s3://lake/{item['Key']}" for page in pages for item in page.get("Contents", [])}

    def io(self):
        return load_file_io({"py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO", "s3.endpoint": self.endpoint,
                             "s3.access-key-id": "test", "s3.secret-access-key": "test-secret", "s3.region": "us-east-1"})


class Memory(OutputFile):
    """A file that is written into memory, to be put where it belongs."""

    class Buffer(io.BytesIO):
        def close(self):
            self.content = self.getvalue()
            super().close()

    def __len__(self):
        return len(self.content)

    @property
    def content(self):
        return self.buffer.content if self.buffer.closed else self.buffer.getvalue()

    def exists(self):
        return False

    def to_input_file(self) -> InputFile:
        raise NotImplementedError

    def create(self, overwrite=False):
        self.buffer = Memory.Buffer()
        return self.buffer


class History:
    """A table whose snapshots each add ten files and have the last twenty manifests; every fortieth rewrites what it has."""

    WINDOW = 20

    def __init__(self, store, snapshots):
        self.store, self.count = store, snapshots
        self.location = f"{store.uri}/t{uuid.uuid4().hex[:8]}"
        self.files = {}
        self.random = random.Random(20)
        self.snapshots, self.statistics = [], []
        now = int(time.time() * 1000)
        window, parent = [], None
        for number in range(1, snapshots + 1):
            time_ms = now - (snapshots - number) * HOUR - HOUR // 2
            manifest, live = self.manifest(number, window if number % 40 == 0 else [])
            window = [(manifest, live)] if number % 40 == 0 else [*window, (manifest, live)][-self.WINDOW:]
            path = f"{self.location}/metadata/snap-{number}.avro"
            output = Memory(path)
            with write_manifest_list(2, output, number, parent, number, "null") as writer:
                writer.add_manifests([entry[0] for entry in window])
            self.files[path] = output.content
            window = [(self.numbered(entry[0], number), entry[1]) for entry in window]
            snapshot = {"snapshot-id": number, "sequence-number": number, "timestamp-ms": time_ms, "manifest-list": path,
                        "schema-id": 0, "summary": {"operation": "append", "added-data-files": "9", "added-delete-files": "1"}}
            self.snapshots.append(snapshot | ({"parent-snapshot-id": parent} if parent else {}))
            parent = number
            if number % 25 == 0:
                path = f"{self.location}/metadata/{number}.stats"
                self.files[path] = b"statistics"
                self.statistics.append({"snapshot-id": number, "statistics-path": path, "file-size-in-bytes": 10,
                                        "file-footer-size-in-bytes": 1, "blob-metadata": []})

    def numbered(self, manifest, number):
        """As the list has it, with its sequence number."""
        if manifest.sequence_number == -1:
            manifest.sequence_number = number
            manifest.min_sequence_number = number
        return manifest

    def data_file(self, path, content):
        return DataFile.from_args(content=content, file_path=path, file_format=FileFormat.PARQUET, partition=Record(), record_count=1,
                                  file_size_in_bytes=4, column_sizes={}, value_counts={}, null_value_counts={}, nan_value_counts={},
                                  lower_bounds={}, upper_bounds={}, key_metadata=None, split_offsets=[4], equality_ids=None,
                                  sort_order_id=None)

    def manifest(self, number, rewritten):
        """Files of a snapshot's own, and those of others: half live on, half are told to be deleted."""
        path = f"{self.location}/metadata/{number}-m0.avro"
        output, live = Memory(path), []
        with write_manifest(2, UNPARTITIONED_PARTITION_SPEC, SCHEMA, output, number, "null") as writer:
            for index in range(FILES_A_SNAPSHOT):
                name = f"{self.location}/data/{number:05}-{index}.parquet"
                self.files[name] = b"PAR1"
                file = self.data_file(name, DataFileContent.DATA)
                writer.add_entry(ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, snapshot_id=number, sequence_number=None,
                                                         file_sequence_number=None, data_file=file))
                live.append((file, number))
            for _, files in rewritten:
                for file, sequence in files:
                    stays = self.random.random() < 0.5
                    status = ManifestEntryStatus.EXISTING if stays else ManifestEntryStatus.DELETED
                    writer.add_entry(ManifestEntry.from_args(status=status, snapshot_id=number if not stays else sequence,
                                                             sequence_number=sequence, file_sequence_number=sequence, data_file=file))
                    if stays:
                        live.append((file, sequence))
        self.files[path] = output.content
        return writer.to_manifest_file(), live

    def write(self, refs, properties):
        """Puts all files where they belong; the metadata file's place."""
        old = [f"{self.location}/metadata/{number:05}-{uuid.uuid4()}.metadata.json" for number in range(4)]
        document = {
            "format-version": 2, "table-uuid": str(uuid.uuid4()), "location": self.location, "last-sequence-number": self.count,
            "last-updated-ms": self.snapshots[-1]["timestamp-ms"], "last-column-id": 1, "current-schema-id": 0,
            "schemas": [json.loads(SCHEMA.model_dump_json())], "default-spec-id": 0, "partition-specs": [{"spec-id": 0, "fields": []}],
            "last-partition-id": 999, "default-sort-order-id": 0, "sort-orders": [{"order-id": 0, "fields": []}],
            "properties": properties, "current-snapshot-id": self.count, "snapshots": self.snapshots, "statistics": self.statistics,
            "refs": {"main": {"snapshot-id": self.count, "type": "branch"}, **refs}, "metadata-log": [
                {"timestamp-ms": self.snapshots[0]["timestamp-ms"], "metadata-file": path} for path in old[2:3]],
            "snapshot-log": [{"timestamp-ms": snapshot["timestamp-ms"], "snapshot-id": snapshot["snapshot-id"]} for snapshot in self.snapshots]}
        for path in old[:3]:
            self.files[path] = b"{}"
        self.files[old[3]] = json.dumps(document).encode()
        self.forgotten = set(old[:2])
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda item: self.store.put(*item), self.files.items()))
        return old[3]


def walk(store, metadata):
    """All that the snapshots of a table reach, read by pyiceberg alone."""
    table, source = TableMetadataUtil.parse_obj(metadata), store.io()
    reached = {file.statistics_path for file in table.statistics}
    seen = set()
    for snapshot in table.snapshots:
        reached.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(source):
            if manifest.manifest_path in seen:
                continue
            seen.add(manifest.manifest_path)
            reached.add(manifest.manifest_path)
            for entry in manifest.fetch_manifest_entry(source, discard_deleted=True):
                reached.add(entry.data_file.file_path)
    return reached


class World:
    """A server with a warehouse of one table, on a database of its own."""

    def __init__(self, postgres, store, warehouse, environment=None):
        self.postgres, self.store = postgres, store
        self.folder = open_folder("moraine-retention-")
        self.server = Server(
            ["--dev", "--database-url", postgres.url, "--warehouse", warehouse], self.folder / "log", {**ACCESS, **(environment or {})}).start()

    def call(self, method, path, body=None):
        return requests.request(method, self.server.url + path, json=body, timeout=120)

    def ok(self, *arguments):
        answer = self.call(*arguments)
        assert answer.status_code in (200, 204), answer.text
        return answer.json() if answer.content else None

    def sql(self, text):
        return subprocess.run([f"{self.postgres.binaries}/psql", self.postgres.url, "-qAt", "-v", "ON_ERROR_STOP=1", "-c", text],
                              check=True, capture_output=True, text=True).stdout.strip()

    def register(self, history, refs=None, properties=None, name="t"):
        location = history.write(refs or {}, properties or {})
        self.call("POST", "/v1/main/namespaces", {"namespace": ["ns"]})
        self.ok("POST", "/v1/main/namespaces/ns/register", {"name": name, "metadata-location": location})

    def metadata(self, name="t"):
        return self.ok("GET", f"/v1/main/namespaces/ns/tables/{name}")["metadata"]

    def pin(self, snapshot, name="t"):
        self.sql(f"""INSERT INTO pins (id, dataset_id, snapshot_id, reason, set_by, set_at)
          SELECT gen_random_uuid(), id, {snapshot}, 'evidence', 'test', now() FROM datasets WHERE name = '{name}' AND dropped_at IS NULL""")

    def hold(self, name="t"):
        self.sql(f"""WITH h AS (INSERT INTO holds (id, name, reason, authority, placed_by, placed_at)
            VALUES (gen_random_uuid(), 'case-7', 'court', 'legal', 'test', now()) RETURNING id)
          INSERT INTO hold_objects (id, hold_id, object_kind, object_id, object_name)
          SELECT gen_random_uuid(), h.id, 'dataset', d.id, 'ns.t' FROM h, datasets d WHERE d.name = '{name}'""")

    def train(self, name, snapshot):
        """As if version 7 of a model had been trained on it."""
        self.sql(f"""WITH m AS (
            INSERT INTO models (id, name, purpose, risk_tier, is_regulated, regulation_profiles, keep_days_after_retirement, created_by,
              created_at, changed_at)
            VALUES (gen_random_uuid(), 'credit-risk', 'loans', 'high', true, '{{}}', 10, 'test', now(), now()) RETURNING id),
          v AS (INSERT INTO model_versions (id, model_id, name, stage, developer, parameters, metrics, artifacts, created_by, created_at, changed_at)
            SELECT gen_random_uuid(), m.id, '7', 'production', 'test', '{{}}', '{{}}', '{{}}', 'test', now(), now() FROM m RETURNING id)
          INSERT INTO training_inputs (id, model_version_id, role, dataset_id, dataset_kind, identifier, location, snapshot_id, grade, bound_by, bound_at)
          SELECT gen_random_uuid(), v.id, 'train', d.id, 'table', d.identifier, d.location, {snapshot}, 'declared', 'test', now()
          FROM v, datasets d WHERE d.name = '{name}' AND d.dropped_at IS NULL""")

    def rule(self, name, rule, target=None):
        return self.ok("POST", "/governance/v1/retention/rules", {
            "rule": {"name": name, **rule}, **(target or {"object": {"kind": "warehouse", "warehouse": "main"}})})

    def apply(self, orphans=False):
        return self.ok("POST", "/governance/v1/retention/apply", {"object": {"kind": "warehouse", "warehouse": "main"}, "orphans": orphans})["runs"]

    def run(self, run):
        return self.ok("GET", f"/governance/v1/retention/runs/{run}")

    def finished(self, run, timeout=300):
        return wait_until(lambda: (found := self.run(run))["state"] in ("done", "stopped") and found, timeout, "the run")

    def pages(self, path, key):
        found, token = [], ""
        while token is not None:
            page = self.ok("GET", f"{path}{'&' if '?' in path else '?'}pageToken={token}")
            found += page[key]
            token = page.get("next-page-token")
        return found

    def close(self):
        errors = self.server.errors()
        self.server.stop()
        shutil.rmtree(self.folder)
        assert not errors, errors


@pytest.fixture(params=["files", "s3"])
def world(request, postgres, moto):
    if request.param == "files":
        folder = open_folder("moraine-warehouse-")
        world = World(postgres, Folder(folder), f"main=file://{folder}")
    else:
        root = "r" + uuid.uuid4().hex[:8]
        world = World(postgres, Bucket(moto, root), f"main=s3://lake/{root}?endpoint={moto}&region=us-east-1&path-style-access=true")
    yield world
    world.close()


@pytest.fixture
def local(postgres):
    folder = open_folder("moraine-warehouse-")
    world = World(postgres, Folder(folder), f"main=file://{folder}", {"MORAINE_RETENTION_ORPHAN_AGE_SECONDS": "86400"})
    yield world
    world.close()


def test_killed_again_and_again(world):
    history = History(world.store, SNAPSHOTS)
    began = time.monotonic()
    tenth = SNAPSHOTS // 10
    world.register(history, {
        "release": {"snapshot-id": tenth, "type": "tag"},
        "work": {"snapshot-id": 2 * tenth, "type": "branch", "min-snapshots-to-keep": 3},
        "stale": {"snapshot-id": 3 * tenth, "type": "tag", "max-ref-age-ms": HOUR}}, {"history.expire.min-snapshots-to-keep": "5"})
    print(f"\n{len(history.files)} files in {time.monotonic() - began:.1f} s")
    pinned = [1, 4 * tenth + 1, 5 * tenth]
    for snapshot in pinned:
        world.pin(snapshot)
    world.rule("month", {"maximum": f"{SNAPSHOTS // 10}h", "then": "expire-snapshots"})
    before = world.store.list(history.location)
    expected = {1, tenth, 2 * tenth, 2 * tenth - 1, 2 * tenth - 2, *pinned, *range(SNAPSHOTS - tenth + 1, SNAPSHOTS + 1)}

    plan = world.pages("/governance/v1/retention/plan?object-kind=warehouse&warehouse=main", "tables")[0]
    assert plan["expired-snapshots"] == SNAPSHOTS - len(expected) and plan["expired-refs"] == ["stale"]
    assert {fate["snapshot-id"] for fate in plan["expire"]}.isdisjoint(expected)

    began = time.monotonic()
    run = world.apply()[0]["id"]
    chance, kills, seen = random.Random(7), 0, []
    while kills < KILLS:
        if kills < KILLS // 2:
            time.sleep(chance.uniform(0.02, 0.4 + SNAPSHOTS / 500))
            state = world.run(run)["state"]
        else:
            # The other half while files are being deleted, as long as that takes.
            state = wait_until(lambda: (now := world.run(run)["state"]) in ("deleting", "done", "stopped") and now, 300, "the deletion")
            time.sleep(chance.uniform(0, 0.05))
        seen.append(state)
        if state in ("done", "stopped"):
            break
        world.server.kill()
        kills += 1
        # As if the dead server's lease had run out.
        world.sql("UPDATE jobs SET leased_until = now() - interval '1 second' WHERE leased_until IS NOT NULL")
        world.server.restart()
    done = world.finished(run)
    print(f"{kills} kills, seen {dict(collections.Counter(seen))}, {time.monotonic() - began:.1f} s, {done['deleted-files']} files deleted")
    assert done["state"] == "done", done
    assert SNAPSHOTS < 1000 or "deleting" in seen

    metadata = world.metadata()
    assert {snapshot["snapshot-id"] for snapshot in metadata["snapshots"]} == expected
    # Tags that keep pins for other engines come and go by themselves.
    assert {ref for ref in metadata["refs"] if not ref.startswith("moraine.pin.")} == {"main", "release", "work"}
    left, reached = world.store.list(history.location), walk(world.store, metadata)
    assert reached <= left, sorted(reached - left)[:10]
    named = {path for path in left if path.endswith(".metadata.json")}
    assert left - named == reached, sorted(left - named - reached)[:10]
    # The evidence is what went, each with its snapshot and rule.
    evidence = world.pages(f"/governance/v1/retention/runs/{run}/files", "files")
    canonical = {file["path"] for file in evidence}
    assert canonical == before - left and done["deleted-files"] == len(canonical)
    assert all(file["rule"] == "month" and file["deleted-at-ms"] and file["snapshot-id"] not in expected for file in evidence)
    assert world.sql("SELECT count(*) FROM jobs WHERE kind = 'retention'") == "0"


def test_what_keeps_is_told(local):
    history = History(local.store, 30)
    local.register(history)
    local.pin(2)
    local.rule("short", {"maximum": "10h", "then": "expire-snapshots"})
    local.rule("keep", {"minimum": "15h"}, {"object": {"kind": "namespace", "warehouse": "main", "namespace": ["ns"]}})
    path = "/governance/v1/warehouses/main/namespaces/ns/tables/t/retention"
    pinned = local.ok("GET", f"{path}?snapshot-id=2")
    assert not pinned["expires"] and pinned["due"]["rule"] == "short"
    assert pinned["kept-by"][0] == {"kind": "pin", "by": "pin (evidence)", "without-end": True, "binds": True}
    kept = local.ok("GET", f"{path}?snapshot-id=18")
    assert not kept["expires"] and kept["kept-by"][0]["by"] == "rule keep on namespace main/ns"
    assert kept["kept-by"][0]["until-ms"] == kept["timestamp-ms"] + 15 * HOUR
    assert local.ok("GET", f"{path}?snapshot-id=1")["expires"]
    head = local.ok("GET", path)
    assert head["snapshot-id"] == 30 and head["kept-by"][0]["kind"] == "ref"
    assert local.call("GET", f"{path}?snapshot-id=99").status_code == 404
    local.hold()
    assert local.ok("GET", f"{path}?snapshot-id=1")["kept-by"][0]["by"] == "hold case-7 on dataset ns.t"
    files = local.store.list(history.location)
    assert local.finished(local.apply()[0]["id"])["expired-snapshots"] == 0
    assert local.store.list(history.location) == files


def test_a_clone_elsewhere_keeps_what_it_names(local):
    """Its metadata lies elsewhere, its manifests and files are the other's."""
    history = History(local.store, 30)
    local.register(history)
    document = json.loads(history.files[local.ok("GET", "/v1/main/namespaces/ns/tables/t")["metadata-location"]])
    document |= {"table-uuid": str(uuid.uuid4()), "location": f"{local.store.uri}/clone", "metadata-log": [], "statistics": []}
    document["snapshots"] = document["snapshots"][:15]
    document["current-snapshot-id"] = document["refs"]["main"]["snapshot-id"] = 15
    document["snapshot-log"] = []
    place = f"{local.store.uri}/clone/metadata/00000-{uuid.uuid4()}.metadata.json"
    local.store.put(place, json.dumps(document).encode())
    local.ok("POST", "/v1/main/namespaces/ns/register", {"name": "clone", "metadata-location": place})
    local.rule("short", {"maximum": "10h", "then": "expire-snapshots"}, {
        "object": {"kind": "table", "warehouse": "main", "namespace": ["ns"], "name": "t"}})
    done = local.finished(next(run["id"] for run in local.apply() if run["name"] == "t"))
    assert done["expired-snapshots"] == 20 and done["deleted-files"] > 0
    left = local.store.list(history.location)
    assert walk(local.store, local.metadata("clone")) | walk(local.store, local.metadata()) <= left


def test_two_tables_with_the_same_files(local):
    """One of them forgets; what the other reaches stays, also after the other was dropped."""
    history = History(local.store, 30)
    local.register(history)
    location = local.ok("GET", "/v1/main/namespaces/ns/tables/t")["metadata-location"]
    local.ok("POST", "/v1/main/namespaces/ns/register", {"name": "twin", "metadata-location": location})
    local.rule("short", {"maximum": "10h", "then": "expire-snapshots"}, {
        "object": {"kind": "table", "warehouse": "main", "namespace": ["ns"], "name": "t"}})
    files = local.store.list(history.location)
    local.ok("DELETE", "/v1/main/namespaces/ns/tables/twin")
    runs = local.apply(orphans=True)
    assert [run["name"] for run in runs] == ["t"]
    done = local.finished(runs[0]["id"])
    assert done["state"] == "done" and done["expired-snapshots"] > 0 and done["deleted-files"] == 0
    assert files <= local.store.list(history.location)


def test_orphans(local):
    history = History(local.store, 5)
    local.register(history)
    orphans = {f"{history.location}/data/orphan.parquet", f"{history.location}/metadata/orphan-m0.avro"} | history.forgotten
    young, hidden = f"{history.location}/data/young.parquet", f"{history.location}/data/_tmp/x.parquet"
    for path in [*orphans, young, hidden]:
        local.store.put(path, b"x")
    for path in local.store.list(history.location) - {young}:
        local.store.age(path, 2 * 86400)
    before = local.store.list(history.location)
    done = local.finished(local.apply(orphans=True)[0]["id"])
    assert before - local.store.list(history.location) == orphans
    kinds = {file["path"]: file["kind"] for file in local.pages(f"/governance/v1/retention/runs/{done['id']}/files", "files")}
    assert kinds == {path: "metadata" if path in history.forgotten else "orphan" for path in orphans}


def test_a_missing_file_deletes_nothing(local):
    """Where it is not known what a kept snapshot reaches, nothing goes."""
    history = History(local.store, 30)
    local.register(history)
    local.rule("short", {"maximum": "10h", "then": "expire-snapshots"})
    lost = pathlib.Path(history.snapshots[-1]["manifest-list"].removeprefix("file://"))
    content = lost.read_bytes()
    lost.unlink()
    files = local.store.list(history.location)
    run = local.apply()[0]["id"]
    problem = wait_until(lambda: local.run(run).get("problem"), what="the problem")
    assert "is not there though the table names it" in problem
    assert files <= local.store.list(history.location)
    lost.write_bytes(content)
    local.sql("UPDATE jobs SET run_at = now()")
    assert local.finished(run)["deleted-files"] > 0


def test_decisions(local):
    local.register(History(local.store, 3))
    local.register(History(local.store, 3), name="u")
    local.pin(2)
    local.train("t", 2)
    local.sql("UPDATE datasets SET created_at = now() - interval '10 days'")
    local.rule("gone", {"maximum": "5d", "then": "purge"})
    for run in local.apply():
        local.finished(run["id"])
    assert local.call("GET", "/v1/main/namespaces/ns/tables/u").status_code == 404
    decisions = local.pages("/governance/v1/retention/decisions?open=true", "decisions")
    assert [(decision["name"], decision["then"], decision["pins"]) for decision in decisions] == [("t", "purge", ["evidence"])]
    assert decisions[0]["model-versions"] == ["credit-risk@7"]
    path = f"/governance/v1/retention/decisions/{decisions[0]['id']}"
    refused = local.call("POST", path, {"answer": "purge", "comment": "Away with it."})
    assert refused.status_code == 403 and "a pin" in refused.text
    assert local.ok("POST", path, {"answer": "keep", "comment": "Until the audit."})["answered-by"]
    assert local.call("POST", path, {"answer": "keep", "comment": "Again."}).status_code == 409
    for run in local.apply():
        local.finished(run["id"])
    assert len(local.pages("/governance/v1/retention/decisions", "decisions")) == 1
    assert local.metadata()


def test_the_schedule_does_it_by_itself(postgres):
    folder = open_folder("moraine-warehouse-")
    world = World(postgres, Folder(folder), f"main=file://{folder}", {"MORAINE_RETENTION_INTERVAL_SECONDS": "4"})
    try:
        history = History(world.store, 30)
        world.register(history)
        world.rule("short", {"maximum": "10h", "then": "expire-snapshots"})
        wait_until(lambda: len(world.metadata()["snapshots"]) == 10, 60, "the expiry")
        wait_until(lambda: world.sql("SELECT count(*) FROM retention_runs WHERE state = 'done'") == "1", 30, "its end")
        runs = world.pages("/governance/v1/retention/runs", "runs")
        assert [run["asked-by"] for run in runs] == ["server"] and runs[0]["deleted-files"] > 0
    finally:
        world.close()


def test_commands(local):
    local.register(History(local.store, 30))

    def moraine(*arguments, code=0):
        done = subprocess.run([BINARY, *arguments, "--server", local.server.url], capture_output=True, text=True,
                              env={**os.environ, "MORAINE_CONFIG_DIR": str(local.folder), "HOME": str(local.folder)})
        assert done.returncode == code, done.stderr
        return done.stdout

    moraine("retention", "rule", "set", "short", "--on", "namespace", "ns", "--maximum", "10h", "--then", "expire-snapshots")
    assert "short" in moraine("retention", "rule", "list")
    assert "20" in moraine("retention", "plan", "table", "ns.t")
    assert json.loads(moraine("retention", "plan", "table", "ns.t", "-o", "json"))["tables"][0]["expired-snapshots"] == 20
    spark = moraine("retention", "plan", "table", "ns.t", "-o", "spark-sql")
    assert "CALL `main`.system.expire_snapshots(table => '`ns`.`t`', snapshot_ids => ARRAY(1L, 2L" in spark
    assert 'ALTER TABLE "lake"."ns"."t" EXECUTE expire_snapshots' in moraine(
        "retention", "plan", "table", "ns.t", "-o", "trino-sql", "--engine-catalog", "lake")
    assert "branch main" in moraine("retention", "explain", "ns.t")
    assert "rule short" in moraine("retention", "explain", "ns.t@1")
    assert "20 snapshots" in moraine("retention", "apply", "table", "ns.t")
    assert "done" in moraine("retention", "history", "ns.t")
    run = json.loads(moraine("retention", "history", "ns.t", "-o", "json"))["runs"][0]["id"]
    assert "short" in moraine("retention", "files", run)
    moraine("retention", "rule", "remove", "short", "--yes")
    assert "short" not in moraine("retention", "rule", "list")

"""Every operation of the API, asked by everybody, in a zone of every kind.

`python Tests/Interop/matrix.py` prints the matrix as it is; `--write` puts it into matrix.json, to be read before it is committed.
"""

import argparse
import itertools
import json
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import yaml

from governed import ZONES, Governed
from servers import wait_until

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = Path(__file__).with_name("matrix.json")
SCHEMA = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "id", "required": False, "type": "long"}]}
VERSION = {"version-id": 1, "timestamp-ms": 1, "schema-id": 0, "summary": {}, "default-namespace": ["n"],
           "representations": [{"type": "sql", "sql": "SELECT 1", "dialect": "spark"}]}
COMPLETE = {"owner-team": "owners", "comment": "What it is."}

# `reader` and `writer` are granted that on the zone; `owner` is in the team that owns what is asked about.
PRINCIPALS = ["anonymous", "wrong token", "no grant", "reader", "writer", "owner", "auditor", "admin"]
NAMES = {"no grant": "nobody", "admin": "root"}


def operations():
    """By operation id: method and path, as the API document has them."""
    document = yaml.safe_load((ROOT / "openapi" / "moraine.yaml").read_text())
    return {
        operation["operationId"]: (method.upper(), path)
        for path, methods in document["paths"].items() for method, operation in methods.items()
        if method in ("get", "post", "put", "delete", "head")}


def avro_long(number):
    """A number of Avro's binary encoding, from 0."""
    number <<= 1
    text = b""
    while number > 127:
        text += bytes([number & 127 | 128])
        number >>= 7
    return text + bytes([number])


def avro_text(text):
    return avro_long(len(text)) + text.encode()


class World:
    """A server with principals, and objects to ask about, made anew for each question."""

    def __init__(self):
        self.governed = Governed(log_key=True)
        self.numbers = itertools.count()
        root = self.governed.call
        assert root("POST", "/management/v1/principals", {"kind": "team", "name": "owners"}).ok
        for name in ("reader", "writer", "owner"):
            self.governed.add(name)
        assert root("POST", "/management/v1/principals/team/owners/members", {"kind": "service", "name": "owner"}).ok
        for zone in ZONES:
            assert root("POST", f"/v1/main/namespaces/{zone}/properties", {"updates": COMPLETE}).ok
            for name, privileges in (("reader", ["read"]), ("writer", ["write", "define"])):
                for privilege in privileges:
                    answer = root("POST", "/governance/v1/grants", {
                        "principal": f"service:{name}", "privilege": privilege,
                        "object": {"kind": "zone", "warehouse": "main", "name": zone}})
                    assert answer.ok, answer.text

    def made(self, path, body, method="POST", by="root"):
        answer = self.governed.call(method, path, body, by=by)
        assert answer.ok, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else {}

    def name(self):
        return f"x{next(self.numbers)}"

    def namespace(self, zone):
        name = self.name()
        self.made("/v1/main/namespaces", {"namespace": [zone, name], "properties": COMPLETE})
        return quote(f"{zone}\x1f{name}")

    def table(self, zone):
        name = self.name()
        body = {"name": name, "schema": SCHEMA, "properties": COMPLETE}
        return name, self.made(f"/v1/main/namespaces/{zone}/tables", body)["metadata-location"]

    def view(self, zone):
        name = self.name()
        body = {"name": name, "schema": SCHEMA, "view-version": VERSION, "properties": COMPLETE}
        return name, self.made(f"/v1/main/namespaces/{zone}/views", body)["metadata-location"]

    def empty_list(self):
        """A manifest list without manifests."""
        path = self.governed.warehouse / f"{self.name()}.avro"
        schema = {"type": "record", "name": "manifest_file", "fields": [
            {"name": name, "type": kind, "field-id": number} for name, kind, number in [
                ("manifest_path", "string", 500), ("manifest_length", "long", 501), ("partition_spec_id", "int", 502),
                ("content", "int", 517), ("sequence_number", "long", 515), ("min_sequence_number", "long", 516),
                ("added_snapshot_id", "long", 503)]]}
        header = {"avro.schema": json.dumps(schema), "avro.codec": "null"}
        pairs = b"".join(avro_text(text) for pair in header.items() for text in pair)
        path.write_bytes(b"Obj\x01" + avro_long(len(header)) + pairs + avro_long(0) + b"moraine's marker")
        return f"file://{path}"

    def close(self):
        self.governed.close()


def dataset(world, zone):
    name = world.name()
    folder = world.governed.warehouse / "files" / name
    folder.mkdir(parents=True)
    (folder / "a.parquet").write_bytes(b"PAR1")
    body = {"name": name, "format": "parquet", "location": f"file://{folder}", "properties": COMPLETE}
    world.made(f"/governance/v1/warehouses/main/namespaces/{zone}/datasets", body)
    return {"namespace": zone, "dataset": name}


def delta(world, zone):
    """A Delta table that nobody has written to."""
    name = world.name()
    folder = world.governed.warehouse / "files" / name
    folder.mkdir(parents=True)
    body = {"name": name, "format": "delta", "location": f"file://{folder}", "properties": COMPLETE}
    world.made(f"/governance/v1/warehouses/main/namespaces/{zone}/datasets", body)
    return {"namespace": zone, "dataset": name}


def feature_registry(view):
    """A registry with one complete view."""
    return {"project": "shop", "featureViews": [{"spec": {
        "name": view, "owner": "owners", "description": "What it is.", "features": [{"name": "total", "valueType": "DOUBLE"}],
        "batchSource": {"name": "orders", "type": "BATCH_SPARK", "timestampField": "at", "sparkOptions": {"table": "sales.orders"}}}}]}


def checkpoint(world):
    """The size of the first checkpoint that was signed."""
    path = "/governance/v1/log/checkpoints?limit=1"
    return wait_until(lambda: world.governed.call("GET", path).json()["checkpoints"], what="a checkpoint")[0]["size"]


def logged(world):
    """An event that the first checkpoint covers."""
    checkpoint(world)
    return world.governed.call("GET", "/governance/v1/events?limit=1").json()["events"][0]["id"]


def feature_view(world, zone):
    name = world.name()
    world.made("/governance/v1/warehouses/main/feature-imports", {"registry": feature_registry(name), "namespace": [zone]})
    return {"namespace": zone, "dataset": name}


def identifier(zone, name):
    return {"namespace": [zone], "name": name}


def table_object(zone, name):
    return {"kind": "table", "warehouse": "main", "namespace": [zone], "name": name}


SET = [{"action": "set-properties", "updates": {"a": "b"}}]
REPORT = {"report-type": "commit-report", "table-name": "t", "snapshot-id": 1, "sequence-number": 1, "operation": "append", "metrics": {}}
SIGN = {"region": "us-east-1", "method": "GET", "uri": "http://127.0.0.1:1/lake/x", "headers": {}}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def unregistered(world, zone, make, drop):
    """A metadata file that nothing in the catalog names: made where things may be dropped."""
    name, location = make("landing")
    assert world.governed.call("DELETE", f"/v1/main/namespaces/landing/{drop}/{name}").ok
    return location


# Clauses that need no manifests.
CONTRACT = {"columns": [{"name": "id"}]}
GATED = {**CONTRACT, "checks": [{"name": "reviewed"}]}
SNAPSHOT = {"snapshot-id": 1, "sequence-number": 1, "timestamp-ms": 1900000000000, "manifest-list": "", "schema-id": 0,
            "summary": {"operation": "append"}}


def contracted(world, zone, contract=CONTRACT):
    name = world.table(zone)[0]
    world.made(f"/governance/v1/warehouses/main/namespaces/{zone}/tables/{name}/contract", {"contract": contract})
    return name


def writer(zone):
    """Who may bring rows: to raw only engineers, administrators or not."""
    return "data_engineer" if zone == "raw" else "root"


def committed(world, zone):
    """A table under contract with an empty snapshot on a branch, of which the contract's check has passed."""
    table = contracted(world, zone, GATED)
    list_path = world.empty_list()
    world.made(f"/v1/main/namespaces/{zone}/tables/{table}", {"requirements": [], "updates": [
        {"action": "add-snapshot", "snapshot": {**SNAPSHOT, "manifest-list": list_path}},
        {"action": "set-snapshot-ref", "ref-name": "audit", "type": "branch", "snapshot-id": 1}]}, by=writer(zone))
    world.made(f"/governance/v1/warehouses/main/namespaces/{zone}/tables/{table}/quality", {
        "ref": "audit", "results": [{"check": "reviewed", "outcome": "passed"}]})
    return table


def published(world, zone):
    table = committed(world, zone)
    # Nobody publishes in raw, and nothing leaves it.
    if zone != "raw":
        world.made(f"/governance/v1/warehouses/main/namespaces/{zone}/tables/{table}/publish", {"from": "audit"})
    return table


def group(world, kind="role"):
    name = world.name()
    world.made("/management/v1/principals", {"kind": kind, "name": name})
    return name


def client(world):
    return world.made("/management/v1/clients", {"service": group(world, "service")})


def member(world):
    role, service = group(world), group(world, "service")
    world.made(f"/management/v1/principals/role/{role}/members", {"kind": "service", "name": service})
    return role, service


def grant(world, zone):
    return world.made("/governance/v1/grants", {
        "principal": f"role:{group(world)}", "privilege": "read", "object": {"kind": "zone", "warehouse": "main", "name": zone}})["grant"]["id"]


def offer(world, zone):
    """To the team of `owner`, of something that belongs to somebody else."""
    name = world.table(zone)[0]
    other = group(world, "team")
    world.made("/governance/v1/owners", {"object": table_object(zone, name), "owner": f"team:{other}"})
    return world.made("/governance/v1/transfers", {"object": table_object(zone, name), "to": "team:owners"})["id"]


def term(world):
    name = world.name()
    world.made("/governance/v1/terms", {"name": name, "definition": "A word."})
    return name


def tag(world):
    name = world.name()
    world.made("/governance/v1/tags", {"key": name})
    return name


def retention_rule(world, zone):
    name = world.name()
    world.made("/governance/v1/retention/rules", {
        "rule": {"name": name, "minimum": "1d"}, "object": {"kind": "zone", "warehouse": "main", "name": zone}})
    return name


def retention_run(world, zone):
    """Of a table of the zone, asked for by the administrator."""
    name = world.table(zone)[0]
    return world.made("/governance/v1/retention/apply", {"object": table_object(zone, name)})["runs"][0]["id"]


def retention_decision(world, zone):
    """As if a rule had asked."""
    table, rule = world.table(zone)[0], retention_rule(world, zone)
    postgres = world.governed.postgres
    return subprocess.run(
        [f"{postgres.binaries}/psql", postgres.url, "-qAt", "-c", f"""
          INSERT INTO retention_decisions (id, dataset_id, identifier, rule_id, due_at, outcome, holds, pins, model_versions, opened_at)
          SELECT gen_random_uuid(), d.id, d.identifier, r.id, now(), 'ask', '{{}}', '{{}}', '{{}}', now()
          FROM datasets d, retention_rules r WHERE d.name = '{table}' AND r.name = '{rule}' RETURNING id"""],
        check=True, capture_output=True, text=True).stdout.strip()


def second_secret(world):
    made = client(world)
    added = world.made(f"/management/v1/clients/{made['id']}/secrets", {})
    return made["id"], added["id"]


def warehouse(world):
    name = world.name()
    world.made("/management/v1/warehouses", {"name": name, "location": f"file://{world.governed.folder}/{name}"})
    return name


# Nobody is there (RFC 2606).
RECEIVER = "https://receiver.invalid/"


def webhook(world):
    return world.made("/governance/v1/webhooks", {"name": world.name(), "url": RECEIVER, "is-enabled": False})["name"]


def mlflow_server(world):
    """A server of MLflow that nobody reaches."""
    return {"name": world.name(), "tracking-url": "https://mlflow.invalid", "principal": "service:admin"}


def model(world, version=False):
    """A model that the service root owns, maybe with a version 1."""
    name = world.made("/governance/v1/models", {"name": world.name(), "purpose": "Scores."})["name"]
    if version:
        world.made(f"/governance/v1/models/{name}/versions", {"version": "1"})
    return {"model": name, **({"version": "1"} if version else {})}


def training_input(world, zone):
    return {"warehouse": "main", "namespace": [zone], "name": committed(world, zone), "ref": "audit", "role": "train"}


def bound(world, zone):
    """A version of a model that was trained on a table of the zone, and the input."""
    version = model(world, version=True)
    path = f"/governance/v1/models/{version['model']}/versions/1"
    assert world.governed.call("POST", f"{path}/inputs", {"inputs": [training_input(world, zone)]}).ok
    return {**version, "input": world.governed.call("GET", path).json()["inputs"][0]["id"]}


def hold(world):
    return world.made("/governance/v1/holds", {
        "name": world.name(), "reason": "Litigation", "authority": "Court", "objects": [{"kind": "tag", "key": "case", "value": "1"}]})["name"]


LINEAGE = {"eventTime": "2026-05-03T12:00:00Z", "producer": "https://example.com", "job": {"namespace": "n", "name": "j"},
           "inputs": [{"namespace": "n", "name": "d"}]}


def traced(world):
    """The number of a job that lineage knows."""
    world.made("/api/v1/lineage", LINEAGE)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = world.governed.call("GET", "/governance/v1/lineage?node=job:n/j")
        if answer.ok:
            return answer.json()["start"]
        time.sleep(0.05)
    raise AssertionError("lineage does not know of the job")


RUN = "01933a4f-0000-7000-8000-000000000001"


def reported(world):
    """What names parts of a run that lineage knows, in Marquez's words."""
    world.made("/api/v1/lineage", {
        "eventType": "COMPLETE", "eventTime": "2026-05-03T12:00:00Z", "producer": "https://example.com", "run": {"runId": RUN},
        "job": {"namespace": "reported", "name": "j"}, "outputs": [{"namespace": "reported", "name": "d"}]})
    deadline = time.monotonic() + 30
    while not world.governed.call("GET", f"/api/v1/jobs/runs/{RUN}").ok:
        assert time.monotonic() < deadline, "lineage does not know of the run"
        time.sleep(0.05)
    return {"namespace": "reported", "job": "j", "dataset": "d", "run": RUN, "version": RUN}


# What is asked, by operation: world and zone → path parameters, body, query. Those of CATALOG ask about no zone.
ZONED = {
    "listNamespaces": lambda w, z: ({}, None, f"?parent={z}"),
    "createNamespace": lambda w, z: ({}, {"namespace": [z, w.name()], "properties": COMPLETE}, ""),
    "loadNamespaceMetadata": lambda w, z: ({"namespace": z}, None, ""),
    "namespaceExists": lambda w, z: ({"namespace": z}, None, ""),
    "dropNamespace": lambda w, z: ({"namespace": w.namespace(z)}, None, ""),
    "updateProperties": lambda w, z: ({"namespace": z}, {"updates": {"a": "b"}}, ""),
    "listTables": lambda w, z: ({"namespace": z}, None, ""),
    "createTable": lambda w, z: ({"namespace": z}, {"name": w.name(), "schema": SCHEMA, "properties": COMPLETE}, ""),
    "registerTable": lambda w, z: (
        {"namespace": z}, {"name": w.name(), "metadata-location": unregistered(w, z, w.table, "tables")}, ""),
    "loadTable": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "updateTable": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, {"requirements": [], "updates": SET}, ""),
    "dropTable": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "tableExists": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "unregisterTable": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "reportMetrics": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, REPORT, ""),
    "loadCredentials": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "signRequest": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, SIGN, ""),
    "renameTable": lambda w, z: ({}, {"source": identifier(z, w.table(z)[0]), "destination": identifier(z, w.name())}, ""),
    "commitTransaction": lambda w, z: (
        {}, {"table-changes": [{"identifier": identifier(z, w.table(z)[0]), "requirements": [], "updates": SET}]}, ""),
    "listViews": lambda w, z: ({"namespace": z}, None, ""),
    "createView": lambda w, z: (
        {"namespace": z}, {"name": w.name(), "schema": SCHEMA, "view-version": VERSION, "properties": COMPLETE}, ""),
    "loadView": lambda w, z: ({"namespace": z, "view": w.view(z)[0]}, None, ""),
    "replaceView": lambda w, z: ({"namespace": z, "view": w.view(z)[0]}, {"requirements": [], "updates": SET}, ""),
    "dropView": lambda w, z: ({"namespace": z, "view": w.view(z)[0]}, None, ""),
    "viewExists": lambda w, z: ({"namespace": z, "view": w.view(z)[0]}, None, ""),
    "renameView": lambda w, z: ({}, {"source": identifier(z, w.view(z)[0]), "destination": identifier(z, w.name())}, ""),
    "registerView": lambda w, z: ({"namespace": z}, {"name": w.name(), "metadata-location": unregistered(w, z, w.view, "views")}, ""),
    "loadTableTags": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "updateTableTags": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, {"set": {"classification": "internal"}}, ""),
    "loadViewTags": lambda w, z: ({"namespace": z, "view": w.view(z)[0]}, None, ""),
    "updateViewTags": lambda w, z: ({"namespace": z, "view": w.view(z)[0]}, {"set": {"classification": "internal"}}, ""),
    "suggestTags": lambda w, z: ({}, None, f"?object-kind=table&warehouse=main&namespace={z}&name={w.table(z)[0]}"),
    "declineTag": lambda w, z: (
        {}, {"object": table_object(z, w.table(z)[0]), "key": "classification", "value": "pii", "reason": "It is hashed."}, ""),
    "describeTable": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, {"text": "What it is."}, ""),
    "loadOwners": lambda w, z: ({}, None, f"?object-kind=table&warehouse=main&namespace={z}&name={w.table(z)[0]}"),
    "updateOwners": lambda w, z: (
        {}, {"object": table_object(z, w.table(z)[0]), "add": {"steward": [f"team:{group(w, 'team')}"]}}, ""),
    "offerOwnership": lambda w, z: ({}, {"object": table_object(z, w.table(z)[0]), "to": f"team:{group(w, 'team')}"}, ""),
    "answerTransfer": lambda w, z: ({"transfer": offer(w, z)}, {"answer": "accepted"}, ""),
    "linkTerm": lambda w, z: ({"term": term(w)}, {"add": [{"object": table_object(z, w.table(z)[0])}]}, ""),
    "loadContract": lambda w, z: ({"namespace": z, "table": contracted(w, z)}, None, ""),
    "applyContract": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, {"contract": CONTRACT}, ""),
    "retireContract": lambda w, z: ({"namespace": z, "table": contracted(w, z)}, None, ""),
    "listContractVersions": lambda w, z: ({"namespace": z, "table": contracted(w, z)}, None, ""),
    "loadContractVersion": lambda w, z: ({"namespace": z, "table": contracted(w, z), "number": "1"}, None, ""),
    "checkContract": lambda w, z: ({"namespace": z, "table": contracted(w, z)}, {}, ""),
    "listContractBreaches": lambda w, z: ({"namespace": z, "table": contracted(w, z)}, None, ""),
    "listQuality": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "recordQuality": lambda w, z: (
        {"namespace": z, "table": committed(w, z)}, {"ref": "audit", "results": [{"check": "a", "outcome": "passed"}]}, ""),
    "publishTable": lambda w, z: ({"namespace": z, "table": committed(w, z)}, {"from": "audit"}, ""),
    # Into the curated zone; out of it, into the feature zone.
    "promoteTable": lambda w, z: (
        {"namespace": z, "table": published(w, z)},
        {"target": identifier("feature" if z == "curated" else "curated", w.name()), "reason": "Reviewed."}, ""),
    "listPromotions": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "defineRetentionRule": lambda w, z: (
        {}, {"rule": {"name": w.name(), "minimum": "1d"}, "object": {"kind": "zone", "warehouse": "main", "name": z}}, ""),
    "removeRetentionRule": lambda w, z: ({"rule": retention_rule(w, z)}, None, ""),
    "planRetention": lambda w, z: ({}, None, f"?object-kind=table&warehouse=main&namespace={z}&name={w.table(z)[0]}"),
    "applyRetention": lambda w, z: ({}, {"object": table_object(z, w.table(z)[0])}, ""),
    "loadRetentionRun": lambda w, z: ({"run": retention_run(w, z)}, None, ""),
    "listRetentionFiles": lambda w, z: ({"run": retention_run(w, z)}, None, ""),
    "answerRetentionDecision": lambda w, z: (
        {"decision": retention_decision(w, z)}, {"answer": "keep", "comment": "It is needed."}, ""),
    # 404 for who may: the table has no snapshot.
    "explainRetention": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "listDatasets": lambda w, z: ({"namespace": z}, None, ""),
    "registerDataset": lambda w, z: ({"namespace": z}, {"name": w.name(), "format": "topic", "properties": COMPLETE}, ""),
    "loadDataset": lambda w, z: (dataset(w, z), None, ""),
    "updateDataset": lambda w, z: (dataset(w, z), {"description": "What it is."}, ""),
    "dropDataset": lambda w, z: (dataset(w, z), None, ""),
    "renameDataset": lambda w, z: (dataset(w, z), {"name": w.name()}, ""),
    "loadDatasetTags": lambda w, z: (dataset(w, z), None, ""),
    "updateDatasetTags": lambda w, z: (dataset(w, z), {"set": {"classification": "internal"}}, ""),
    "loadRefresh": lambda w, z: (delta(w, z), None, ""),
    "refreshDataset": lambda w, z: (delta(w, z), {}, ""),
    # 400 for who may: it was not indexed.
    "loadIndex": lambda w, z: (dataset(w, z), None, ""),
    "startIndex": lambda w, z: (dataset(w, z), {}, ""),
    "listObjects": lambda w, z: (dataset(w, z), None, ""),
    "updateObjectTags": lambda w, z: (dataset(w, z), {"objects": [{"key": "a.parquet", "set": {"a": "b"}}]}, ""),
    "listFileSetSnapshots": lambda w, z: (dataset(w, z), None, ""),
    "freezeFileSet": lambda w, z: (dataset(w, z), {}, ""),
    "loadTableUse": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "listTablePins": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "listDatasetPins": lambda w, z: (dataset(w, z), None, ""),
    "listTableHolds": lambda w, z: ({"namespace": z, "table": w.table(z)[0]}, None, ""),
    "listViewHolds": lambda w, z: ({"namespace": z, "view": w.view(z)[0]}, None, ""),
    "listDatasetHolds": lambda w, z: (dataset(w, z), None, ""),
    "bindTrainingInputs": lambda w, z: (model(w, version=True), {"inputs": [training_input(w, z)]}, ""),
    "verifyModelVersion": lambda w, z: (model(w, version=True), {}, ""),
    "listTrainingOverlaps": lambda w, z: (model(w, version=True), None, ""),
    "captureModelVersion": lambda w, z: ({}, {
        "model": model(w)["model"], "version": "1", "inputs": [{**training_input(w, z), "role": "test"}]}, ""),
    "withdrawTrainingInput": lambda w, z: (bound(w, z), {"reason": "The wrong table."}, ""),
    "importFeatures": lambda w, z: ({}, {"registry": feature_registry(w.name()), "namespace": [z]}, ""),
    "listFeatureViews": lambda w, z: ({"namespace": z}, None, ""),
    "loadFeatureView": lambda w, z: (feature_view(w, z), None, ""),
    "listFeatureServices": lambda w, z: ({"namespace": z}, None, ""),
    "loadZone": lambda w, z: ({"zone": z}, None, ""),
    "updateZone": lambda w, z: ({"zone": z}, {"description": "What it is for."}, ""),
    "explainDecision": lambda w, z: (
        {}, {"principal": "service:reader", "action": "readData", "resource": table_object(z, w.table(z)[0])}, ""),
    "whoCan": lambda w, z: ({}, {"action": "readData", "resource": table_object(z, w.table(z)[0])}, ""),
    "grantPrivilege": lambda w, z: (
        {}, {"principal": f"role:{group(w)}", "privilege": "read", "object": table_object(z, w.table(z)[0])}, ""),
    "revokeGrant": lambda w, z: ({"grant": grant(w, z)}, None, ""),
}

CATALOG = {
    "getConfig": lambda w, z: ({}, None, ""),
    "getToken": lambda w, z: ({}, "grant_type=client_credentials", ""),
    "revokeAccess": lambda w, z: ({}, "token=unknown", ""),
    "live": lambda w, z: ({}, None, ""),
    "ready": lambda w, z: ({}, None, ""),
    "metrics": lambda w, z: ({}, None, ""),
    "listWarehouses": lambda w, z: ({}, None, ""),
    "createWarehouse": lambda w, z: ({}, {"name": (n := w.name()), "location": f"file://{w.governed.folder}/{n}"}, ""),
    "loadWarehouse": lambda w, z: ({}, None, ""),
    "dropWarehouse": lambda w, z: ({"warehouse": warehouse(w)}, None, ""),
    "listPrincipals": lambda w, z: ({}, None, ""),
    "createPrincipal": lambda w, z: ({}, {"kind": "user", "name": w.name()}, ""),
    "loadPrincipal": lambda w, z: ({"kind": "role", "principal": "analyst"}, None, ""),
    "updatePrincipal": lambda w, z: ({"kind": "role", "principal": group(w)}, {"description": "New."}, ""),
    "dropPrincipal": lambda w, z: ({"kind": "role", "principal": group(w)}, None, ""),
    "listMembers": lambda w, z: ({"kind": "role", "principal": "analyst"}, None, ""),
    "addMember": lambda w, z: ({"kind": "role", "principal": group(w)}, {"kind": "service", "name": group(w, "service")}, ""),
    "removeMember": lambda w, z: (
        lambda pair: ({"kind": "role", "principal": pair[0], "member-kind": "service", "member": pair[1]}, None, ""))(member(w)),
    "listClients": lambda w, z: ({}, None, ""),
    "createClient": lambda w, z: ({}, {"service": group(w, "service")}, ""),
    "loadClient": lambda w, z: ({"client": client(w)["id"]}, None, ""),
    "updateClient": lambda w, z: ({"client": client(w)["id"]}, {"is-enabled": False}, ""),
    "dropClient": lambda w, z: ({"client": client(w)["id"]}, None, ""),
    "addClientSecret": lambda w, z: ({"client": client(w)["id"]}, {}, ""),
    "dropClientSecret": lambda w, z: (lambda pair: ({"client": pair[0], "secret": pair[1]}, None, ""))(second_secret(w)),
    "whoAmI": lambda w, z: ({}, None, ""),
    "listTokens": lambda w, z: ({}, None, ""),
    "createToken": lambda w, z: ({}, {"description": "Laptop", "lifetime-seconds": 3600}, ""),
    # Nobody's own: one that another made.
    "revokeToken": lambda w, z: (
        {"token": w.made("/management/v1/tokens", {"description": "Laptop", "lifetime-seconds": 3600})["id"]}, None, ""),
    "listZones": lambda w, z: ({}, None, ""),
    "search": lambda w, z: ({}, None, "?q=table"),
    "createZone": lambda w, z: ({}, {"name": w.name(), "kind": "sandbox"}, ""),
    "listHolds": lambda w, z: ({}, None, ""),
    "placeHold": lambda w, z: ({}, {
        "name": w.name(), "reason": "Litigation", "authority": "Court", "objects": [{"kind": "tag", "key": "case"}]}, ""),
    "loadHold": lambda w, z: ({"hold": hold(w)}, None, ""),
    "releaseHold": lambda w, z: ({"hold": hold(w)}, {"reason": "Settled."}, ""),
    "listModels": lambda w, z: ({}, None, ""),
    "createModel": lambda w, z: ({}, {"name": w.name(), "purpose": "Scores."}, ""),
    "loadModel": lambda w, z: (model(w), None, ""),
    "updateModel": lambda w, z: (model(w), {"purpose": "Scores loans."}, ""),
    "dropModel": lambda w, z: (model(w), None, ""),
    "listModelVersions": lambda w, z: (model(w), None, ""),
    "createModelVersion": lambda w, z: (model(w), {"version": "1"}, ""),
    "loadModelVersion": lambda w, z: (model(w, version=True), None, ""),
    "updateModelVersion": lambda w, z: (model(w, version=True), {"code-reference": "git:1"}, ""),
    "retireModelVersion": lambda w, z: (model(w, version=True), {"reason": "Replaced."}, ""),
    "approveModelVersion": lambda w, z: (model(w, version=True), {"decision": "approved"}, ""),
    "listPolicySets": lambda w, z: ({}, None, ""),
    "applyPolicySet": lambda w, z: ({}, {"files": {"a.cedar": "permit (principal, action, resource);"}, "dry-run": True}, ""),
    "loadPolicySet": lambda w, z: ({"number": "current"}, None, ""),
    "comparePolicySets": lambda w, z: ({"number": "1", "other": "current"}, None, ""),
    "listTagDefinitions": lambda w, z: ({}, None, ""),
    "defineTag": lambda w, z: ({}, {"key": w.name(), "values": ["a"]}, ""),
    "dropTagDefinition": lambda w, z: ({"tag": tag(w)}, None, ""),
    "listTerms": lambda w, z: ({}, None, ""),
    "defineTerm": lambda w, z: ({}, {"name": w.name(), "definition": "A word."}, ""),
    "loadTerm": lambda w, z: ({"term": term(w)}, None, ""),
    "dropTerm": lambda w, z: ({"term": term(w)}, None, ""),
    "listOwned": lambda w, z: ({"principal": "team:owners"}, None, ""),
    "listOrphans": lambda w, z: ({}, None, ""),
    "listTransfers": lambda w, z: ({}, None, ""),
    "listRetentionRules": lambda w, z: ({}, None, ""),
    "listRetentionRuns": lambda w, z: ({}, None, ""),
    "listRetentionDecisions": lambda w, z: ({}, None, "?open=true"),
    "whatCan": lambda w, z: ({}, {"principal": "service:reader"}, ""),
    "listGrants": lambda w, z: ({}, None, ""),
    "postRunEvent": lambda w, z: ({}, LINEAGE, ""),
    "postEventBatch": lambda w, z: ({}, [LINEAGE], ""),
    "traceLineage": lambda w, z: ({}, None, "?node=id:" + str(traced(w))),
    "listLineageNamespaces": lambda w, z: ({}, None, ""),
    "loadLineageNamespace": lambda w, z: (reported(w), None, ""),
    "listLineageJobsOfNamespace": lambda w, z: (reported(w), None, ""),
    "loadLineageJob": lambda w, z: (reported(w), None, ""),
    "listLineageRuns": lambda w, z: (reported(w), None, ""),
    "listLineageJobs": lambda w, z: ({}, None, ""),
    "loadLineageRun": lambda w, z: (reported(w), None, ""),
    "loadLineageRunFacets": lambda w, z: (reported(w), None, "?type=job"),
    "listLineageDatasets": lambda w, z: (reported(w), None, ""),
    "loadLineageDataset": lambda w, z: (reported(w), None, ""),
    "listLineageVersions": lambda w, z: (reported(w), None, ""),
    "loadLineageVersion": lambda w, z: (reported(w), None, ""),
    "loadLineageGraph": lambda w, z: (reported(w) and {}, None, "?nodeId=job:reported:j"),
    "loadColumnLineage": lambda w, z: (reported(w) and {}, None, "?nodeId=dataset:reported:d"),
    "searchLineage": lambda w, z: ({}, None, "?q=d"),
    "listLineageTags": lambda w, z: ({}, None, ""),
    "listLineageEvents": lambda w, z: ({}, None, ""),
    "countLineageEvents": lambda w, z: ({}, None, "?period=DAY"),
    "countLineageJobs": lambda w, z: ({}, None, "?period=DAY"),
    "countLineageDatasets": lambda w, z: ({}, None, "?period=WEEK"),
    "countLineageSources": lambda w, z: ({}, None, "?period=DAY"),
    "listEvents": lambda w, z: ({}, None, "?limit=1"),
    "listMLflowServers": lambda w, z: ({}, None, ""),
    "createMLflowServer": lambda w, z: ({}, mlflow_server(w), ""),
    "loadMLflowServer": lambda w, z: ({"server": w.made("/governance/v1/mlflow", mlflow_server(w))["name"]}, None, ""),
    "dropMLflowServer": lambda w, z: ({"server": w.made("/governance/v1/mlflow", mlflow_server(w))["name"]}, None, ""),
    "pollMLflowServer": lambda w, z: ({"server": w.made("/governance/v1/mlflow", mlflow_server(w))["name"]}, {"all": True}, ""),
    "listLogKeys": lambda w, z: ({}, None, ""),
    "latestCheckpoint": lambda w, z: ({}, None, ""),
    "listCheckpoints": lambda w, z: ({}, None, ""),
    "loadCheckpoint": lambda w, z: ({"size": str(checkpoint(w))}, None, ""),
    "proveInclusion": lambda w, z: ({}, None, "?event=" + logged(w)),
    "proveConsistency": lambda w, z: ({}, None, f"?from={checkpoint(w)}"),
    "loadTile": lambda w, z: ({"level": "0", "index": "0"}, None, ""),
    "listLogEntries": lambda w, z: ({}, None, "?limit=1"),
    "listEventsWithoutPlace": lambda w, z: ({}, None, ""),
    "searchTrail": lambda w, z: ({}, None, "?limit=1"),
    "loadAuditEvent": lambda w, z: ({"event": logged(w)}, None, ""),
    "listWebhooks": lambda w, z: ({}, None, ""),
    "createWebhook": lambda w, z: ({}, {"name": w.name(), "url": RECEIVER, "is-enabled": False}, ""),
    "loadWebhook": lambda w, z: ({"webhook": webhook(w)}, None, ""),
    "updateWebhook": lambda w, z: ({"webhook": webhook(w)}, {"actions": ["drop-table"]}, ""),
    "dropWebhook": lambda w, z: ({"webhook": webhook(w)}, None, ""),
    "listDeliveries": lambda w, z: ({"webhook": webhook(w)}, None, ""),
    "pingWebhook": lambda w, z: ({"webhook": webhook(w)}, None, ""),
}


def ask(world, operation, method, path, principal, zone):
    """The status that the operation answers with."""
    parameters, body, query = (ZONED.get(operation) or CATALOG[operation])(world, zone)
    for name, value in {"prefix": "main", "warehouse": "main", **parameters}.items():
        path = path.replace("{" + name + "}", value)
    options, headers = {}, {}
    by = None if principal in ("anonymous", "wrong token") else NAMES.get(principal, principal)
    if principal == "wrong token":
        headers["Authorization"] = "Bearer " + world.governed.tokens["root"][:-4] + "AAAA"
    if isinstance(body, str):
        options["data"] = body
        headers.update(FORM)
        body = None
    return world.governed.call(method, path + query, body, by=by, headers=headers, **options).status_code


def matrix(world, wanted=None, progress=lambda text: None):
    """By operation and principal: one status, or, where zones differ, one for each kind of zone."""
    found = {}
    for operation, (method, path) in operations().items():
        if wanted and operation not in wanted:
            continue
        row = {}
        for principal in PRINCIPALS:
            zones = ZONES if operation in ZONED else ["-"]
            statuses = {zone: ask(world, operation, method, path, principal, zone) for zone in zones}
            row[principal] = statuses if len(set(statuses.values())) > 1 else next(iter(statuses.values()))
        found[operation] = row
        progress(f"{operation:24} {row}")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("operations", nargs="*")
    options = parser.parse_args()
    world = World()
    try:
        found = matrix(world, options.operations, print)
    finally:
        world.close()
    if options.write:
        EXPECTED.write_text(
            "{\n" + ",\n".join(f'  {json.dumps(name)}: {json.dumps(row)}' for name, row in found.items()) + "\n}\n")

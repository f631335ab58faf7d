"""Lineage: OpenLineage's own client and documents against the real server, what each caller sees of it, and nothing lost to a kill."""

import gzip
import json
import os
import subprocess
import threading
import uuid
from pathlib import Path

import jsonschema
import pytest
import requests
import yaml
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import DatasetEvent, InputDataset, Job, JobEvent, OutputDataset, Run, RunEvent, RunState, StaticDataset
from openlineage.client.facet_v2 import column_lineage_dataset, datasource_dataset, dataset_version_dataset, processing_engine_run
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpCompression, HttpConfig, HttpTransport

from governed import Governed
from servers import Postgres, Server, open_folder, wait_until

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "LineageTests" / "Fixtures" / "openlineage"
CORPUS = Path(os.environ["MORAINE_CONFORMANCE"]) / "openlineage" if "MORAINE_CONFORMANCE" in os.environ else None
PRODUCER = "https://example.com/pipeline"
SCHEMA = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "id", "required": False, "type": "long"}]}


def event(job="daily", inputs=(), outputs=(), type="COMPLETE", run=None, time="2026-05-03T12:00:00Z", **more):
    def dataset(name):
        return name if isinstance(name, dict) else {"namespace": "pg://h", "name": name}

    return {
        "eventType": type, "eventTime": time, "producer": PRODUCER, "run": {"runId": run or str(uuid.uuid4())},
        "job": {"namespace": "test", "name": job}, "inputs": [dataset(name) for name in inputs],
        "outputs": [dataset(name) for name in outputs], **more}


def shape(name):
    """A schema of ours, with what it refers to."""
    document = yaml.safe_load((ROOT / "openapi" / "schemas" / "lineage.yaml").read_text())
    text = json.dumps({"$defs": document, "$ref": f"#/$defs/{name}"}).replace('"#/', '"#/$defs/').replace("#/$defs/$defs/", "#/$defs/")
    return json.loads(text)


@pytest.fixture
def send(http):
    def call(body, path="/api/v1/lineage", **options):
        answer = http("POST", path, body, **options)
        if answer.ok:
            jsonschema.validate(answer.json(), shape("ReceivedEvents"))
        return answer

    return call


@pytest.fixture
def trace(http):
    def call(node, **query):
        query = {"node": node, **{name.replace("_", "-"): value for name, value in query.items()}}
        answer = http("GET", "/governance/v1/lineage", params=query)
        if answer.ok:
            jsonschema.validate(answer.json(), shape("LineageTrace"))
        return answer

    return call


def edges(answer):
    """As names of source and target."""
    names = {node["id"]: node.get("name", "?") for node in answer["nodes"]}
    return {(names[edge["source"]], names[edge["target"]]) for edge in answer["edges"]}


def documents():
    """Every example of an event and of a facet, the latter on what its schema is for."""
    folder = CORPUS or FIXTURES
    facets = CORPUS / "spec" / "tests" if CORPUS else FIXTURES / "facets"
    for path in sorted(folder.glob("*.json")) + [facets / "example_full_event.json"]:
        yield path.name, json.loads(path.read_text())
    for path in sorted(facets.glob("*Facet/*.json")):
        schema, facet = path.parent.name, json.loads(path.read_text())
        body = event(job=schema)
        if schema.endswith("RunFacet"):
            body["run"]["facets"] = facet
        elif schema.endswith("JobFacet") or schema == "LineageFacet" and "entries" in facet["lineage"]:
            body["job"]["facets"] = facet
        elif schema.endswith("OutputDatasetFacet") or "outputCondition" in path.read_text():
            body["outputs"] = [{"namespace": "n", "name": schema, "outputFacets": facet}]
        elif schema.endswith("InputDatasetFacet") or "inputCondition" in path.read_text() or schema.startswith("DataQualityAssertions"):
            body["inputs"] = [{"namespace": "n", "name": schema, "inputFacets": facet}]
        else:
            body["outputs"] = [{"namespace": "n", "name": schema, "facets": facet}]
        yield f"{schema}/{path.name}", body


# OpenLineage's documents, as its OpenAPI document says that they are answered.

def test_every_document_is_accepted(send, trace):
    found = list(documents())
    assert len(found) > 45
    for name, body in found:
        answer = send(body)
        assert answer.status_code == 200, f"{name}: {answer.text}"
        assert answer.json() == {
            "status": "success", "failed_events": [],
            "summary": {"received": 1, "successful": 1, "failed": 0, "retriable": 0, "non_retriable": 0}}, name
    answer = send([body for _, body in found], "/api/v1/lineage/batch")
    assert answer.status_code == 200 and answer.json()["summary"]["successful"] == len(found)
    wait_until(lambda: trace("job:test/LineageFacet").ok, what="the last document in the graph")


def test_a_batch_tells_which_of_its_events_are_malformed(send, trace):
    good = event("partly", ["in"], ["out"])
    for path in ("/api/v1/lineage", "/api/v1/lineage/batch"):
        answer = send([good, {"eventTime": "2026-05-03T12:00:00Z"}, event(run="x")], path)
        assert answer.status_code == 200
        body = answer.json()
        assert body["status"] == "partial_success"
        assert body["summary"] == {"received": 3, "successful": 1, "failed": 2, "retriable": 0, "non_retriable": 2}
        assert [failed["index"] for failed in body["failed_events"]] == [1, 2]
        assert "producer" in body["failed_events"][0]["reason"] and "$[2].run.runId" in body["failed_events"][1]["reason"]
    wait_until(lambda: trace("job:test/partly").ok, what="the good one in the graph")
    assert send([event(run="x")], "/api/v1/lineage/batch").status_code == 400
    assert send([], "/api/v1/lineage/batch").status_code == 200
    assert send(good, "/api/v1/lineage/batch").status_code == 400


@pytest.mark.parametrize("body, where", [
    ({**event(), "run": {"runId": "x"}}, "$.run.runId"), ({**event(), "eventTime": "soon"}, "$.eventTime"),
    ({**event(), "inputs": [{"name": "x"}]}, "$.inputs[0]"), ({**event(), "eventType": "PAUSE"}, "$.eventType"), ({}, "$"), ("x", "$"),
    (None, "JSON body")])
def test_what_is_malformed_is_told(send, body, where):
    answer = send(body)
    assert answer.status_code == 400
    assert where in answer.json()["error"]["message"]


def test_gzip(http, send, trace):
    def packed(body, encoding="gzip"):
        return http("POST", "/api/v1/lineage", data=body, headers={"Content-Encoding": encoding, "Content-Type": "application/json"})

    assert packed(gzip.compress(json.dumps(event("packed", ["a"], ["b"])).encode())).status_code == 200
    wait_until(lambda: trace("job:test/packed").ok, what="the packed event in the graph")
    assert packed(b"no gzip").status_code == 400
    assert packed(gzip.compress(b"{}")[:-6]).status_code == 400
    assert packed(json.dumps(event()).encode(), "br").status_code == 415
    # 64 MB of spaces in a few kilobytes.
    assert packed(gzip.compress(b" " * (64 << 20))).status_code == 413


# Traces.

def test_a_table_is_found_by_its_place_and_by_its_name(http, namespace, send, trace):
    made = http("POST", f"/v1/main/namespaces/{namespace}/tables", {"name": "t", "schema": SCHEMA}).json()
    place = made["metadata"]["location"].removeprefix("file://")
    spark = {"namespace": "file", "name": place, "facets": {"version": {"datasetVersion": "9223372036854775807"}}}
    send(event(f"{namespace}-w", [f"{namespace}-raw"], [spark]))
    send(event(f"{namespace}-r", [{"namespace": "main", "name": f"{namespace}.t"}], [f"{namespace}-end"]))
    node = f"dataset:main/{namespace}/t"
    wait_until(lambda: trace(node, direction="downstream").json().get("edges"), what="the graph")
    up, down = trace(node).json(), trace(node, direction="downstream", depth=1).json()
    assert edges(up) == {(f"{namespace}-raw", up["nodes"][0]["name"])}
    assert up["nodes"][0]["object"] == {"kind": "table", "warehouse": "main", "namespace": [namespace], "name": "t"}
    assert edges(down) == {(down["nodes"][0]["name"], f"{namespace}-end")}
    assert trace(f"id:{up['start']}").json() == up
    assert trace(f"dataset:main/{namespace}/other").status_code == 404
    # Nobody told of it.
    http("POST", f"/v1/main/namespaces/{namespace}/tables", {"name": "quiet", "schema": SCHEMA})
    assert trace(f"dataset:main/{namespace}/quiet").json()["nodes"] == []


@pytest.mark.parametrize("query", [
    {}, {"node": "x"}, {"node": "job:only"}, {"node": "id:x"}, {"node": "dataset:main/x"}, {"node": "id:1", "depth": "0"},
    {"node": "id:1", "depth": "101"}, {"node": "id:1", "direction": "sideways"}, {"node": "id:1", "columns": "perhaps"},
    {"node": "id:1", "as-of-ms": "-1"}, {"node": "job:%zz/x"}])
def test_bad_questions(http, query):
    assert http("GET", "/governance/v1/lineage", params=query).status_code == 400


# The client that others use.

@pytest.fixture(scope="module")
def governed():
    world = Governed()
    yield world
    world.close()


@pytest.mark.parametrize("compression", [None, HttpCompression.GZIP])
def test_the_python_client_delivers(governed, compression):
    token = ApiKeyTokenProvider({"apiKey": governed.tokens["data_engineer"]})
    config = HttpConfig(url=governed.url, auth=token, compression=compression)
    client = OpenLineageClient(transport=HttpTransport(config))
    name = f"client-{compression}"
    job, run = Job("test", name), Run(str(uuid.uuid4()), {"processing_engine": processing_engine_run.ProcessingEngineRunFacet("4.0", "spark", "1")})
    source = InputDataset("pg://h", f"{name}-in", facets={
        "version": dataset_version_dataset.DatasetVersionDatasetFacet("7"), "dataSource": datasource_dataset.DatasourceDatasetFacet("h", "pg://h")})
    columns = column_lineage_dataset.ColumnLineageDatasetFacet(fields={"x": column_lineage_dataset.Fields(inputFields=[
        column_lineage_dataset.InputField("pg://h", f"{name}-in", "y", [column_lineage_dataset.Transformation("DIRECT", "IDENTITY")])])})
    target = OutputDataset("pg://h", f"{name}-out", facets={"columnLineage": columns})
    said = {"eventTime": "2026-05-03T12:00:00Z", "producer": PRODUCER}
    client.emit(RunEvent(**said, eventType=RunState.START, run=run, job=job, inputs=[source], outputs=[]))
    client.emit(RunEvent(**said, eventType=RunState.COMPLETE, run=run, job=job, inputs=[], outputs=[target]))
    client.emit(JobEvent(**said, job=Job("test", f"{name}-static"), outputs=[target]))
    client.emit(DatasetEvent(**said, dataset=StaticDataset("pg://h", f"{name}-alone")))

    def trace(node):
        return governed.call("GET", "/governance/v1/lineage", params={"node": f"external:pg:%2F%2Fh/{node}", "columns": "true"}, by="data_engineer")

    wait_until(lambda: trace(f"{name}-alone").ok, what="the last event in the graph")
    answer = trace(f"{name}-out").json()
    assert edges(answer) == {(f"{name}-in", f"{name}-out"), (f"{name}-static", f"{name}-out")}
    assert [(column["source-column"], column["target-column"], column["subtype"]) for column in answer["columns"]] == [("y", "x", "IDENTITY")]


# Who sees what.

def test_who_may_report(governed):
    for by, status in [("root", 200), ("data_engineer", 200), ("data_scientist", 200), ("analyst", 403), ("auditor", 403), (None, 401)]:
        assert governed.call("POST", "/api/v1/lineage", event(f"by-{by}"), by=by).status_code == status, by
    grant = {"principal": "service:nobody", "privilege": "define", "object": {"kind": "catalog"}}
    made = governed.call("POST", "/governance/v1/grants", grant)
    assert made.ok, made.text
    assert governed.call("POST", "/api/v1/lineage", event("granted"), by="nobody").status_code == 200
    assert governed.call("DELETE", f"/governance/v1/grants/{made.json()['grant']['id']}").ok


def test_hidden_nodes_keep_the_path_whole(governed):
    governed.team("keepers")
    for zone in ("sandbox", "curated"):
        body = {"name": "t", "schema": SCHEMA, "properties": {"comment": "What it is.", "owner-team": "keepers"}}
        assert governed.call("POST", f"/v1/main/namespaces/{zone}/tables", body).ok
    hidden, seen = ({"namespace": "main", "name": f"{zone}.t"} for zone in ("sandbox", "curated"))
    for body in [event("make-hidden", ["source"], [hidden]), event("make-seen", [hidden], [seen])]:
        assert governed.call("POST", "/api/v1/lineage", body).ok

    def ask(by, node="dataset:main/curated/t", **query):
        return governed.call("GET", "/governance/v1/lineage", params={"node": node, **query}, by=by)

    wait_until(lambda: len(ask("root").json()["edges"]) == 2, what="the graph")
    def names(answer):
        return sorted(node.get("name", "?") for node in answer.json()["nodes"])

    assert names(ask("root")) == names(ask("auditor")) == ["curated.t", "make-hidden", "make-seen", "sandbox.t", "source"]
    # The job that writes what is hidden is hidden too; what it read is no secret of the catalog's.
    analyst = ask("analyst")
    assert names(analyst) == ["?", "?", "curated.t", "make-seen", "source"]
    assert [node for node in analyst.json()["nodes"] if node["is-hidden"]] == [
        {"id": node["id"], "kind": node["kind"], "is-hidden": True} for node in analyst.json()["nodes"] if "name" not in node]
    assert len(analyst.json()["edges"]) == 2
    number = next(node["id"] for node in ask("root").json()["nodes"] if node.get("name") == "sandbox.t")
    for node in ("dataset:main/sandbox/t", f"id:{number}", "external:main/sandbox.t", "job:test/make-hidden"):
        assert ask("analyst", node, direction="downstream" if "id" in node else "upstream").status_code == 404, node
    assert ask("nobody").status_code == 404
    # What the catalog does not know is nobody's who has no part in it.
    for by, status in [("data_scientist", 200), ("analyst", 404), ("nobody", 404), ("auditor", 200)]:
        assert ask(by, "external:pg:%2F%2Fh/source").status_code == status, by
    assert ask(None).status_code == 401


# Nothing that was acknowledged is lost.

def test_a_kill_loses_nothing(tmp_path):
    postgres, folder = Postgres(), open_folder("moraine-lineage-")
    server = Server(["--dev", "--database-url", postgres.url, "--warehouse", f"main=file://{folder}/warehouse"], folder / "log").start()
    url, accepted, isDone = server.url, set(), threading.Event()

    def deliver(number):
        session, count = requests.Session(), 0
        while not isDone.is_set():
            runs = [str(uuid.uuid4()) for _ in range(20)]
            body = [event(f"job-{number}-{count % 7}", [f"in-{run}"], [f"out-{number}"], run=run) for run in runs]
            # As clients do: again, until somebody says that it was taken.
            while not isDone.is_set():
                try:
                    if session.post(f"{url}/api/v1/lineage/batch", json=body, timeout=10).status_code == 200:
                        accepted.update(runs)
                        break
                except requests.RequestException:
                    isDone.wait(0.05)
            count += 1

    threads = [threading.Thread(target=deliver, args=(number,)) for number in range(4)]
    try:
        for thread in threads:
            thread.start()
        for round in range(3):
            before = len(accepted)
            wait_until(lambda: len(accepted) > before + 200, what="deliveries")
            server.kill()
            server.restart()
        isDone.set()
        for thread in threads:
            thread.join()
        def ask(sql):
            run = ["psql", "-XAt", "-d", postgres.url, "-c", sql]
            return subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()

        wait_until(lambda: ask("SELECT count(*) FROM lineage_queue") == ["0"], timeout=60, what="the end of the queue")
        assert accepted - set(ask("SELECT id FROM lineage_runs")) == set()
        assert ask("SELECT count(*) FROM lineage_events") == ask("SELECT count(*) FROM lineage_runs")
        assert ask("SELECT count(*) FROM lineage_edges") == ask("SELECT count(*) FROM lineage_runs")
        assert ask("SELECT count(*) FROM lineage_events WHERE problem IS NOT NULL") == ["0"]
    finally:
        isDone.set()
        server.stop()
        postgres.close()

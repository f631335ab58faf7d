"""Lineage: OpenLineage's own client and documents against the real server, what each caller sees of it, and nothing lost to a kill."""

import datetime
import gzip
import json
import os
import subprocess
import threading
import uuid
import xml.etree.ElementTree
from pathlib import Path

import jsonschema
import pyarrow as pa
import pytest
import requests
import yaml
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import DatasetEvent, InputDataset, Job, JobEvent, OutputDataset, Run, RunEvent, RunState, StaticDataset
from openlineage.client.facet_v2 import column_lineage_dataset, datasource_dataset, dataset_version_dataset, processing_engine_run
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpCompression, HttpConfig, HttpTransport
from pyiceberg.catalog import load_catalog

from governed import Governed
from servers import BINARY, Postgres, Server, open_folder, wait_until

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
    # Nobody told of it: it is alone.
    http("POST", f"/v1/main/namespaces/{namespace}/tables", {"name": "quiet", "schema": SCHEMA})
    quiet = trace(f"dataset:main/{namespace}/quiet", direction="both").json()
    assert [(node["id"] < 0, node["reference"]) for node in quiet["nodes"]] == [(True, f"dataset:main/{namespace}/quiet")]
    assert quiet["edges"] == []


@pytest.mark.parametrize("query", [
    {}, {"node": "x"}, {"node": "job:only"}, {"node": "id:x"}, {"node": "dataset:main/x"}, {"node": "id:1", "depth": "0"},
    {"node": "id:1", "depth": "101"}, {"node": "id:1", "direction": "sideways"}, {"node": "id:1", "columns": "perhaps"},
    {"node": "id:1", "as-of-ms": "-1"}, {"node": "job:%zz/x"}, {"node": "model:a@1@2"}, {"node": "run:7"}, {"node": "column:main/a/t"},
    {"node": "dataset:main/a/t@"}])
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


# From raw data to a model: pyiceberg writes, OpenLineage's client tells of it, the command line shows it.

class Story:
    """Loans are made of applications and payments, a model is trained on them, then corrections change the loans."""

    def __init__(self, governed):
        self.governed = governed
        self.catalog = load_catalog(
            "story", uri=governed.url, warehouse="main", credential=governed.credentials["data_engineer"],
            **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})
        token = ApiKeyTokenProvider({"apiKey": governed.tokens["data_engineer"]})
        self.client = OpenLineageClient(transport=HttpTransport(HttpConfig(url=governed.url, auth=token)))
        governed.team("story", "data_scientist", "data_engineer")
        self.write("raw.applications", ["customer_id", "amount", "purpose"])
        self.write("raw.payments", ["loan_id", "paid", "due"])
        self.write("raw.customers", ["customer_id", "birth_year"])
        self.write("curated.loans", ["loan_id", "borrower", "amount", "arrears"])
        self.write("curated.customers", ["borrower", "age"])
        exact = {"customer_id": ("borrower", "IDENTITY"), "amount": ("amount", "IDENTITY")}
        self.run("spark", "loans_daily", ["raw.applications", "raw.payments"], "curated.loans", {
            "raw.applications": exact, "raw.payments": {"loan_id": ("loan_id", "IDENTITY"), "paid": ("arrears", "AGGREGATION"), "due": ("arrears", "AGGREGATION")}})
        self.run("dbt", "customers", ["raw.customers"], "curated.customers", {
            "raw.customers": {"customer_id": ("borrower", "IDENTITY"), "birth_year": ("age", "TRANSFORMATION")}})
        self.trained = {name: self.now(name) for name in ("curated.loans", "curated.customers")}
        self.moraine("model", "create", "credit-risk", "--purpose", "Scores loans", "--owner", "team:story", "--tier", "high", "--regulated")
        self.moraine("model", "version", "credit-risk@7", "--code", "git:4f1c2e")
        self.moraine(
            "model", "bind", "credit-risk@7", "--input", f"curated.loans@{self.trained['curated.loans']}", "--role", "train",
            "--column", "borrower", "--column", "arrears")
        self.moraine("model", "bind", "credit-risk@7", "--input", "curated.customers", "--role", "train")
        # The table moves on.
        self.write("raw.corrections", ["loan_id", "amount"])
        self.append("curated.loans")
        self.run("spark", "correct", ["raw.corrections"], "curated.loans", {"raw.corrections": {"amount": ("amount", "IDENTITY")}})

    def rows(self, name):
        return pa.table({column: pa.array([1], pa.int64()) for column in self.catalog.load_table(name).schema().column_names})

    def append(self, name):
        self.catalog.load_table(name).append(self.rows(name))

    def write(self, name, columns):
        schema = pa.schema([(column, pa.int64()) for column in columns])
        self.catalog.create_table(name, schema, properties={"comment": "What it is.", "owner-team": "story"})
        self.append(name)

    def now(self, name):
        return self.catalog.load_table(name).current_snapshot().snapshot_id

    def run(self, engine, job, sources, target, columns):
        def version(name):
            return {"version": dataset_version_dataset.DatasetVersionDatasetFacet(str(self.now(name)))}

        fields = {}
        for source, pairs in columns.items():
            for column, (made, kind) in pairs.items():
                fields.setdefault(made, []).append(column_lineage_dataset.InputField(
                    "main", source, column, [column_lineage_dataset.Transformation("DIRECT", kind)]))
        facet = column_lineage_dataset.ColumnLineageDatasetFacet(
            fields={made: column_lineage_dataset.Fields(inputFields=inputs) for made, inputs in fields.items()})
        self.last_run = str(uuid.uuid4())
        self.client.emit(RunEvent(
            eventTime=datetime.datetime.now(datetime.timezone.utc).isoformat(), producer=PRODUCER, eventType=RunState.COMPLETE,
            run=Run(self.last_run), job=Job(engine, job), inputs=[InputDataset("main", name, facets=version(name)) for name in sources],
            outputs=[OutputDataset("main", target, facets={**version(target), "columnLineage": facet})]))
        wait_until(lambda: self.governed.call("GET", "/governance/v1/lineage", params={"node": f"run:{self.last_run}"}).ok, what="the run")

    def moraine(self, *arguments, by="data_scientist", fails=False):
        result = subprocess.run(
            [BINARY, *arguments, "--server", self.governed.url, "--warehouse", "main"], capture_output=True, text=True, timeout=60,
            env={**os.environ, "MORAINE_TOKEN": self.governed.tokens[by], "HOME": str(self.governed.folder)})
        assert (result.returncode != 0) == fails, f"{arguments}: {result.stdout}{result.stderr}"
        return result.stderr if fails else result.stdout

    def show(self, *arguments, **options):
        return self.moraine("lineage", "show", *arguments, **options)

    def graph(self, *arguments, **options):
        """Edges by labels, and nodes by theirs."""
        graph = json.loads(self.show(*arguments, "-o", "json", **options))
        nodes = {node["id"]: node for node in graph["nodes"]}
        edges = {(nodes[edge["from"]]["label"], nodes[edge["to"]]["label"]) for edge in graph["edges"]}
        return edges, {node["label"]: node for node in nodes.values()}


@pytest.fixture(scope="module")
def story(governed):
    return Story(governed)


TRAINED = {
    ("raw.applications", "loans_daily"), ("raw.payments", "loans_daily"), ("loans_daily", "curated.loans"), ("raw.customers", "customers"),
    ("customers", "curated.customers"), ("curated.loans", "credit-risk@7"), ("curated.customers", "credit-risk@7")}


def test_a_model_is_traced_to_raw_data_as_it_was(story):
    edges, nodes = story.graph("model:credit-risk@7")
    assert edges == TRAINED
    assert nodes["curated.loans"]["snapshot-id"] == story.trained["curated.loans"]
    assert nodes["curated.loans"]["marks"] == ["pinned"]
    snapshot = story.catalog.load_table("curated.loans").snapshot_by_id(story.trained["curated.loans"])
    assert nodes["curated.loans"]["committed-at-ms"] == snapshot.timestamp_ms
    assert nodes["raw.payments"]["snapshot-id"] == story.now("raw.payments")
    # Of the table as it is now more is known, and of the model as a whole no less.
    later, _ = story.graph("curated.loans", "--both")
    assert later == {edge for edge in TRAINED if "customers" not in edge and "curated.customers" not in edge} | {
        ("raw.corrections", "correct"), ("correct", "curated.loans")}
    assert story.graph("model:credit-risk")[0] == TRAINED | {("credit-risk@7", "credit-risk")}
    assert story.graph(f"dataset:curated.loans@{story.now('curated.loans')}", "--downstream")[0] == set()
    assert story.graph(f"dataset:curated.loans@{story.trained['curated.loans']}", "--downstream")[0] == {("curated.loans", "credit-risk@7")}
    assert story.graph("dataset:raw.payments", "--downstream", "--depth", "1")[0] == {("raw.payments", "loans_daily"), ("loans_daily", "curated.loans")}
    assert story.graph("model:credit-risk@7", "--as-of", "2020-01-01")[0] == set()
    edges, nodes = story.graph(f"run:{story.last_run}")
    assert edges == {("raw.corrections", story.last_run), (story.last_run, "curated.loans")}
    assert nodes["curated.loans"]["snapshot-id"] == story.now("curated.loans")
    assert story.graph("job:dbt/customers")[0] == {("raw.customers", "customers"), ("customers", "curated.customers")}


def test_columns_are_shown_and_followed(story):
    graph = json.loads(story.show("model:credit-risk@7", "--columns", "-o", "json"))
    label = {node["id"]: node["label"] for node in graph["nodes"]}
    columns = {
        (label[edge["from"]], column["from"], label[edge["to"]], column["to"], column.get("transformation"))
        for edge in graph["edges"] for column in edge.get("columns", [])}
    assert ("raw.payments", "due", "curated.loans", "arrears", "aggregation") in columns
    assert ("curated.loans", "arrears", "credit-risk@7", "arrears", None) in columns
    assert not any(table == "raw.corrections" for table, *_ in columns)
    down, _ = story.graph("column:raw.payments.paid", "--downstream", "--columns")
    assert down == {("raw.payments", "curated.loans"), ("curated.loans", "credit-risk@7")}
    # The model was not trained on amounts.
    assert story.graph("column:raw.applications.amount", "--downstream", "--columns")[0] == {("raw.applications", "curated.loans")}


def test_lineage_is_told_in_every_form(story, tmp_path):
    tree = story.show("model:credit-risk@7")
    assert tree.splitlines()[0] == "credit-risk@7 · model version, development"
    assert f"train: curated.loans · table, snapshot {story.trained['curated.loans']}" in tree and "[pinned]" in tree
    assert story.show("model:credit-risk@7", "-o", "tree") == tree == story.moraine("model", "trace", "credit-risk@7")
    for columns in ([], ["--columns"]):
        dot = story.show("model:credit-risk@7", "-o", "dot", *columns)
        drawn = subprocess.run(["dot", "-Tplain"], input=dot, capture_output=True, text=True, check=True, timeout=60).stdout
        assert "curated.loans" in drawn
        file = tmp_path / "picture.svg"
        assert story.show("model:credit-risk@7", "-o", "svg", "--save", str(file), *columns) == ""
        picture = xml.etree.ElementTree.parse(file).getroot()
        assert picture.tag == "{http://www.w3.org/2000/svg}svg"
        assert {"raw.payments", "curated.loans", "credit-risk@7"} <= {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
        if os.environ.get("MORAINE_WRITE_PICTURES"):
            name = "lineage-columns.svg" if columns else "lineage-story.svg"
            (ROOT / "docs" / "images" / name).write_bytes(file.read_bytes())
    assert yaml.safe_load(story.show("model:credit-risk@7", "-o", "yaml"))["direction"] == "upstream"
    assert "not to be had" in story.show("model:credit-risk@7", "-o", "spark-sql", fails=True)
    assert "no model other" in story.show("model:other@1", fails=True)


def test_lineage_shows_only_what_one_may_see(story):
    # Analysts see curated tables and no models.
    assert "no model" in story.show("model:credit-risk@7", by="analyst", fails=True)
    edges, _ = story.graph("curated.loans", "--downstream", by="analyst")
    assert edges == {("curated.loans", "hidden")}
    edges, nodes = story.graph("curated.loans", by="auditor")
    assert ("raw.payments", "loans_daily") in edges
    assert "credit-risk@7" in story.show("curated.customers", "--downstream", by="auditor")
    assert "does not exist" in story.show("curated.loans", by="nobody", fails=True)


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

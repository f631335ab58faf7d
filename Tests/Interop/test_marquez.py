"""Marquez's read API: events from OpenLineage's own client, read with Marquez's own, each answer held against our schema of it."""

import json
import uuid
from datetime import datetime, timezone
from pathlib import Path

import jsonschema
import pytest
import yaml
from marquez_client import MarquezClient
from marquez_client.errors import APIError
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    column_lineage_dataset, dataset_version_dataset, documentation_job, job_type_job, nominal_time_run, schema_dataset,
    source_code_location_job, sql_job)
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport

from governed import Governed
from servers import wait_until

ROOT = Path(__file__).resolve().parents[2]
PRODUCER = "https://example.com/pipeline"
SCHEMA = {"type": "struct", "schema-id": 0, "fields": [
    {"id": 1, "name": "id", "required": False, "type": "long"}, {"id": 2, "name": "total", "required": False, "type": "double", "doc": "In euros."}]}
# Colons wherever they may be.
DATABASE, ORDERS = "postgres://db.example.com:5432", "shop.public.orders:2026"
SCHEDULER, LOAD = "airflow://host:8080", "dag:load.daily"
LOAD_RUN, FAILED_RUN = "01933a4f-0000-7000-8000-000000000001", "01933a4f-0000-7000-8000-000000000002"
PUBLISH, TOPICS = "publish", "kafka://broker:9092"


def shape(name):
    document = yaml.safe_load((ROOT / "openapi" / "schemas" / "marquez.yaml").read_text())
    text = json.dumps({"$defs": document, "$ref": f"#/$defs/{name}"}).replace('"#/', '"#/$defs/').replace("#/$defs/$defs/", "#/$defs/")
    return json.loads(text)


class World(Governed):
    def marquez(self, by):
        """Marquez's client keeps its headers for all of them: one at a time."""
        return MarquezClient(self.url, api_key=self.tokens[by])

    def get(self, path, by="root", schema=None, **params):
        answer = self.call("GET", f"/api/v1/{path}", by=by, params=params)
        if schema:
            assert answer.ok, answer.text
            jsonschema.validate(answer.json(), shape(schema), format_checker=jsonschema.FormatChecker())
            return answer.json()
        return answer


def columns(*fields):
    return column_lineage_dataset.ColumnLineageDatasetFacet(fields={
        target: column_lineage_dataset.Fields(inputFields=[
            column_lineage_dataset.InputField(namespace, name, source, [column_lineage_dataset.Transformation("DIRECT", "IDENTITY")])])
        for target, namespace, name, source in fields})


@pytest.fixture(scope="module")
def world():
    world = World()
    world.team("keepers")
    for zone in ("sandbox", "curated"):
        body = {"name": "t", "schema": SCHEMA, "properties": {"comment": "What it is.", "owner-team": "keepers"}}
        assert world.call("POST", f"/v1/main/namespaces/{zone}/tables", body).ok
    answer = world.call("POST", "/governance/v1/tags", {"key": "area", "description": "Where it belongs.", "values": ["sales", "risk"]})
    assert answer.ok, answer.text
    answer = world.call("POST", "/governance/v1/warehouses/main/namespaces/curated/tables/t/tags", {"set": {"area": "sales"}})
    assert answer.ok, answer.text
    client = OpenLineageClient(transport=HttpTransport(
        HttpConfig(url=world.url, auth=ApiKeyTokenProvider({"apiKey": world.tokens["data_engineer"]}))))

    def emit(time, state, run, job, inputs=(), outputs=(), run_facets=None, job_facets=None):
        client.emit(RunEvent(
            eventTime=time, producer=PRODUCER, eventType=state, run=Run(run, run_facets or {}),
            job=Job(*job, job_facets or {}), inputs=list(inputs), outputs=list(outputs)))

    orders = InputDataset(DATABASE, ORDERS, facets={"schema": schema_dataset.SchemaDatasetFacet(fields=[
        schema_dataset.SchemaDatasetFacetFields("id", "bigint"), schema_dataset.SchemaDatasetFacetFields("price", "numeric", "Each.")])})
    curated = OutputDataset("main", "curated.t", facets={
        "version": dataset_version_dataset.DatasetVersionDatasetFacet("7"),
        "columnLineage": columns(("id", DATABASE, ORDERS, "id"), ("total", DATABASE, ORDERS, "price"))})
    facets = {
        "sql": sql_job.SQLJobFacet("SELECT 1"), "documentation": documentation_job.DocumentationJobFacet("Loads orders."),
        "jobType": job_type_job.JobTypeJobFacet("BATCH", "AIRFLOW", "TASK"),
        "sourceCodeLocation": source_code_location_job.SourceCodeLocationJobFacet("git", "https://example.com/dags/load.py")}
    nominal = {"nominalTime": nominal_time_run.NominalTimeRunFacet("2026-05-03T00:00:00Z", "2026-05-04T00:00:00Z")}
    job = (SCHEDULER, LOAD)
    emit("2026-05-02T12:00:00Z", RunState.START, FAILED_RUN, job)
    emit("2026-05-02T12:00:01Z", RunState.FAIL, FAILED_RUN, job)
    emit("2026-05-03T12:00:00.000001Z", RunState.START, LOAD_RUN, job, [orders], run_facets=nominal)
    emit("2026-05-03T12:00:02.500001Z", RunState.COMPLETE, LOAD_RUN, job, [orders], [curated], job_facets=facets)
    source, hidden = InputDataset("main", "curated.t"), OutputDataset("main", "sandbox.t", facets={"columnLineage": columns(("id", "main", "curated.t", "id"))})
    emit("2026-05-04T12:00:00Z", RunState.COMPLETE, str(uuid.uuid4()), (SCHEDULER, "make-hidden"), [source], [hidden])
    topic = OutputDataset(TOPICS, "totals", facets={"columnLineage": columns(("sum", "main", "curated.t", "total"))})
    emit("2026-05-05T12:00:00Z", RunState.COMPLETE, str(uuid.uuid4()), (SCHEDULER, PUBLISH), [source], [topic])
    for number in range(25):
        emit(f"2026-06-01T00:00:{number:02}Z", RunState.COMPLETE, str(uuid.uuid4()), ("many", f"job-{number:02}"))
    wait_until(lambda: world.get("namespaces/many/jobs/job-24").ok, what="the last event in the graph")
    yield world
    world.close()


def name(entity):
    return entity["namespace"], entity["name"]


def names(entities):
    return sorted(entity["name"] for entity in entities)


# Marquez's own client.

def test_namespaces(world):
    client = world.marquez("root")
    listed = [namespace["name"] for namespace in client.list_namespaces()["namespaces"]]
    assert listed == sorted([DATABASE, SCHEDULER, TOPICS, "main", "many"])
    assert client.get_namespace(SCHEDULER)["name"] == SCHEDULER
    assert [n["name"] for n in client.list_namespaces(limit=2, offset=1)["namespaces"]] == listed[1:3]
    with pytest.raises(APIError):
        client.get_namespace("elsewhere")
    world.get("namespaces", schema="NamespaceList")


def test_jobs_and_runs(world):
    client = world.marquez("root")
    jobs = client.list_jobs(SCHEDULER)
    jsonschema.validate(jobs, shape("JobList"))
    assert names(jobs["jobs"]) == sorted([LOAD, "make-hidden", PUBLISH]) and jobs["totalCount"] == 3
    job = client.get_job(SCHEDULER, LOAD)
    jsonschema.validate(job, shape("Job"))
    assert name(job["id"]) == (SCHEDULER, LOAD) and job["type"] == "BATCH" and job["description"] == "Loads orders."
    assert job["location"] == "https://example.com/dags/load.py" and job["facets"]["sql"]["query"] == "SELECT 1"
    assert [name(each) for each in job["inputs"]] == [(DATABASE, ORDERS)] and [name(each) for each in job["outputs"]] == [("main", "curated.t")]
    assert (job["createdAt"], job["updatedAt"]) == ("2026-05-02T12:00:00.000000Z", "2026-05-03T12:00:02.500001Z")
    latest = job["latestRun"]
    assert latest["id"] == LOAD_RUN and latest["state"] == "COMPLETED" and latest["durationMs"] == 2500
    assert latest["startedAt"] == "2026-05-03T12:00:00.000001Z" and latest["nominalEndTime"] == "2026-05-04T00:00:00.000000Z"
    assert [run["state"] for run in job["latestRuns"]] == ["COMPLETED", "FAILED"]
    runs = client.list_job_runs(SCHEDULER, LOAD)
    jsonschema.validate(runs, shape("RunList"))
    assert [run["id"] for run in runs["runs"]] == [LOAD_RUN, FAILED_RUN] and runs["totalCount"] == 2
    assert [run["id"] for run in client.list_job_runs(SCHEDULER, LOAD, limit=1, offset=1)["runs"]] == [FAILED_RUN]
    run = client.get_job_run(LOAD_RUN)
    jsonschema.validate(run, shape("Run"))
    assert run["facets"]["nominalTime"]["nominalStartTime"] == "2026-05-03T00:00:00Z"
    assert [use["datasetVersionId"] for use in run["outputDatasetVersions"]] == [{"namespace": "main", "name": "curated.t", "version": "7"}]
    assert "sql" in world.get(f"jobs/runs/{LOAD_RUN}/facets", schema="RunFacets", type="job")["facets"]
    assert "nominalTime" in world.get(f"jobs/runs/{LOAD_RUN}/facets", schema="RunFacets", type="run")["facets"]


def test_datasets(world):
    client = world.marquez("root")
    listed = client.list_datasets("main")
    jsonschema.validate(listed, shape("DatasetList"))
    assert names(listed["datasets"]) == ["curated.t", "sandbox.t"] and listed["totalCount"] == 2
    table = client.get_dataset("main", "curated.t")
    jsonschema.validate(table, shape("Dataset"))
    # What the catalog knows of it.
    assert [(field["name"], field["type"], field.get("description")) for field in table["fields"]] == [
        ("id", "long", None), ("total", "double", "In euros.")]
    assert table["tags"] == ["area=sales"] and table["description"] == "What it is." and table["type"] == "DB_TABLE"
    assert table["lastModifiedAt"] == "2026-05-03T12:00:02.500001Z" and table["deleted"] is False
    assert [(column["name"], column["inputFields"][0]["dataset"], column["inputFields"][0]["field"]) for column in table["columnLineage"]] == [
        ("id", ORDERS, "id"), ("total", ORDERS, "price")]
    # What events know of it.
    orders = client.get_dataset(DATABASE, ORDERS)
    assert [(field["name"], field["type"], field.get("description")) for field in orders["fields"]] == [
        ("id", "bigint", None), ("price", "numeric", "Each.")]
    assert orders["sourceName"] == DATABASE and orders["description"] is None
    assert client.get_dataset(TOPICS, "totals")["type"] == "STREAM"
    versions = client.list_dataset_versions("main", "curated.t")
    jsonschema.validate(versions, shape("DatasetVersionList"))
    assert [(version["version"], version["createdByRun"]["id"]) for version in versions["versions"]] == [("7", LOAD_RUN)]
    assert client.get_dataset_version("main", "curated.t", "7")["createdAt"] == "2026-05-03T12:00:02.500001Z"
    # A version that nobody named is called after its run.
    topic = client.list_dataset_versions(TOPICS, "totals")["versions"][0]
    assert topic["version"] == topic["createdByRun"]["id"]
    with pytest.raises(APIError):
        client.get_dataset_version("main", "curated.t", "8")


def test_a_table_is_found_under_all_its_names(world):
    location = world.call("GET", "/v1/main/namespaces/curated/tables/t").json()["metadata"]["location"]
    for namespace, path in [("file", location.removeprefix("file://")), ("main", "curated.t")]:
        assert world.marquez("root").get_dataset(namespace, path)["id"] == {"namespace": "main", "name": "curated.t"}


def test_columns(world):
    client = world.marquez("root")

    def edges(graph):
        jsonschema.validate(graph, shape("ColumnGraph"))
        return {(node["id"], edge["destination"]) for node in graph["graph"] for edge in node["outEdges"]}

    order, table = f"datasetField:{DATABASE}:{ORDERS}", "datasetField:main:curated.t"
    into = {(f"{order}:id", f"{table}:id"), (f"{order}:price", f"{table}:total")}
    out = {(f"{table}:id", "datasetField:main:sandbox.t:id"), (f"{table}:total", f"datasetField:{TOPICS}:totals:sum")}
    assert edges(client.get_column_lineage_by_dataset("main", "curated.t")) == into
    assert edges(client.get_column_lineage_by_dataset("main", "curated.t", with_downstream="true")) == into | out
    assert edges(client.get_column_lineage_by_dataset(TOPICS, "totals", depth=1)) == {(f"{table}:total", f"datasetField:{TOPICS}:totals:sum")}
    whole = client.get_column_lineage_by_dataset_field(TOPICS, "totals", "sum")
    assert edges(whole) == {(f"{order}:price", f"{table}:total"), (f"{table}:total", f"datasetField:{TOPICS}:totals:sum")}
    total = next(node for node in whole["graph"] if node["id"] == f"{table}:total")
    assert total["data"]["fieldType"] == "double"
    assert total["data"]["inputFields"] == [{
        "namespace": DATABASE, "dataset": ORDERS, "field": "price", "transformationType": "DIRECT", "transformationSubtype": "IDENTITY"}]
    assert edges(client.get_column_lineage_by_job(SCHEDULER, LOAD)) == into


# What the web interface asks for besides.

def test_the_graph(world):
    load, publish, hidden = (f"job:{SCHEDULER}:{job}" for job in (LOAD, PUBLISH, "make-hidden"))
    order, table, topic = f"dataset:{DATABASE}:{ORDERS}", "dataset:main:curated.t", f"dataset:{TOPICS}:totals"
    flows = {(order, load), (load, table), (table, publish), (publish, topic), (table, hidden), (hidden, "dataset:main:sandbox.t")}
    for start in (table, load):
        graph = world.get("lineage", schema="LineageGraph", nodeId=start, depth=3)["graph"]
        nodes = {node["id"]: node for node in graph}
        for side in ("inEdges", "outEdges"):
            assert {(edge["origin"], edge["destination"]) for node in graph for edge in node[side]} == flows
        assert set(nodes) == {end for flow in flows for end in flow}
        assert nodes[load]["type"] == "JOB" and nodes[load]["data"]["latestRun"]["state"] == "COMPLETED"
        assert [field["name"] for field in nodes[table]["data"]["fields"]] == ["id", "total"]
    near = world.get("lineage", schema="LineageGraph", nodeId=topic, depth=1)["graph"]
    assert {node["id"] for node in near} == {table, publish, topic}
    assert [node["id"] for node in world.get("lineage", schema="LineageGraph", nodeId=order, depth=0)["graph"]] == [order]


@pytest.mark.parametrize("path, node, status", [
    ("lineage", "", 400), ("lineage", "curated.t", 400), ("lineage", "dataset:main", 400), ("lineage", "table:main:t", 400),
    ("lineage", "dataset:main:", 400), ("lineage", f"datasetField:main:curated.t:id", 400), ("lineage", "dataset:main:none", 404),
    ("lineage", "job:main:curated.t", 404), ("lineage", "dataset:" + ":" * 100, 400), ("column-lineage", "datasetField:main:curated.t", 400),
    ("column-lineage", "datasetField:main:curated.t:none", 404), ("column-lineage", "dataset:main:curated.t#7", 404),
    ("column-lineage", "run:x", 400)])
def test_bad_nodes(world, path, node, status):
    answer = world.get(path, nodeId=node)
    assert answer.status_code == status
    body = answer.json()
    # As Marquez's web interface reads it, too.
    assert body["code"] == status and body["message"] == body["error"]["message"] and "dataset" in body["message"]


@pytest.mark.parametrize("path", [
    "lineage?nodeId=job:many:job-00&depth=101", "search", "search?q=%20", "search?q=a&filter=run", "search?q=a&sort=size", "search?q=a&after=soon",
    "jobs?limit=1001", "jobs?offset=10001", "jobs?limit=-1", "jobs?lastRunStates=BAD", "jobs/runs/x", "events/lineage?before=soon",
    "events/lineage?sortDirection=up", f"jobs/runs/{LOAD_RUN}/facets", "column-lineage?nodeId=job:many:job-00&withDownstream=perhaps"])
def test_bad_questions(world, path):
    answer = world.get(path)
    assert answer.status_code == 400 and answer.json()["message"], answer.text


def test_search(world):
    def found(q, by="root", **params):
        answer = world.get("search", by=by, schema="SearchResultList", q=q, **params)
        assert answer["totalCount"] == len(answer["results"])
        return [(result["type"], result["name"]) for result in answer["results"]]

    assert found("ORDERS") == [("DATASET", ORDERS)]
    assert found("LoAd", filter="job") == [("JOB", LOAD)] and found("load", filter="DATASET") == []
    # Without three that go together.
    assert found(".t") == [("DATASET", "curated.t"), ("DATASET", "sandbox.t")]
    assert found("cur%.t") == [("DATASET", "curated.t")] and found("o_ders") == [("DATASET", ORDERS)] and found("\\") == []
    assert found("job-", limit=3) == [("JOB", f"job-0{number}") for number in range(3)]
    assert found("job-", limit=2, sort="UPDATE_AT") == [("JOB", "job-24"), ("JOB", "job-23")]
    assert found("t", namespace="main") == [("DATASET", "curated.t"), ("DATASET", "sandbox.t")]
    assert found("o", after="2026-05-05", before="2026-05-06") == [("DATASET", "totals")]
    assert world.get("search", q="curated").json()["results"][0]["nodeId"] == "dataset:main:curated.t"


def test_lists_are_paged(world):
    pages = [world.get("namespaces/many/jobs", schema="JobList", limit=10, offset=offset) for offset in (0, 10, 20, 30)]
    assert [names(page["jobs"]) for page in pages] == [[f"job-{n:02}" for n in range(25)][start:start + 10] for start in (0, 10, 20, 30)]
    assert {page["totalCount"] for page in pages} == {25}
    # All jobs: those of the latest events first, and every one once.
    first = world.get("jobs", schema="JobList", limit=10)
    assert [job["name"] for job in first["jobs"]] == [f"job-{n:02}" for n in range(24, 14, -1)]
    rest = world.get("jobs", schema="JobList", offset=10)
    assert len({name(job) for job in first["jobs"] + rest["jobs"]}) == 28 == first["totalCount"]
    assert names(world.get("jobs", schema="JobList", lastRunStates="RUNNING,FAILED")["jobs"]) == []
    assert len(world.get("jobs", schema="JobList", lastRunStates="COMPLETED")["jobs"]) == 28


def test_tags(world):
    client = world.marquez("root")
    tags = client.list_tags()
    jsonschema.validate(tags, shape("TagList"))
    assert [tag for tag in tags["tags"] if tag["name"].startswith("area")] == [
        {"name": f"area={value}", "description": "Where it belongs."} for value in ("sales", "risk")]


def test_events(world):
    def events(by="root", **params):
        return world.get("events/lineage", by=by, schema="LineageEventList", **params)

    day = events(after="2026-05-03T00:00:00Z", before="2026-05-04T00:00:00.000Z")
    assert [event["eventType"] for event in day["events"]] == ["COMPLETE", "START"] and day["totalCount"] == 2
    assert day["events"][0]["outputs"][0]["facets"]["version"]["datasetVersion"] == "7"
    assert events(after="2026-05-03", before="2026-05-04", sortDirection="asc")["events"] == day["events"][::-1]
    everything = events(limit=1000, before="", after="")
    assert everything["totalCount"] == 31 == len(everything["events"])
    assert events(limit=2, offset=3)["events"] == everything["events"][3:5]
    assert events(by="auditor", limit=1)["totalCount"] == 31
    for by in ("data_engineer", "analyst", "nobody"):
        assert world.get("events/lineage", by=by).status_code == 403
    assert world.get("events/lineage", by=None).status_code == 401


def test_statistics(world):
    now = datetime.now(timezone.utc)
    before = {path: world.get(f"stats/{path}", schema="Counts", period="DAY") for path in ("jobs", "datasets", "sources")}
    assert [before[path][-1]["count"] for path in before] == [28, 4, 3]
    body = {
        "eventTime": now.isoformat(), "producer": PRODUCER, "job": {"namespace": "many", "name": "job-25"},
        "outputs": [{"namespace": "pg://new", "name": "x"}]}
    for state in ("START", "RUNNING", "FAIL"):
        assert world.call("POST", "/api/v1/lineage", {**body, "eventType": state, "run": {"runId": LOAD_RUN[:-1] + "9"}}).ok
    wait_until(lambda: world.get("stats/jobs", period="DAY").json()[-1]["count"] == 29, what="the new job in the statistics")
    wait_until(lambda: world.get("stats/lineage-events", period="DAY").json()[-1]["fail"], what="the last event in the statistics")
    for period, length in (("DAY", 24), ("week", 7)):
        activity = world.get("stats/lineage-events", schema="Activity", period=period)
        assert len(activity) == length and [
            sum(interval[state] for interval in activity) for state in ("start", "complete", "fail", "abort")] == [1, 0, 1, 0]
        assert all(first["endInterval"] == second["startInterval"] for first, second in zip(activity, activity[1:]))
        assert activity[0]["startInterval"] < now.isoformat() < activity[-1]["endInterval"]
    jobs = [interval["count"] for interval in world.get("stats/jobs", schema="Counts", period="DAY")]
    assert (jobs[0], jobs[-1]) == (28, 29) and jobs == sorted(jobs)
    assert world.get("stats/datasets", period="DAY").json()[-1]["count"] == 5
    assert world.get("stats/sources", period="DAY").json()[-1]["count"] == 4
    for path in ("jobs", "datasets", "sources", "lineage-events"):
        assert world.get(f"stats/{path}", period="DAY", by="analyst").status_code == 403
        assert world.get(f"stats/{path}", period="DAY", by="auditor").ok
        assert world.get(f"stats/{path}", period="YEAR").status_code == 400


# Who sees what.

def test_hidden_datasets_and_the_jobs_that_write_them_are_not_there(world):
    client = world.marquez("analyst")
    assert names(client.list_datasets("main")["datasets"]) == ["curated.t"]
    assert client.list_datasets("main")["totalCount"] == 1
    assert names(client.list_jobs(SCHEDULER)["jobs"]) == sorted([LOAD, PUBLISH])
    assert [n["name"] for n in client.list_namespaces()["namespaces"]] == sorted([DATABASE, SCHEDULER, TOPICS, "main"])
    for ask in (lambda: client.get_dataset("main", "sandbox.t"), lambda: client.get_job(SCHEDULER, "make-hidden"),
                lambda: client.list_dataset_versions("main", "sandbox.t"), lambda: client.list_job_runs(SCHEDULER, "make-hidden"),
                lambda: client.get_column_lineage_by_dataset("main", "sandbox.t"), lambda: client.get_namespace("many")):
        with pytest.raises(APIError) as error:
            ask()
        assert error.value.__cause__.response.status_code == 404
    hidden_run = world.get(f"namespaces/airflow:%2F%2Fhost:8080/jobs/make-hidden").json()["latestRun"]["id"]
    for path in (f"jobs/runs/{hidden_run}", f"jobs/runs/{hidden_run}/facets?type=run", "lineage?nodeId=dataset:main:sandbox.t"):
        assert world.get(path, by="analyst").status_code == 404, path
    graph = json.dumps(world.get("lineage", by="analyst", schema="LineageGraph", nodeId="dataset:main:curated.t"))
    assert PUBLISH in graph and LOAD in graph and "sandbox" not in graph and "make-hidden" not in graph
    assert "sandbox" not in json.dumps(client.get_column_lineage_by_dataset("main", "curated.t", with_downstream="true"))
    assert world.get("search", by="analyst", q="hidden").json()["results"] == []
    assert world.get("search", by="analyst", q="sandbox").json()["results"] == []
    assert "make-hidden" not in json.dumps(world.get("jobs", by="analyst", limit=1000).json())
    # Facets that name other datasets are for those who see all.
    assert "columnLineage" in world.marquez("root").get_dataset("main", "curated.t")["facets"]
    assert list(world.marquez("analyst").get_dataset("main", "curated.t")["facets"]) == ["version"]


def test_a_job_that_reads_something_hidden_keeps_its_facets(world):
    body = {
        "eventType": "COMPLETE", "eventTime": "2026-07-01T00:00:00Z", "producer": PRODUCER, "run": {"runId": str(uuid.uuid4())},
        "job": {"namespace": "leaky", "name": "mix", "facets": {"sql": {"query": "SELECT * FROM sandbox.t"}}},
        "inputs": [{"namespace": "main", "name": "sandbox.t"}, {"namespace": "main", "name": "curated.t"}],
        "outputs": [{"namespace": "pg://x", "name": "mixed"}]}
    assert world.call("POST", "/api/v1/lineage", body).ok
    wait_until(lambda: world.get("namespaces/leaky/jobs/mix").ok, what="the event in the graph")
    assert "sql" in world.marquez("root").get_job("leaky", "mix")["facets"]
    job = world.marquez("analyst").get_job("leaky", "mix")
    assert "facets" not in job and "facets" not in job["latestRun"] and names(job["inputs"]) == ["curated.t"]
    run = world.get(f"jobs/runs/{body['run']['runId']}/facets", by="analyst", schema="RunFacets", type="job")
    assert run["facets"] == {}


def test_who_has_no_part_in_anything_sees_nothing(world):
    client = world.marquez("nobody")
    assert client.list_namespaces() == {"namespaces": []}
    assert client.list_jobs(SCHEDULER) == {"jobs": [], "totalCount": 0} and client.list_datasets("main") == {"datasets": [], "totalCount": 0}
    assert world.get("search", by="nobody", q="t").json() == {"totalCount": 0, "results": []}
    assert world.get(f"jobs/runs/{LOAD_RUN}", by="nobody").status_code == 404
    assert world.get("namespaces", by=None).status_code == 401

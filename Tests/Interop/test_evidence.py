"""Evidence: what engines and platforms say by themselves becomes the training data of a version, whoever may say so, through crashes."""

import concurrent.futures
import json
import os
import subprocess
import time
import uuid
from pathlib import Path

import jsonschema
import pyarrow as pa
import pytest
import requests
import yaml
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import dataset_version_dataset, parent_run
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport
from pyiceberg.catalog import load_catalog

from governed import Governed
from servers import BINARY, Postgres, Server, open_folder, wait_until

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = "/governance/v1/model-captures"


@pytest.fixture(scope="module")
def governed():
    governed = Governed()
    governed.add("trainer", "data_scientist")
    governed.team("risk", "trainer")
    yield governed
    governed.close()


@pytest.fixture
def moraine(governed):
    """The command line of the service that trains."""

    def run(*arguments, by="trainer", input=None):
        result = subprocess.run(
            [BINARY, *arguments, "--server", governed.url, "--warehouse", "main"], capture_output=True, text=True, timeout=60, input=input,
            env={**os.environ, "MORAINE_TOKEN": governed.tokens[by], "HOME": str(governed.folder)})
        assert result.returncode == 0, f"{arguments}: {result.stdout}{result.stderr}"
        return result.stdout

    return run


def shape(name):
    document = yaml.safe_load((ROOT / "openapi" / "schemas" / "models.yaml").read_text())
    text = json.dumps({"$defs": document, "$ref": f"#/$defs/{name}"}).replace('"#/', '"#/$defs/').replace("#/$defs/$defs/", "#/$defs/")
    return json.loads(text)


def table(governed, name):
    """A table in the sandbox of three snapshots, written by pyiceberg."""
    catalog = load_catalog(
        name, uri=governed.url, warehouse="main", credential=governed.credentials["root"],
        **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})
    rows = pa.table({"id": pa.array([1, 2], pa.int64()), "amount": pa.array([1.5, 2.5])})
    table = catalog.create_table(f"sandbox.{name}", rows.schema)
    for _ in range(3):
        table.append(rows)
    return table.refresh()


def report(snapshot, application, **more):
    """A scan report as Iceberg's Java client sends it for Spark."""
    return {
        "report-type": "scan-report", "table-name": "rest.sandbox.t", "snapshot-id": snapshot, "schema-id": 0, "filter": True,
        "projected-field-ids": [1, 2], "projected-field-names": ["id", "amount"],
        "metrics": {"total-planning-duration": {"count": 1, "time-unit": "nanoseconds", "total-duration": 2644235116},
                    "result-data-files": {"unit": "count", "value": 3}},
        "metadata": {"engine-version": "4.0.0", "iceberg-version": "Apache Iceberg 1.10.0", "app-id": application, "engine-name": "spark"},
        **more}


def scan(governed, name, body, by="trainer"):
    answer = governed.call("POST", f"/v1/main/namespaces/sandbox/tables/{name}/metrics", body, by=by)
    assert answer.status_code == 204, answer.text


def model(moraine, name, *facts):
    moraine("model", "create", name, "--purpose", "Scores loans", "--owner", "team:risk", *facts)


def shown(governed, name, version="7"):
    answer = governed.call("GET", f"/governance/v1/models/{name}/versions/{version}", by="trainer")
    assert answer.ok, answer.text
    jsonschema.validate(answer.json(), shape("LoadedModelVersion"))
    return answer.json()


def inputs(document):
    """Snapshot: grade, and the grades of the words on it by their sources."""
    return {
        bound["snapshot-id"]: (bound["grade"], {word["source"]: word["grade"] for word in bound["evidence"]})
        for bound in document["inputs"] if "withdrawn-at-ms" not in bound}


def emit(governed, run, name, snapshot, by="trainer", parent=None):
    """A run that read a snapshot, as openlineage-python tells it."""
    client = OpenLineageClient(transport=HttpTransport(HttpConfig(
        url=governed.url, auth=ApiKeyTokenProvider({"api_key": governed.tokens[by]}))))
    version = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=str(snapshot))
    facets = {}
    if parent:
        facets["parent"] = parent_run.ParentRunFacet(run=parent_run.Run(runId=parent), job=parent_run.Job("airflow", "dag"))
    client.emit(RunEvent(
        eventTime="2026-05-03T12:00:00Z", producer="https://example.com", eventType=RunState.COMPLETE, run=Run(run, facets=facets),
        job=Job("training", "fit"), inputs=[InputDataset("main", f"sandbox.{name}", facets={"version": version})], outputs=[]))


def test_what_an_engine_reports_becomes_training_data(governed, moraine):
    loans = table(governed, "loans")
    ids = [snapshot.snapshot_id for snapshot in loans.snapshots()]
    # pyiceberg reads and reports nothing: what engines do is sent by hand below.
    assert loans.scan(snapshot_id=ids[0]).to_arrow().num_rows == 2
    assert governed.call("GET", "/governance/v1/warehouses/main/namespaces/sandbox/tables/loans/use").json()["use"] == []
    model(moraine, "credit-risk", "--regulated")
    # The scan comes first, the version after it, the lineage last.
    term = {"type": "eq", "term": "id", "value": 1}
    scan(governed, "loans", report(ids[1], "application_1715_0042", filter=term))
    moraine("model", "version", "credit-risk@7", "--code", "git:4f1c2e", "--run", "application_1715_0042")
    wait_until(lambda: inputs(shown(governed, "credit-risk")) == {ids[1]: ("observed", {"metrics-report": "observed"})}, what="the join")
    [bound] = shown(governed, "credit-risk")["inputs"]
    assert bound["pinned"] and bound["bound-by"] == "server" and bound["role"] == "train"
    assert bound["columns"] == ["id", "amount"] and json.loads(bound["row-filter"]) == term
    [word] = bound["evidence"]
    assert word["said-by"] == "trainer" and word["details"]["application"] == "application_1715_0042" and word["details"]["engine"] == "spark"
    # Nobody removes it now.
    assert governed.call("POST", "/v1/main/namespaces/sandbox/tables/loans", {
        "requirements": [], "updates": [{"action": "remove-snapshots", "snapshot-ids": [ids[1]]}]}).status_code == 403

    # A platform says the same: they corroborate each other, whoever's account it is.
    run, dag = str(uuid.uuid4()), str(uuid.uuid4())
    capture = {"model": "credit-risk", "version": "7", "source": "kubeflow", "runs": [{"id": dag}], "metrics": {"auc": 0.81},
               "parameters": {"depth": 6, "balanced": True},
               "inputs": [{"location": loans.location().replace("file://", "file:"), "snapshot-id": ids[1]}]}
    said = moraine("model", "capture", "-", input=json.dumps(capture))
    assert said == "Captured credit-risk@7.\n"
    document = shown(governed, "credit-risk")
    assert inputs(document) == {ids[1]: ("corroborated", {"metrics-report": "observed", "platform": "declared"})}
    assert document["metrics"] == {"auc": "0.81"} and document["parameters"] == {"depth": "6", "balanced": "true"}
    # The version stays what it was called first; both are its runs.
    assert document["run"] == "application_1715_0042" and [run["id"] for run in document["runs"]] == [dag]
    before = document
    spaced = json.dumps(dict(reversed(capture.items())), indent=4)
    assert governed.call("POST", CAPTURES, data=spaced, by="trainer", headers={"Content-Type": "application/json"}).ok
    assert shown(governed, "credit-risk") == before

    # A task that the orchestrator's run started says something else: shown, on top, with what to do. Both stay.
    emit(governed, run, "loans", ids[2], parent=dag)
    wait_until(lambda: ids[2] in inputs(shown(governed, "credit-risk")), what="the lineage")
    document = shown(governed, "credit-risk")
    assert inputs(document)[ids[2]] == ("declared", {"openlineage": "declared"})
    assert all(bound["pinned"] for bound in document["inputs"])
    [contradiction] = document["contradictions"]
    assert contradiction["name"] == "loans"
    assert {word["source"]: word["states"] for word in contradiction["words"]} == {
        "metrics-report": [str(ids[1])], "openlineage": [str(ids[2])], "platform": [str(ids[1])]}
    text = moraine("model", "show", "credit-risk@7")
    head = text[:text.index("Model version")]
    assert "CONTRADICTION" in head and f"openlineage says {ids[2]} (trainer)" in head and "moraine model withdraw credit-risk@7" in head
    assert "sandbox.loans" in text and "metrics-report" in text and "kubeflow" in text and dag in text
    # Withdrawn, it is none any more, and the same event does not bring it back.
    [wrong] = [bound["id"] for bound in document["inputs"] if bound["snapshot-id"] == ids[2]]
    moraine("model", "withdraw", "credit-risk@7", wrong, "--reason", "A later evaluation.", by="model_validator")
    scan(governed, "loans", report(ids[2], "application_1715_0042"))
    wait_until(lambda: len(shown(governed, "credit-risk")["gaps"]) == 2, what="the gaps")
    document = shown(governed, "credit-risk")
    assert {(gap["kind"], gap["source"]) for gap in document["gaps"]} == {("withdrawn", "openlineage"), ("withdrawn", "metrics-report")}
    assert list(inputs(document)) == [ids[1]]


def test_who_has_no_word_changes_nothing(governed, moraine):
    trades = table(governed, "trades")
    ids = [snapshot.snapshot_id for snapshot in trades.snapshots()]
    model(moraine, "pricing", "--regulated")
    run = str(uuid.uuid4())
    moraine("model", "version", "pricing@7", "--run", run)
    emit(governed, run, "trades", ids[0])
    wait_until(lambda: list(inputs(shown(governed, "pricing"))) == [ids[0]], what="the lineage")
    # Another scientist may read the table and say things; nothing is bound, pinned or contradicted by it.
    scan(governed, "trades", report(ids[1], "other", metadata={"run-id": run}), by="data_scientist")
    emit(governed, run, "trades", ids[2], by="data_scientist")
    # An engineer may report lineage and not even see the table: nobody learns of it, and nothing is noted.
    emit(governed, run, "trades", ids[1], by="data_engineer")
    wait_until(lambda: len(shown(governed, "pricing")["gaps"]) == 2, what="the gaps")
    # Last, somebody who counts, so that all of these have been looked at.
    scan(governed, "trades", report(ids[0], "other", metadata={"run-id": run}))
    wait_until(lambda: inputs(shown(governed, "pricing"))[ids[0]][0] == "corroborated", what="the report")
    document = shown(governed, "pricing")
    assert list(inputs(document)) == [ids[0]] and document["contradictions"] == []
    assert {(gap["kind"], gap["state"], gap["said-by"]) for gap in document["gaps"]} == {
        ("unconfirmed", str(ids[1]), "data_scientist"), ("unconfirmed", str(ids[2]), "data_scientist")}
    assert "moraine model bind pricing@7 --input sandbox.trades@" in document["gaps"][0]["reason"]
    pins = governed.call("GET", "/governance/v1/warehouses/main/namespaces/sandbox/tables/trades/pins").json()["pins"]
    assert [pin["snapshot-id"] for pin in pins] == [ids[0]]
    assert "unconfirmed" in moraine("model", "show", "pricing@7")


def test_who_may_capture(governed, moraine):
    loans = table(governed, "captured")
    model(moraine, "scoring")
    body = {"model": "scoring", "version": "1", "inputs": [{"warehouse": "main", "namespace": ["sandbox"], "name": "captured"}]}
    for by, status in [(None, 401), ("nobody", 404), ("data_scientist", 403), ("data_engineer", 403)]:
        assert governed.call("POST", CAPTURES, body, by=by).status_code == status, by
    for wrong, status in [({"model": "away"}, 404), ({"inputs": [{"location": "s3://away/t"}]}, 404), ({"version": "a b"}, 400),
                          ({"parameters": {"a": {}}}, 400), ({"runs": [{"id": ""}]}, 400), ({"inputs": [{"location": 1}]}, 400),
                          ({"runs": [{"id": "r", "started-at-ms": 2, "ended-at-ms": 1}]}, 400),
                          ({"inputs": [{"location": loans.location(), "ref": "a", "at-ms": 1}]}, 400)]:
        answer = governed.call("POST", CAPTURES, {**body, **wrong}, by="trainer")
        assert answer.status_code == status, f"{wrong}: {answer.text}"
    # A location tells nobody what is there: an administrator of nothing gets the words for what is not.
    assert governed.call("POST", CAPTURES, body, by="trainer").ok
    moraine("model", "retire", "scoring@1", "--reason", "Old.")
    assert governed.call("POST", CAPTURES, {**body, "metrics": {"a": 1}}, by="trainer").status_code == 422
    # What was told before is no change, and answered as before.
    assert governed.call("POST", CAPTURES, body, by="trainer").ok


def test_a_kill_loses_nothing_and_says_nothing_twice():
    postgres, folder = Postgres(), open_folder("moraine-evidence-")
    server = Server(["--dev", "--database-url", postgres.url, "--warehouse", f"main=file://{folder}/warehouse"], folder / "log").start()
    url = server.url

    def post(path, body):
        """As clients do: again, until somebody says that it was taken."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = requests.post(url + path, json=body, timeout=10)
                if answer.status_code < 500:
                    assert answer.ok, answer.text
                    return
            except requests.RequestException:
                pass
            time.sleep(0.05)
        raise AssertionError("nobody took it")

    def ask(sql):
        run = ["psql", "-XAt", "-d", postgres.url, "-c", sql]
        return subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()

    count = 30
    try:
        post("/v1/main/namespaces", {"namespace": ["sandbox"]})
        catalog = load_catalog("kill", uri=url, warehouse="main")
        rows = pa.table({"id": pa.array([1], pa.int64())})
        loans = catalog.create_table("sandbox.loans", rows.schema)
        for _ in range(3):
            loans.append(rows)
        ids = [snapshot.snapshot_id for snapshot in loans.refresh().snapshots()]
        post("/governance/v1/models", {"name": "m", "purpose": "Scores.", "regulated": True})

        def tell(number):
            """Three facts in an order that the number chooses; the version's own word among them."""
            run = str(uuid.uuid4())
            facts = [
                (CAPTURES, {"model": "m", "version": str(number), "run": f"app-{number}", "runs": [{"id": run}],
                            "inputs": [{"warehouse": "main", "namespace": ["sandbox"], "name": "loans", "snapshot-id": ids[0]}]}),
                ("/v1/main/namespaces/sandbox/tables/loans/metrics", report(ids[0], f"app-{number}")),
                ("/api/v1/lineage", {
                    "eventType": "COMPLETE", "eventTime": "2026-05-03T12:00:00Z", "producer": "https://example.com",
                    "run": {"runId": run}, "job": {"namespace": "n", "name": f"j-{number}"}, "outputs": [],
                    "inputs": [{"namespace": "main", "name": "sandbox.loans", "facets": {"version": {"datasetVersion": str(ids[1])}}}]}),
            ]
            for place in range(3):
                post(*facts[(place + number) % 3])

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            told = [pool.submit(tell, number) for number in range(count)]
            for _ in range(3):
                time.sleep(0.7)
                server.kill()
                server.restart()
            for future in told:
                future.result()
        wait_until(
            lambda: ask("SELECT (SELECT count(*) FROM evidence_queue) + (SELECT count(*) FROM lineage_queue)") == ["0"], timeout=90,
            what="the end of the queue")
        for number in range(count):
            document = requests.get(f"{url}/governance/v1/models/m/versions/{number}", timeout=30).json()
            assert inputs(document) == {
                ids[0]: ("corroborated", {"platform": "declared", "metrics-report": "observed"}),
                ids[1]: ("declared", {"openlineage": "declared"})}, number
            assert len(document["contradictions"]) == 1 and document["gaps"] == []
        # Each was told to the trail once: captures, and one binding or one more word for each of the two others.
        events = "SELECT count(*) FROM audit_events WHERE convert_from(canonical, 'UTF8') LIKE '%\"action\":\"{}\"%'"
        assert ask(events.format("capture-model-version")) == [str(count)]
        assert ask(events.format("bind-training-input")) == [str(2 * count)]
        assert ask("SELECT count(*) FROM pins") == [str(2 * count)]
    finally:
        server.stop()
        postgres.close()

"""From a scan to evidence: pyiceberg writes, scikit-learn trains, MLflow is told, Moraine takes it over and keeps what was read."""

import hashlib
import json
import os
import subprocess
import time

import mlflow
import pyarrow as pa
import pytest
from mlflow import MlflowClient
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import ForbiddenError
from sklearn.linear_model import LogisticRegression

import moraine_mlflow
from governed import Governed
from servers import BINARY, wait_until
from tracking import Tracking


@pytest.fixture(scope="module")
def governed():
    governed = Governed(environment={"MORAINE_MLFLOW_SECONDS": "1", "MORAINE_MLFLOW_NETWORKS": "127.0.0.1"})
    governed.add("mlflow", "data_scientist")
    governed.team("risk", "data_scientist", "mlflow")
    yield governed
    governed.close()


@pytest.fixture(scope="module")
def tracking(governed):
    """A tracking server that Moraine reads under the name `prod`."""
    server = Tracking()
    try:
        mlflow.set_tracking_uri(server.url)
        run(governed, "mlflow", "add", "prod", server.url, "--as", "service:mlflow", "--owner", "team:risk", "--tier", "high", by="root")
        yield server
    finally:
        server.close()


def run(governed, *arguments, by="data_scientist", fails=False):
    """What the command line says."""
    result = subprocess.run(
        [BINARY, *arguments, "--server", governed.url, "--warehouse", "main"], capture_output=True, text=True, timeout=60,
        env={**os.environ, "MORAINE_TOKEN": governed.tokens[by], "HOME": str(governed.folder)})
    assert (result.returncode != 0) == fails, f"{arguments}: {result.stdout}{result.stderr}"
    return result.stderr if fails else result.stdout


@pytest.fixture
def catalog(governed):
    return load_catalog(
        "story", uri=governed.url, warehouse="main", credential=governed.credentials["root"],
        **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})


def loans(*ids):
    columns = {"id": list(ids), "amount": [float(n % 17) for n in ids], "bad": [n % 3 == 0 for n in ids]}
    return pa.table(columns, pa.schema([("id", pa.int64()), ("amount", pa.float64()), ("bad", pa.bool_())]))


def table(catalog, name, snapshots=3):
    """A table of loans in the sandbox; each snapshot adds 50."""
    table = catalog.create_table(f"sandbox.{name}", loans().schema)
    for number in range(snapshots):
        table.append(loans(*range(number * 50, number * 50 + 50)))
    return table.refresh()


def train(scan, name, meanwhile=lambda: None):
    """Trains on a scan and registers the model; the run's id."""
    with mlflow.start_run() as run:
        frame = scan.to_pandas()
        mlflow.log_input(moraine_mlflow.from_iceberg(scan), context="training")
        mlflow.log_param("C", 1.0)
        meanwhile()
        model = LogisticRegression().fit(frame[["amount"]], frame["bad"])
        mlflow.log_metric("accuracy", model.score(frame[["amount"]], frame["bad"]))
        mlflow.set_tag("mlflow.source.git.commit", "4f1c2e")
        mlflow.sklearn.log_model(model, name="model", registered_model_name=name, pip_requirements=["scikit-learn"])
    return run.info.run_id


def version(governed, name):
    """A version as the command line shows it; None while it is not there."""
    model, number = name.split("@")
    answer = governed.call("GET", f"/governance/v1/models/{model}/versions/{number}")
    return answer.json() if answer.ok else None


def captured(governed, name, condition=lambda version: True):
    return wait_until(lambda: (found := version(governed, name)) and condition(found) and found, what=f"{name} to be taken over")


def digests(scan):
    """SHA-256 of each data file of a scan, by its path."""
    return {
        task.file.file_path: hashlib.sha256(open(task.file.file_path.removeprefix("file://"), "rb").read()).hexdigest()
        for task in scan.plan_files()}


def test_what_a_model_was_trained_on_is_captured_and_kept(governed, tracking, catalog):
    lake = table(catalog, "loans")
    ids = [snapshot.snapshot_id for snapshot in lake.snapshots()]
    trained = ids[-1]
    scan = lake.scan(row_filter="amount > 2", selected_fields=("amount", "bad"))
    rows, files = scan.to_arrow(), digests(scan)
    assert len(files) == 3 and rows.num_rows > 100

    def move_on():
        writer = catalog.load_table("sandbox.loans")
        writer.append(loans(1_000, 1_001))
        writer.overwrite(loans(*range(2_000, 2_010)))
        writer.delete("id < 2005")

    run_id = train(scan, "credit-risk", move_on)
    moved = catalog.load_table("sandbox.loans")
    assert moved.current_snapshot().snapshot_id not in ids and moved.scan().to_arrow().num_rows == 5

    # Taken over: which run, and exactly which rows of which snapshot.
    found = captured(governed, "credit-risk@1")
    assert found["run"] == run_id and found["source"] == "mlflow:prod/credit-risk/1" and found["code-reference"] == "git:4f1c2e"
    assert found["parameters"]["C"] == "1.0" and float(found["metrics"]["accuracy"]) > 0.5 and found["stage"] == "development"
    assert found["mlflow"]["gaps"] == [] and found["created-by"] == "mlflow"
    [bound] = found["inputs"]
    assert (bound["namespace"], bound["name"], bound["snapshot-id"], bound["role"]) == (["sandbox"], "loans", trained, "train")
    assert bound["columns"] == ["amount", "bad"] and json.loads(bound["row-filter"])["type"] == "gt" and bound["asked-for"] == "ref main"
    assert bound["record-count"] == 150 and bound["grade"] == "declared" and not bound["pinned"]
    [evidence] = bound["evidence"]
    assert evidence["source"] == "mlflow" and evidence["details"]["run"] == run_id and evidence["details"]["context"] == "training"
    model = governed.call("GET", "/governance/v1/models/credit-risk").json()
    assert (model["owner"], model["risk-tier"], model["regulated"]) == ("team:risk", "high", False)
    shown = run(governed, "model", "show", "credit-risk@1")
    assert str(trained) in shown and "prod: credit-risk@1" in shown and run_id in shown

    # Regulated, it is pinned, and tagged for engines.
    run(governed, "model", "update", "credit-risk", "--regulated")
    assert version(governed, "credit-risk@1")["inputs"][0]["pinned"]
    tag = "moraine.model.credit-risk.1"
    assert moved.refresh().metadata.refs[tag].snapshot_id == trained

    # Whatever is tried, by whom: it stays, and the refusal names the version.
    path = "/v1/main/namespaces/sandbox/tables/loans"

    def commit(*updates):
        return governed.call("POST", path, {"requirements": [], "updates": list(updates)})

    def refused(answer):
        assert answer.status_code == 403 and answer.json()["error"]["type"] == "ForbiddenException", answer.text
        assert "credit-risk" in answer.text, answer.text

    with pytest.raises((ForbiddenError, ValueError)):
        moved.maintenance.expire_snapshots().by_id(trained).commit()
    remove = {"action": "remove-snapshots", "snapshot-ids": [trained]}
    remove_tag = {"action": "remove-snapshot-ref", "ref-name": tag}
    move_tag = {"action": "set-snapshot-ref", "ref-name": tag, "type": "tag", "snapshot-id": ids[0]}
    back = {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": ids[0]}
    for updates in [[remove], [remove_tag], [move_tag], [remove_tag, remove], [move_tag, remove], [back, remove], [back, remove_tag, remove]]:
        refused(commit(*updates))
    refused(governed.call("POST", "/v1/main/transactions/commit", {"table-changes": [{
        "identifier": {"namespace": ["sandbox"], "name": "loans"}, "requirements": [], "updates": [back, remove]}]}))
    refused(governed.call("DELETE", path))
    refused(governed.call("DELETE", f"{path}?purgeRequested=true"))
    refused(governed.call("POST", f"{path}/unregister"))
    with pytest.raises(ForbiddenError, match="credit-risk@1"):
        catalog.purge_table("sandbox.loans")
    other = table(catalog, "other", 1)
    refused(governed.call("POST", "/v1/main/namespaces/sandbox/register", {
        "name": "loans", "metadata-location": other.metadata_location, "overwrite": True}))
    # A namespace goes only when nothing is in it, which cannot be.
    assert governed.call("DELETE", "/v1/main/namespaces/sandbox").status_code == 409

    # Everything around it may go: pyiceberg's own expiry of all that is old, a rollback, more data.
    expiry = moved.refresh().maintenance.expire_snapshots()
    for one in ids[:-1]:
        expiry = expiry.by_id(one)
    expiry.commit()
    left = [snapshot.snapshot_id for snapshot in moved.refresh().snapshots()]
    assert trained in left and not set(ids[:-1]) & set(left)
    assert commit({**back, "snapshot-id": trained}).ok
    moved.refresh().overwrite(loans(1))

    # Read again by what MLflow recorded: the same rows of the same files, byte for byte.
    after = catalog.load_table("sandbox.loans")
    again = after.scan(snapshot_id=trained, row_filter="amount > 2", selected_fields=("amount", "bad"))
    assert again.to_arrow().equals(rows) and digests(again) == files
    [given] = MlflowClient().get_run(run_id).inputs.dataset_inputs
    assert mlflow.data.get_source(given).load(catalog=catalog).equals(rows)


def test_later_versions_come_too_and_renamed_tables_are_found(governed, tracking, catalog):
    lake = table(catalog, "renamed", 1)
    train(lake.scan(), "renaming")
    first = lake.current_snapshot().snapshot_id
    captured(governed, "renaming@1")
    lake.append(loans(500, 501))
    second = lake.refresh().current_snapshot().snapshot_id
    train(lake.scan(), "renaming", lambda: catalog.rename_table("sandbox.renamed", "sandbox.called_otherwise"))
    found = captured(governed, "renaming@2")
    assert [(one["name"], one["snapshot-id"]) for one in found["inputs"]] == [("called_otherwise", second)]
    assert version(governed, "renaming@1")["inputs"][0]["snapshot-id"] == first
    # An alias changes no version in MLflow, and comes nevertheless; its stage stays ours.
    MlflowClient().set_registered_model_alias("renaming", "champion", "2")
    captured(governed, "renaming@2", lambda one: one["mlflow"]["aliases"] == ["champion"])
    assert "called champion" in run(governed, "model", "show", "renaming@2")
    # Read from the beginning, nothing is there twice.
    before = version(governed, "renaming@2")
    run(governed, "mlflow", "poll", "prod", "--all", by="root")
    polled = json.loads(run(governed, "mlflow", "show", "prod", "-o", "json", by="root")).get("polled-at-ms", 0)
    wait_until(lambda: json.loads(run(governed, "mlflow", "show", "prod", "-o", "json", by="root")).get("polled-at-ms", 0) > polled)
    after = version(governed, "renaming@2")
    for one in (before, after):
        one["mlflow"].pop("seen-at-ms")
    assert after == before


def test_what_is_not_known_is_said(governed, tracking, catalog):
    """Gaps are shown, and close when what hindered is gone."""
    with mlflow.start_run() as started:
        frame = loans(1, 2, 3).to_pandas()
        mlflow.log_input(mlflow.data.from_pandas(frame, source="/tmp/loans.csv"), context="training")
        mlflow.set_tags({"feast.feature_service": "scoring", "feast.feature_views": "customer_payments", "feast.project": "shop"})
        mlflow.sklearn.log_model(
            LogisticRegression().fit(frame[["amount"]], frame["bad"]), name="model", registered_model_name="Unknown Origin",
            pip_requirements=["scikit-learn"])
    found = captured(governed, "Unknown-Origin@1")
    assert found["inputs"] == [] and found["mlflow"]["model"] == "Unknown Origin"
    assert found["mlflow"]["features"] == {
        "project": "shop", "service": "scoring", "views": ["customer_payments"], "references": []}
    [dataset, features] = found["mlflow"]["gaps"]
    assert "/tmp/loans.csv" in dataset and started.info.run_id in dataset and "customer_payments" in features
    shown = run(governed, "model", "show", "Unknown-Origin@1")
    assert "Not known" in shown and "/tmp/loans.csv" in shown and "service scoring" in shown
    assert "Unknown Origin@1" in run(governed, "mlflow", "show", "prod", by="root")

    # Once the feature views are known, so are the tables that they come from.
    payments = table(catalog, "payments", 1)
    registry = {"project": "shop", "featureViews": [{"spec": {
        "name": "customer_payments", "batchSource": {"type": "BATCH_SPARK", "name": "p", "sparkOptions": {"table": "sandbox.payments"}}}}]}
    assert governed.call("POST", "/v1/main/namespaces", {"namespace": ["shop"]}).ok
    answer = governed.call("POST", "/governance/v1/warehouses/main/feature-imports", {"registry": registry, "namespace": ["shop"]})
    assert answer.ok, answer.text
    run(governed, "mlflow", "poll", "prod", by="root")
    found = captured(governed, "Unknown-Origin@1", lambda one: "no snapshot is known" in str(one["mlflow"]["gaps"]))
    # The table was not there yet when the run began.
    assert found["inputs"] == [] and "sandbox.payments, and no snapshot is known" in found["mlflow"]["gaps"][1]
    with mlflow.start_run():
        mlflow.set_tags({"feast.feature_refs": "customer_payments:amount", "feast.project": "shop"})
        mlflow.sklearn.log_model(
            LogisticRegression().fit(frame[["amount"]], frame["bad"]), name="model", registered_model_name="featured",
            pip_requirements=["scikit-learn"])
    [bound] = captured(governed, "featured@1")["inputs"]
    assert (bound["name"], bound["snapshot-id"], bound["grade"]) == ("payments", payments.current_snapshot().snapshot_id, "inferred")
    assert bound["evidence"][0]["details"]["feature-view"] == "customer_payments"

    # A table that the service may not see is no input, until it may.
    engineers = load_catalog(
        "raw", uri=governed.url, warehouse="main", credential=governed.credentials["data_engineer"],
        **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})
    hidden = engineers.create_table("landing.hidden", loans().schema)
    hidden.append(loans(*range(60)))
    train(hidden.scan(), "hiding")
    found = captured(governed, "hiding@1")
    assert found["inputs"] == [] and "service:mlflow may not see it" in found["mlflow"]["gaps"][0]
    run(governed, "grant", "see", "on", "table", "landing.hidden", "to", "service:mlflow", by="root")
    run(governed, "mlflow", "poll", "prod", by="root")
    found = captured(governed, "hiding@1", lambda one: one["inputs"])
    assert found["mlflow"]["gaps"] == [] and found["inputs"][0]["snapshot-id"] == hidden.current_snapshot().snapshot_id
    assert "hiding@1" not in run(governed, "mlflow", "show", "prod", by="root")


def test_a_table_named_by_its_place_is_inferred_from_the_time(governed, tracking, catalog):
    lake = table(catalog, "placed", 2)
    time.sleep(0.01)
    frame = lake.scan().to_pandas()
    with mlflow.start_run():
        mlflow.log_input(mlflow.data.from_pandas(frame, source=lake.location()), context="validation")
        mlflow.sklearn.log_model(
            LogisticRegression().fit(frame[["amount"]], frame["bad"]), name="model", registered_model_name="placing",
            pip_requirements=["scikit-learn"])
    lake.append(loans(900))
    [bound] = captured(governed, "placing@1", lambda one: one["inputs"])["inputs"]
    assert (bound["name"], bound["role"], bound["grade"]) == ("placed", "validate", "inferred")
    assert bound["snapshot-id"] == lake.snapshots()[1].snapshot_id


def test_models_of_others_wait_for_the_right_to_change_them(governed, tracking, catalog):
    lake = table(catalog, "foreign", 1)
    governed.add("somebody", "data_scientist")
    run(governed, "model", "create", "foreign", "--purpose", "Another's", "--regulated", by="somebody")
    train(lake.scan(), "foreign")
    waiting = wait_until(lambda: [
        one for one in json.loads(run(governed, "mlflow", "show", "prod", "-o", "json", by="root"))["waiting"] if one["model"] == "foreign"])
    assert "mlflow may not" in waiting[0]["reason"]
    assert version(governed, "foreign@1") is None
    run(governed, "grant", "define", "on", "model", "foreign", "to", "service:mlflow", by="root")
    run(governed, "mlflow", "poll", "prod", by="root")
    [bound] = captured(governed, "foreign@1")["inputs"]
    # Regulated before, it is pinned and tagged as it is bound.
    assert bound["name"] == "foreign" and bound["pinned"]
    wait_until(lambda: "moraine.model.foreign.1" in lake.refresh().metadata.refs)
    assert governed.call("DELETE", "/v1/main/namespaces/sandbox/tables/foreign").status_code == 403


def test_a_server_that_does_not_answer_says_so(governed, tracking):
    def refused(*arguments):
        return run(governed, "mlflow", "add", *arguments, "--as", "service:mlflow", by="root", fails=True)

    assert "MORAINE_MLFLOW_NETWORKS" in refused("inside", "https://10.1.2.3")
    assert "MORAINE_MLFLOW_NETWORKS" in refused("clear", "http://93.184.215.14")
    assert "must not hold a user" in refused("secret", "http://me:secret@127.0.0.1")
    assert "may not make models" in run(
        governed, "mlflow", "add", "nobody", tracking.url, "--as", "service:nobody", by="root", fails=True)
    assert "may not change models of service:mlflow" in run(
        governed, "mlflow", "add", "other", tracking.url, "--as", "service:data_scientist", "--owner", "service:mlflow", by="root",
        fails=True)
    assert "may not" in run(governed, "mlflow", "add", "mine", tracking.url, "--as", "service:mlflow", fails=True)
    assert run(governed, "mlflow", "list", by="auditor").count("prod") == 1

    run(governed, "mlflow", "add", "away", "http://127.0.0.1:1", "--as", "service:mlflow", "--secret", "away", by="root")
    failing = lambda text: wait_until(lambda: text in (shown := run(governed, "mlflow", "show", "away", by="root")) and shown)
    assert "MORAINE_MLFLOW_SECRET_AWAY" in failing("Failing since")
    run(governed, "mlflow", "remove", "away", "--yes", by="root")
    run(governed, "mlflow", "add", "away", "http://127.0.0.1:1", "--as", "service:mlflow", by="root")
    assert "See that it runs" in failing("could not be reached")
    run(governed, "mlflow", "remove", "away", "--yes", by="root")

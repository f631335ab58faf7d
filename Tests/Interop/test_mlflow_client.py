"""What runs say they were trained on: `moraine-mlflow` with the stock MLflow client and a real tracking server."""

import json

import mlflow
import pyarrow as pa
import pytest
import requests
from mlflow import MlflowClient
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.types import StringType
from sklearn.linear_model import LogisticRegression

import moraine_mlflow
from tracking import Tracking

LOANS = pa.table({"id": pa.array(range(100), pa.int64()), "amount": [float(n % 17) for n in range(100)], "bad": [n % 3 == 0 for n in range(100)]})
MORE = pa.table({"id": pa.array(range(100, 130), pa.int64()), "amount": [1.0] * 30, "bad": [False] * 30})


@pytest.fixture(scope="module")
def tracking():
    """An MLflow server on SQLite; its address. One for all tests: it takes seconds to start."""
    server = Tracking()
    try:
        mlflow.set_tracking_uri(server.url)
        yield server.url
    finally:
        server.close()


@pytest.fixture
def loans(catalog, namespace):
    table = catalog.create_table(f"{namespace}.loans", LOANS.schema)
    table.append(LOANS)
    return table


def bytes_of(rows):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    return sink.getvalue().to_pybytes()


def recorded(run_id):
    """The inputs of a run as MLflow's client reads them back: contexts and sources."""
    inputs = MlflowClient().get_run(run_id).inputs.dataset_inputs
    return {next(tag.value for tag in given.tags if tag.key == "mlflow.data.context"): mlflow.data.get_source(given) for given in inputs}


def test_a_scan_is_read_again_byte_for_byte(tracking, server, loans):
    training = loans.scan(row_filter="id < 80 and amount > 2", selected_fields=("amount", "bad"))
    rows = training.to_arrow()
    with mlflow.start_run() as run:
        mlflow.log_input(moraine_mlflow.from_iceberg(training), context="training")
        mlflow.log_input(moraine_mlflow.from_iceberg(loans.scan(row_filter="id >= 80")), context="validation")
    before = bytes_of(rows)
    loans.append(MORE)
    loans.delete("id < 10")
    with loans.update_schema() as update:
        update.rename_column("bad", "defaulted")
        update.add_column("region", StringType())
    source = recorded(run.info.run_id)["training"]
    assert bytes_of(source.load()) == before
    assert recorded(run.info.run_id)["validation"].load()["id"].to_pylist() == list(range(80, 100))
    # As others read it, from the server's own answer.
    answer = requests.get(f"{tracking}/api/2.0/mlflow/runs/get", params={"run_id": run.info.run_id}, timeout=60).json()
    dataset = next(given["dataset"] for given in answer["run"]["inputs"]["dataset_inputs"] if given["tags"][0]["value"] == "training")
    assert dataset["source_type"] == "iceberg" and dataset["name"] == ".".join(loans.name()) and len(dataset["digest"]) == 32
    told = json.loads(dataset["source"])
    assert told["snapshot_id"] == str(source.snapshot_id) and told["identifier"] == list(loans.name())
    assert told["catalog_uri"] == server.url and told["warehouse"] == "main" and told["table_uuid"] == str(loans.metadata.table_uuid)
    assert json.loads(dataset["profile"])["num_rows"] == 100
    assert [column["name"] for column in json.loads(dataset["schema"])["mlflow_colspec"]] == ["amount", "bad"]


def test_branches_and_tags_are_snapshots_once_recorded(tracking, loans):
    first = loans.current_snapshot().snapshot_id
    loans.manage_snapshots().create_tag(first, "q1").create_branch(first, "dev").commit()
    with mlflow.start_run() as run:
        mlflow.log_input(moraine_mlflow.from_iceberg(loans, ref="q1"), context="training")
        mlflow.log_input(moraine_mlflow.from_iceberg(loans.scan(row_filter="bad = true").use_ref("dev"), ref="dev"), context="testing")
    loans.append(MORE, branch="dev")
    loans.manage_snapshots().remove_tag("q1").commit()
    sources = recorded(run.info.run_id)
    assert {context: (source.ref, source.snapshot_id) for context, source in sources.items()} == {
        "training": ("q1", first), "testing": ("dev", first)}
    assert sources["training"].load() == LOANS and sources["testing"].load().num_rows == 34


def test_a_model_knows_its_dataset(tracking, loans):
    """The way from a model version back to the snapshot, with a model that was really trained on it."""
    scan = loans.scan()
    frame = scan.to_pandas()
    name = "credit-" + loans.name()[0]
    with mlflow.start_run() as run:
        dataset = mlflow.data.from_pandas(frame, source=scan, targets="bad", name="loans")
        mlflow.log_input(dataset, context="training")
        mlflow.set_tags({"feast.feature_service": "scoring", "feast.feature_views": "customer_payments"})
        model = LogisticRegression().fit(frame[["amount"]], frame["bad"])
        mlflow.sklearn.log_model(
            model, name="model", registered_model_name=name, pip_requirements=["scikit-learn"])
    loans.append(MORE)
    version = MlflowClient().get_model_version(name, "1")
    found = MlflowClient().get_run(version.run_id)
    assert found.info.run_id == run.info.run_id
    # Ours leaves what Feast says alone.
    assert {key: value for key, value in found.data.tags.items() if key.startswith("feast.")} == {
        "feast.feature_service": "scoring", "feast.feature_views": "customer_payments"}
    source = recorded(version.run_id)["training"]
    assert source.snapshot_id == scan.snapshot().snapshot_id and source.load() == LOANS


def test_another_table_of_the_same_name_is_not_it(tracking, catalog, loans):
    with mlflow.start_run() as run:
        mlflow.log_input(moraine_mlflow.from_iceberg(loans), context="training")
    catalog.drop_table(loans.name())
    source = recorded(run.info.run_id)["training"]
    with pytest.raises(NoSuchTableError):
        source.load()
    catalog.create_table(loans.name(), LOANS.schema).append(LOANS)
    with pytest.raises(ValueError, match="is another than the one that was read"):
        source.load()

"""Makes the answers beside this file with a real MLflow server (.venv of the tests).

Usage: python make.py FOLDER
"""

import math
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import mlflow
import pandas as pd
import pyarrow as pa
import requests
from mlflow import MlflowClient
from mlflow.data.delta_dataset_source import DeltaDatasetSource
from mlflow.data.http_dataset_source import HTTPDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.data.spark_dataset_source import SparkDatasetSource
from pyiceberg.catalog.sql import SqlCatalog
from sklearn.linear_model import LogisticRegression

from moraine_mlflow import from_iceberg

out = pathlib.Path(sys.argv[1])
folder = tempfile.mkdtemp()
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
address = f"http://127.0.0.1:{port}"
server = subprocess.Popen(
    [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination",
     f"{folder}/artifacts", "--port", str(port), "--workers", "1"],
    start_new_session=True, cwd=folder, env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"})


def write(name, path, /, **parameters):
    answer = requests.get(f"{address}/api/2.0/mlflow/{path}", params=parameters, timeout=60)
    text = answer.text.replace(folder, "/home/mlflow")
    (out / f"{name}.json").write_text(text if text.endswith("\n") else text + "\n")
    print(name, answer.status_code, len(text))
    return answer.json()


try:
    while True:
        try:
            requests.get(f"{address}/health", timeout=1)
            break
        except requests.ConnectionError:
            time.sleep(0.2)
    mlflow.set_tracking_uri(address)
    client = MlflowClient()
    catalog = SqlCatalog("moraine", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/warehouse")
    catalog.create_namespace("risk")
    loans = catalog.create_table("risk.loans", pa.schema([("id", pa.int64()), ("amount", pa.float64()), ("bad", pa.bool_())]))
    loans.append(pa.table({"id": [1, 2, 3, 4], "amount": [1.0, 2.0, 3.0, 4.0], "bad": [False, True, False, True]}))
    loans.manage_snapshots().create_tag(loans.current_snapshot().snapshot_id, "holdout").commit()
    mlflow.set_experiment("credit")
    with mlflow.start_run(run_name="training") as run:
        scan = loans.scan(row_filter="id < 4", selected_fields=("amount", "bad"))
        mlflow.log_input(from_iceberg(scan), context="training")
        mlflow.log_input(from_iceberg(loans, ref="holdout"), context="validation")
        mlflow.log_input(MetaDataset(HTTPDatasetSource("https://example.com/loans.csv"), name="web"), context="testing")
        mlflow.log_input(MetaDataset(DeltaDatasetSource(path="s3://lake/delta/loans", delta_table_version=7), name="delta"), context="eval")
        mlflow.log_input(MetaDataset(SparkDatasetSource(table_name="curated.loans"), name="spark"), context="reference")
        frame = scan.to_pandas()
        frame.to_csv(f"{folder}/loans.csv")
        mlflow.log_input(mlflow.data.from_pandas(frame, source=f"{folder}/loans.csv", name="local"))
        mlflow.log_input(mlflow.data.from_pandas(pd.DataFrame({"x": [1.5]}), source="s3://lake/files/loans.parquet", name="s3"), context="training")
        mlflow.log_params({"C": 0.5, "solver": "lbfgs"})
        mlflow.log_metrics({"auc": 0.75, "nothing": math.nan, "much": math.inf, "little": -math.inf, "rows": 3})
        mlflow.set_tags({
            "mlflow.source.git.commit": "0f3c1a", "mlflow.docker.image.uri": "registry.example.com/train", "mlflow.docker.image.id": "sha256:9d2f",
            "feast.project": "credit", "feast.retrieval_type": "historical", "feast.feature_service": "scoring",
            "feast.feature_views": "customer_payments,customer_balances",
            "feast.feature_refs": "customer_payments:total,customer_balances:balance", "feast.entity_count": "3"})
        model = mlflow.sklearn.log_model(
            LogisticRegression(C=0.5).fit(frame[["amount"]], frame["bad"]), name="model", registered_model_name="credit-risk",
            serialization_format="cloudpickle", pip_requirements=["scikit-learn"])
    with mlflow.start_run(run_name="evaluation") as evaluation:
        holdout = from_iceberg(loans.scan(row_filter="id = 4"), name="holdout")
        mlflow.log_input(holdout, context="evaluation")
        mlflow.log_metrics({"accuracy": 0.5}, dataset=holdout, model_id=model.model_id)
    with mlflow.start_run(run_name="gone") as gone:
        pass
    client.create_model_version("credit-risk", f"runs:/{gone.info.run_id}/model", gone.info.run_id)
    client.create_model_version("credit-risk", "s3://lake/models/other", description="Brought from elsewhere")
    client.create_registered_model("empty", tags={"team": "risk"})
    client.set_registered_model_alias("credit-risk", "champion", "1")
    client.set_registered_model_alias("credit-risk", "newest", "3")
    client.set_model_version_tag("credit-risk", "1", "validated", "yes")
    client.transition_model_version_stage("credit-risk", "1", "Production")
    client.delete_run(gone.info.run_id)
    write("registered-models", "registered-models/search", max_results=10)
    token = write("versions-1", "model-versions/search", max_results=2, order_by="last_updated_timestamp DESC")["next_page_token"]
    write("versions-2", "model-versions/search", max_results=2, order_by="last_updated_timestamp DESC", page_token=token)
    write("version", "model-versions/get", name="credit-risk", version="1")
    write("version-elsewhere", "model-versions/get", name="credit-risk", version="3")
    write("version-missing", "model-versions/get", name="credit-risk", version="9")
    write("run", "runs/get", run_id=run.info.run_id)
    write("run-evaluation", "runs/get", run_id=evaluation.info.run_id)
    write("run-deleted", "runs/get", run_id=gone.info.run_id)
    write("run-missing", "runs/get", run_id="0" * 32)
    write("logged-model", f"logged-models/{model.model_id}")
    write("logged-model-missing", "logged-models/m-0000")
finally:
    os.killpg(server.pid, signal.SIGTERM)

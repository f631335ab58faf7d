"""Makes the documents beside this file with Feast 0.67 (pip install 'feast==0.67.0').

A small repository is applied, and its registry is written in each form that people have it in:
  dump.json       what `feast registry-dump` prints
  registry.json   the registry's protobuf message as JSON
  preserved.json  the same with the names of the .proto files and with numbers for enums
Usage: python make.py FOLDER
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from feast.protos.feast.core.Registry_pb2 import Registry
from google.protobuf.json_format import MessageToDict

CONFIGURATION = """\
project: credit
provider: local
registry: registry.db
online_store:
  type: sqlite
  path: online.db
offline_store:
  type: file
entity_key_serialization_version: 3
"""

DEFINITIONS = '''\
from datetime import timedelta

import pandas as pd
from feast import Entity, FeatureService, FeatureView, Field, FileSource, KafkaSource, Project, PushSource, RequestSource, SnowflakeSource, ValueType
from feast.data_format import DeltaFormat, JsonFormat, ParquetFormat
from feast.infra.offline_stores.contrib.spark_offline_store.spark_source import SparkSource
from feast.on_demand_feature_view import on_demand_feature_view
from feast.stream_feature_view import stream_feature_view
from feast.types import Array, Bool, Float32, Float64, Int64, String, UnixTimestamp

project = Project(name="credit", description="Scores of borrowers", owner="risk@example.com")

customer = Entity(
    name="customer", join_keys=["customer_id"], value_type=ValueType.INT64, description="Who borrows",
    tags={"domain": "risk"}, owner="risk@example.com",
)
merchant = Entity(name="merchant", join_keys=["merchant_key"], value_type=ValueType.STRING)

payments = FileSource(
    name="payments", path="payments.parquet", timestamp_field="paid_at", created_timestamp_column="loaded_at",
    description="One line a payment", owner="payments@example.com", tags={"tier": "gold"}, file_format=ParquetFormat(),
)
balances = SparkSource(name="balances", table="main.curated.balances", timestamp_field="as_of")
visits = SparkSource(
    name="visits", query="SELECT * FROM main.raw.visits WHERE ok", timestamp_field="seen_at", created_timestamp_column="written_at",
    field_mapping={"mid": "merchant_key"},
)
ratings = SnowflakeSource(name="ratings", database="ICE", schema="CURATED", table="RATINGS", timestamp_field="rated_at")
clicks_push = PushSource(name="clicks_push", batch_source=payments)
clicks = KafkaSource(
    name="clicks", kafka_bootstrap_servers="broker:9092", topic="clicks", timestamp_field="clicked_at", batch_source=balances,
    message_format=JsonFormat(schema_json="customer_id long, clicked_at timestamp, n long"),
    watermark_delay_threshold=timedelta(minutes=5),
)
asked = RequestSource(name="asked", schema=[Field(name="amount", dtype=Float64)])

customer_payments = FeatureView(
    name="customer_payments", entities=[customer], ttl=timedelta(days=1),
    schema=[
        Field(name="customer_id", dtype=Int64),
        Field(name="total", dtype=Float64, description="Euro, thirty days", tags={"pii": "no"}),
        Field(name="last_amounts", dtype=Array(Float32)),
    ],
    source=payments, tags={"team": "risk"}, description="Payments by customer", owner="risk@example.com", online=True,
)
customer_balances = FeatureView(
    name="customer_balances", entities=[customer],
    schema=[Field(name="balance", dtype=Float64), Field(name="is_overdrawn", dtype=Bool), Field(name="opened", dtype=UnixTimestamp)],
    source=balances, online=False,
)
merchant_visits = FeatureView(
    name="merchant_visits", entities=[merchant, customer], ttl=timedelta(hours=36, seconds=1),
    schema=[Field(name="visits", dtype=Int64), Field(name="city", dtype=String)], source=visits,
)
merchant_ratings = FeatureView(name="merchant_ratings", entities=[merchant], schema=[Field(name="stars", dtype=Float32)], source=ratings)
pushed = FeatureView(name="pushed", entities=[customer], schema=[Field(name="pushes", dtype=Int64)], source=clicks_push)


@on_demand_feature_view(
    sources=[customer_balances, asked], schema=[Field(name="share", dtype=Float64)], description="Of the balance", owner="risk@example.com"
)
def amount_share(inputs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"share": inputs["amount"] / inputs["balance"]})


@stream_feature_view(
    entities=[customer], ttl=timedelta(days=2), mode="python", schema=[Field(name="n", dtype=Int64)], timestamp_field="clicked_at",
    online=True, source=clicks,
)
def customer_clicks(df):
    return df


scoring = FeatureService(
    name="scoring", features=[customer_payments[["total"]], customer_balances, amount_share], tags={"model": "credit-risk"},
    description="What the score is made from", owner="risk@example.com",
)
'''


def without_bodies(value):
    """Without the compiled bodies of functions, which are long and nobody reads, and without the history of versions, which holds them, too."""
    if isinstance(value, list):
        return [without_bodies(item) for item in value]
    if isinstance(value, dict):
        return {k: without_bodies(v) for k, v in value.items() if k not in ("body", "featureViewVersionHistory", "feature_view_version_history")}
    return value


def write(name, document):
    document = without_bodies(document)
    text = json.dumps(document, indent=1, sort_keys=True).replace(folder, "/repository")
    (out / name).write_text(text + "\n")
    print(name, len(text))


out = pathlib.Path(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    repository = pathlib.Path(folder)
    (repository / "feature_store.yaml").write_text(CONFIGURATION)
    (repository / "definitions.py").write_text(DEFINITIONS)
    feast = pathlib.Path(sys.executable).parent / "feast"
    subprocess.run([feast, "-c", folder, "apply", "--skip-source-validation"], check=True, stdout=subprocess.DEVNULL)
    dump = subprocess.run([feast, "-c", folder, "registry-dump"], check=True, stdout=subprocess.PIPE, text=True).stdout
    write("dump.json", json.loads(dump[dump.index("{") :]))
    registry = Registry.FromString((repository / "registry.db").read_bytes())
    write("registry.json", MessageToDict(registry))
    write("preserved.json", MessageToDict(registry, preserving_proto_field_name=True, use_integers_for_enums=True))

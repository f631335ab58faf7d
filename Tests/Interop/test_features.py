"""A Feast repository, made by the real package, imported: views, entities and features, and sources linked to our tables.

Feast wants older versions of packages that pyiceberg and others here have newer (tenacity, python-dateutil), and brings fifty more: it
lives in an environment of its own, made from feast-requirements.txt the first time and kept in `.build`.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from servers import BINARY, ROOT, wait_until

REQUIREMENTS = pathlib.Path(__file__).with_name("feast-requirements.txt")

CONFIGURATION = """\
project: {project}
provider: local
registry: registry.db
online_store: {{type: sqlite, path: online.db}}
offline_store: {{type: file}}
entity_key_serialization_version: 3
"""

DEFINITIONS = '''\
from datetime import timedelta

import pandas as pd
from feast import Entity, FeatureService, FeatureView, Field, FileSource, KafkaSource, RequestSource, ValueType
from feast.data_format import JsonFormat
from feast.infra.data_sources.contrib.iceberg_catalog.iceberg_source import IcebergSource
from feast.infra.offline_stores.contrib.spark_offline_store.spark_source import SparkSource
from feast.on_demand_feature_view import on_demand_feature_view
from feast.stream_feature_view import stream_feature_view
from feast.types import Float32, Float64, Int64, String

customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64, description="Who borrows")
nobody = Entity(name="nobody", join_keys=["nobody_id"], value_type=ValueType.INT64)

payments = FileSource(name="payments", path="{file}", timestamp_field="paid_at", created_timestamp_column="loaded_at")
elsewhere = FileSource(name="elsewhere", path="{other}", timestamp_field="paid_at")
balances = SparkSource(name="balances", table="{namespace}.balances", timestamp_field="as_of")
ratings = IcebergSource(name="ratings", warehouse="main", namespace="{namespace}", table="ratings", timestamp_field="rated_at")
clicks = KafkaSource(
    name="clicks", kafka_bootstrap_servers="broker:9092", topic="clicks", timestamp_field="clicked_at", batch_source=balances,
    message_format=JsonFormat(schema_json="customer_id long, clicked_at timestamp, n long"),
)
asked = RequestSource(name="asked", schema=[Field(name="amount", dtype=Float64)])

customer_payments = FeatureView(
    name="customer_payments", entities=[customer], ttl=timedelta(days={days}), online=True, source=payments, owner="risk",
    description="Payments by customer", tags={{"tier": "gold"}},
    schema=[
        Field(name="customer_id", dtype=Int64),
        Field(name="total", dtype=Float64, description="Euro in thirty days", tags={{"unit": "euro"}}),
        {field}
    ],
)
customer_visits = FeatureView(
    name="customer_visits", entities=[customer], source=elsewhere, online=False, schema=[Field(name="visits", dtype=Int64)]
)
customer_balances = FeatureView(
    name="customer_balances", entities=[customer], source=balances, schema=[Field(name="balance", dtype=Float64)]
)
customer_ratings = FeatureView(name="customer_ratings", entities=[customer], source=ratings, schema=[Field(name="stars", dtype=Float32)])


@on_demand_feature_view(sources=[customer_balances, asked], schema=[Field(name="share", dtype=Float64)])
def amount_share(inputs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({{"share": inputs["amount"] / inputs["balance"]}})


@stream_feature_view(
    entities=[customer], ttl=timedelta(hours=2), mode="python", schema=[Field(name="clicked", dtype=Int64)], timestamp_field="clicked_at",
    online=True, source=clicks,
)
def customer_clicks(df):
    return df


scoring = FeatureService(
    name="scoring", features=[customer_payments[["total"]], customer_balances, amount_share], tags={{"model": "credit-risk"}},
    description="What the score is made from", owner="risk@example.com",
)
'''


@pytest.fixture(scope="session")
def feast():
    """The command `feast`, in an environment of its own."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = ROOT / ".build" / f"feast-{digest}"
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            subprocess.run([folder / "bin" / "pip", "install", "-q", "-r", REQUIREMENTS], check=True)
            (folder / "made").touch()
    return folder / "bin" / "feast"


@pytest.fixture
def run(server):
    """The command line; its standard output."""

    def run(*arguments, input=None, fails=None):
        environment = {**os.environ, "MORAINE_SERVER": server.url}
        done = subprocess.run([BINARY, *arguments], input=input, capture_output=True, text=True, env=environment, timeout=60)
        assert done.returncode == (fails or 0), done.stderr
        return done.stdout if not fails else done.stderr

    return run


@pytest.fixture
def tables(catalog, namespace):
    """Tables that features come from; the file of a row of payments."""
    columns = {"customer_id": pa.array([1]), "total": pa.array([1.0]), "paid_at": pa.array([0], pa.timestamp("us")),
               "loaded_at": pa.array([0], pa.timestamp("us"))}
    rows = pa.table(columns)
    payments = catalog.create_table(f"{namespace}.payments", rows.schema)
    payments.append(rows)
    for name in ("balances", "ratings"):
        catalog.create_table(f"{namespace}.{name}", pa.schema([("customer_id", pa.int64()), ("as_of", pa.timestamp("us"))]))
    [task] = payments.scan().plan_files()
    return urllib.parse.urlparse(task.file.file_path).path, rows


class Repository:
    """A Feast repository."""

    def __init__(self, feast, folder, **values):
        self.feast = feast
        self.folder = folder
        self.values = {"days": 1, "field": 'Field(name="last", dtype=Float32),', **values}
        folder.mkdir()
        (folder / "feature_store.yaml").write_text(CONFIGURATION.format(**self.values))

    def call(self, *arguments):
        environment = {**os.environ, "FEAST_USAGE": "False", "HOME": str(self.folder)}
        done = subprocess.run([self.feast, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def dump(self, definitions=DEFINITIONS, **values):
        """Applies the definitions, and prints the registry."""
        (self.folder / "definitions.py").write_text(definitions.format(**{**self.values, **values}))
        self.call("apply", "--skip-source-validation")
        return self.call("registry-dump")


class Events:
    """What is recorded of a namespace and of what lies in it."""

    def __init__(self, http, namespace):
        self.http = http
        self.namespace = namespace
        self.marks = 0

    def all(self):
        """Action and name of each event so far: everything before the last mark has its place."""
        self.marks += 1
        path = f"/v1/main/namespaces/{self.namespace}/properties"
        assert self.http("POST", path, {"updates": {"mark": str(self.marks)}}).ok
        query = f"/governance/v1/events?limit=1000&object-kind=namespace&warehouse=main&namespace={self.namespace}"

        def placed():
            events = [event["data"] for event in self.http("GET", query).json()["events"]]
            return events if sum(e["action"] == "update-namespace-properties" for e in events) == self.marks else None

        return sorted((e["action"], e["object"]["path"][-1]) for e in wait_until(placed) if e["action"] != "update-namespace-properties")


def test_a_real_repository(feast, server, http, namespace, tables, run, tmp_path):
    file, rows = tables
    other = tmp_path / "other.parquet"
    parquet.write_table(rows, other)
    project = f"credit_{namespace}"
    if http("GET", "/management/v1/principals/team/risk").status_code == 404:
        run("team", "create", "risk")
    repository = Repository(feast, tmp_path / "repository", project=project, file=file, other=other, namespace=namespace)
    dump = repository.dump()

    # Nothing happens in a dry run.
    planned = run("feature", "import", "-", "--dry-run", input=dump)
    assert f"+ namespace {project}\n" in planned and "+ feature view customer_payments\n" in planned, planned
    assert f"source payments: main.{namespace}.payments" in planned and f"customer_visits, source elsewhere: {other}" in planned, planned
    assert "Entities that no view describes: nobody" in planned
    assert http("GET", f"/v1/main/namespaces/{project}").status_code == 404

    done = json.loads(run("feature", "import", "-", "-o", "json", input=dump))
    assert {(c["kind"], c["what"], c["name"]) for c in done["changes"]} == {
        ("created", "namespace", project), ("created", "feature-service", "scoring"),
        *(("created", "feature-view", f"customer_{name}") for name in ("payments", "visits", "balances", "ratings", "clicks")),
        ("created", "feature-view", "amount_share")}
    assert {(u["view"], u["source"]["name"]) for u in done["unresolved"]} == {
        ("customer_visits", "elsewhere"), ("customer_clicks", "clicks")}

    def load(view):
        answer = http("GET", f"/governance/v1/warehouses/main/namespaces/{project}/feature-views/{view}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sources(view):
        return {s["name"]: s.get("dataset", {}).get("name") for s in load(view)["sources"]}

    view = load("customer_payments")
    assert view["kind"] == "batch" and view["online"] and view["ttl-ms"] == 86_400_000
    assert (view["timestamp-field"], view["created-timestamp-field"]) == ("paid_at", "loaded_at")
    assert view["entities"] == [{"name": "customer", "join-keys": [{"name": "customer_id", "type": "INT64"}], "type": "INT64",
                                 "description": "Who borrows"}]
    assert [(f["name"], f["type"]) for f in view["features"]] == [("total", "DOUBLE"), ("last", "FLOAT")]
    assert view["features"][0]["description"] == "Euro in thirty days" and view["features"][0]["tags"] == {"unit": "euro"}
    assert (view["description"], view["owner"], view["registry-owner"]) == ("Payments by customer", "team:risk", "risk")
    assert view["registry-tags"] == {"tier": "gold"} and view["services"] == ["scoring"]
    [source] = view["sources"]
    assert source["dataset"] == {"kind": "table", "warehouse": "main", "namespace": [namespace], "name": "payments"}
    assert source["location"] == file
    assert sources("customer_visits") == {"elsewhere": None}
    assert sources("customer_balances") == {"balances": "balances"}
    assert sources("customer_ratings") == {"ratings": "ratings"}
    assert sources("customer_clicks") == {"clicks": None, "balances": "balances"}
    assert sources("amount_share") == {"asked": None, "customer_balances": "customer_balances"}

    shown = run("feature", "show", f"{project}.customer_payments")
    for line in (["payments", "batch", "main", f"{namespace}.payments", file], ["Time", "to", "live", "1", "d"],
                 ["customer", "customer_id", "INT64", "Who", "borrows"], ["total", "DOUBLE", "Euro", "in", "thirty", "days", "unit=euro"]):
        assert line in [text.split() for text in shown.splitlines()], shown
    assert "unresolved" in run("feature", "show", f"{project}.customer_visits")
    listed = json.loads(run("feature", "list", project, "-o", "json"))["feature-views"]
    assert {v["name"]: v["unresolved"] for v in listed} == {
        "amount_share": 0, "customer_balances": 0, "customer_clicks": 1, "customer_payments": 0, "customer_ratings": 0, "customer_visits": 1}
    [service] = json.loads(run("feature", "list", project, "--services", "-o", "json"))["feature-services"]
    assert [(s["view"], s["features"]) for s in service["views"]] == [
        ("customer_payments", ["total"]), ("customer_balances", ["balance"]), ("amount_share", ["share"])]
    assert service["registry-tags"] == {"model": "credit-risk"}

    # Features are columns to search.
    wait_until(lambda: [h["name"] for h in http("GET", "/governance/v1/search?q=thirty+euro").json()["hits"]].count("customer_payments") == 1)

    # Again: nothing changes, nothing is recorded.
    events = Events(http, project)
    views = ["amount_share", *(f"customer_{name}" for name in ("balances", "clicks", "payments", "ratings", "visits"))]
    made = [("create-namespace", project), ("import-features", project), *(("register-dataset", name) for name in views)]
    assert events.all() == made
    assert "Nothing to change" in run("feature", "import", "-", input=dump)
    assert events.all() == made

    # What changes is changed, and nothing else; what is gone stays until it is to go.
    definitions = "".join(line for line in DEFINITIONS.splitlines(True) if not line.startswith("customer_ratings"))
    changed = repository.dump(definitions, days=2, field='Field(name="first", dtype=String),', other=file)
    said = run("feature", "import", "-", input=changed)
    for line in ("~ feature view customer_payments", "    time to live: 86400000 ms → 172800000 ms", "    + feature first STRING",
                 "    - feature last", "~ feature view customer_visits", "? feature view customer_ratings"):
        assert line in said.splitlines(), said
    assert "0 created, 2 changed, 0 taken away, 4 as they are. 1 gone from the registry" in said, said
    assert sources("customer_visits") == {"elsewhere": "payments"}
    assert [f["name"] for f in load("customer_payments")["features"]] == ["total", "first"]
    made += [("update-dataset", "customer_payments"), ("update-dataset", "customer_visits")]
    assert events.all() == made
    assert "Not done without being asked to" in run("feature", "import", "-", "--prune", input=changed, fails=2)
    assert "1 taken away" in run("feature", "import", "-", "--prune", "--yes", input=changed)
    assert events.all() == sorted([*made, ("drop-dataset", "customer_ratings")])
    assert http("GET", f"/governance/v1/warehouses/main/namespaces/{project}/feature-views/customer_ratings").status_code == 404

    # The registry itself, as protobuf writes it in JSON, says the same.
    script = (
        "import sys; from feast.protos.feast.core.Registry_pb2 import Registry; from google.protobuf.json_format import MessageToJson;"
        "print(MessageToJson(Registry.FromString(open('registry.db', 'rb').read())))")
    whole = subprocess.run(
        [feast.with_name("python"), "-c", script], cwd=repository.folder, capture_output=True, text=True, check=True).stdout
    (tmp_path / "registry.json").write_text(whole)
    assert "Nothing to change" in run("feature", "import", str(tmp_path / "registry.json"))

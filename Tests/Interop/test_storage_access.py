"""Keys and signatures for a table's files, on an S3 that enforces them: Ceph, by `scripts/ceph-rgw`.

Ceph is set up to make keys that live for seconds, so that expiry is shown on its own clock.
"""

import glob
import json
import os
import shutil
import subprocess
import time
import uuid

import boto3
import botocore
import duckdb
import duckdb_extension_avro
import duckdb_extension_httpfs
import duckdb_extension_iceberg
import pyarrow as pa
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError
from pyiceberg.catalog import load_catalog
from pyiceberg.io.fsspec import S3V4RestSigner
from pyiceberg.types import IntegerType

from governed import Governed
from servers import BINARY, ROOT, Postgres, Server, open_folder

ROWS = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "name": ["a", "b", "c"]})
SCHEMA = {"type": "struct", "fields": [{"id": 1, "name": "id", "required": False, "type": "long"}]}
VENDED = {"X-Iceberg-Access-Delegation": "vended-credentials"}
SIGNED = {"X-Iceberg-Access-Delegation": "remote-signing"}
SHORT_SECONDS = 20


class Lake:
    """A server whose warehouses are in one bucket of Ceph, and the bucket's owner."""

    def __init__(self, ceph, server, postgres):
        self.ceph, self.server, self.postgres = ceph, server, postgres
        self.endpoint = ceph["ENDPOINT"]
        self.owner = self.s3(ceph["ACCESS_KEY_ID"], ceph["SECRET_ACCESS_KEY"])

    def s3(self, key, secret, token=None):
        return boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret,
            aws_session_token=token, config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))

    def s3_with(self, config):
        return self.s3(config["s3.access-key-id"], config["s3.secret-access-key"], config["s3.session-token"])

    def call(self, method, path, **options):
        return requests.request(method, self.server.url + path, timeout=60, **options)

    def make_table(self, warehouse="vending", name="t", **body):
        """A table with a file of its own; its path and location."""
        namespace = "n" + uuid.uuid4().hex[:10]
        assert self.call("POST", f"/v1/{warehouse}/namespaces", json={"namespace": [namespace]}).status_code == 200
        answer = self.call("POST", f"/v1/{warehouse}/namespaces/{namespace}/tables", json={"name": name, "schema": SCHEMA, **body})
        assert answer.status_code == 200, answer.text
        location = answer.json()["metadata"]["location"]
        self.owner.put_object(Bucket="lake", Key=key(location) + "/data/x", Body=b"content")
        return f"/v1/{warehouse}/namespaces/{namespace}/tables/{name}", location

    def events(self):
        rows = subprocess.run(
            [f"{self.postgres.binaries}/psql", self.postgres.url, "-qAt", "-c", "SELECT convert_from(canonical, 'UTF8') FROM audit_events ORDER BY id"],
            check=True, capture_output=True, text=True).stdout
        return [json.loads(line) for line in rows.splitlines()]


def key(location):
    return location.removeprefix("s3://lake/")


def is_denied(action, *codes):
    try:
        action()
        return False
    except ClientError as error:
        assert error.response["Error"]["Code"] in (codes or ("AccessDenied", "403")), error
        return True


@pytest.fixture(scope="module")
def ceph():
    folder = open_folder("moraine-ceph-")
    process = subprocess.Popen([ROOT / "scripts" / "ceph-rgw", "run", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    values = {}
    for line in process.stdout:
        name, value = line.strip().split("=", 1)
        values[name.removeprefix("MORAINE_TEST_CEPH_")] = value
        if name.endswith("_CLOSED_ROLE_ARN"):
            break
    if "CLOSED_ROLE_ARN" not in values:
        # Where everything is to be shown, as in continuous integration, what cannot be had is a failure.
        if process.wait() == 77 and "MORAINE_CONFORMANCE" not in os.environ:
            pytest.skip("Ceph's packages cannot be had here")
        raise AssertionError("scripts/ceph-rgw ended; run it by hand to see why")
    yield values
    process.stdin.close()
    process.wait(30)


@pytest.fixture(scope="module")
def lake(ceph):
    postgres = Postgres()
    folder = open_folder("moraine-storage-")
    options = f"endpoint={ceph['ENDPOINT']}&region=us-east-1&path-style-access=true"
    role = f"{options}&sts-role-arn={ceph['ROLE_ARN']}"
    warehouses = {
        "vending": role, "short": f"{role}&session-duration={SHORT_SECONDS}", "signing": f"{role}&access-delegation=remote-signing",
        "plain": options, "shared": f"{options}&static-credentials=shared",
        "closed": f"{options}&sts-role-arn={ceph['CLOSED_ROLE_ARN']}",
    }
    arguments = ["--database-url", postgres.url, "--dev"]
    for name, text in warehouses.items():
        arguments += ["--warehouse", f"{name}=s3://lake/{name}?{text}"]
    environment = {"AWS_ACCESS_KEY_ID": ceph["ACCESS_KEY_ID"], "AWS_SECRET_ACCESS_KEY": ceph["SECRET_ACCESS_KEY"]}
    server = Server(arguments, folder / "log", environment)
    lake = Lake(ceph, server, postgres)
    lake.owner.create_bucket(Bucket="lake")
    server.start()
    yield lake
    log = server.log_path.read_text()
    errors = server.errors()
    server.stop()
    events = json.dumps(lake.events())
    postgres.close()
    shutil.rmtree(folder)
    assert not errors, "the server logged errors:\n" + "\n".join(errors)
    for secret in SEEN + [ceph["SECRET_ACCESS_KEY"]]:
        assert secret not in log and secret not in events


# Secrets that were handed out.
SEEN = []


@pytest.fixture(autouse=True)
def no_keys_of_its_own(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # Ceph 16 takes no upload without its length, which newer libraries of Amazon's leave out for the sake of checksums.
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")


def keys_of(answer):
    assert answer.status_code == 200, answer.text
    [credential] = answer.json()["storage-credentials"]
    SEEN.extend([credential["config"]["s3.secret-access-key"], credential["config"].get("s3.session-token", credential["config"]["s3.secret-access-key"])])
    return credential["config"]


def test_pyiceberg_brings_no_keys(lake):
    catalog = load_catalog("lake", uri=lake.server.url, warehouse="vending")
    catalog.create_namespace("py")
    table = catalog.create_table("py.t", ROWS.schema)
    table.append(ROWS)
    table.append(ROWS)
    table.delete("id = 1")
    with table.update_schema() as update:
        update.add_column("extra", IntegerType())
    table = catalog.load_table("py.t")
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == [2, 2, 3, 3]
    with catalog.create_table_transaction("py.staged", ROWS.schema) as transaction:
        transaction.append(ROWS)
    assert catalog.load_table("py.staged").scan().to_arrow().num_rows == 3
    moved = catalog.load_credentials("py.t", table.metadata_location)
    assert moved["s3.access-key-id"] and moved["client.refresh-credentials-endpoint"] == "v1/vending/namespaces/py/tables/t/credentials"


def test_answer_holds_keys_in_both_places(lake):
    path, location = lake.make_table()
    answer = lake.call("GET", path, headers=VENDED)
    config = keys_of(answer)
    document = answer.json()
    assert document["storage-credentials"][0]["prefix"] == location
    assert answer.headers["Cache-Control"] == "no-store"
    assert {name: document["config"][name] for name in config} == config
    assert int(config["s3.session-token-expires-at-ms"]) > time.time() * 1000 + 3000 * 1000
    assert config["client.refresh-credentials-endpoint"] == path.lstrip("/") + "/credentials"
    assert config["s3.endpoint"] == lake.endpoint + "/"
    # Without the header, or for what nobody knows, there are none; case and spaces do not count.
    for header in ({}, {"X-Iceberg-Access-Delegation": "magic"}):
        plain = lake.call("GET", path, headers=header).json()
        assert "storage-credentials" not in plain and "s3.access-key-id" not in plain["config"]
    spelled = lake.call("GET", path, headers={"X-Iceberg-Access-Delegation": "Remote-Signing , VENDED-credentials,magic"})
    assert keys_of(spelled) == config
    # Neither does a warehouse of which nobody said that it hands out any.
    path, _ = lake.make_table("plain")
    plain = lake.call("GET", path, headers={"X-Iceberg-Access-Delegation": "vended-credentials,remote-signing"}).json()
    assert "storage-credentials" not in plain and "remote-signing-config" not in plain
    assert lake.call("GET", path + "/credentials").json() == {"storage-credentials": []}


def test_keys_open_one_table(lake):
    path, location = lake.make_table()
    _, other = lake.make_table()
    s3 = lake.s3_with(keys_of(lake.call("GET", path, headers=VENDED)))
    own = key(location)
    assert s3.get_object(Bucket="lake", Key=own + "/data/x")["Body"].read() == b"content"
    s3.put_object(Bucket="lake", Key=own + "/metadata/m.avro", Body=b"manifest")
    s3.delete_object(Bucket="lake", Key=own + "/metadata/m.avro")
    assert s3.list_objects_v2(Bucket="lake", Prefix=own + "/")["KeyCount"] == 2
    for place in (key(other), own + "2", "vending"):
        lake.owner.put_object(Bucket="lake", Key=place + "/data/x", Body=b"another's")
        assert is_denied(lambda: s3.get_object(Bucket="lake", Key=place + "/data/x")), place
        assert is_denied(lambda: s3.put_object(Bucket="lake", Key=place + "/data/y", Body=b""))
        assert is_denied(lambda: s3.list_objects_v2(Bucket="lake", Prefix=place + "/"))
    assert is_denied(lambda: s3.list_objects_v2(Bucket="lake", Prefix=""))
    assert is_denied(lambda: s3.copy_object(Bucket="lake", Key=own + "/data/stolen", CopySource={"Bucket": "lake", "Key": key(other) + "/data/x"}))


def test_keys_for_a_location_of_another_are_refused(lake):
    path, location = lake.make_table()
    before = lake.call("GET", path, headers=VENDED)
    namespace = path.rsplit("/", 2)[0]
    for place in (location, location + "/data", location.rsplit("/", 1)[0], location.replace("s3:", "s3a:")):
        for staged in (False, True):
            answer = lake.call("POST", f"{namespace}/tables", json={"name": "thief", "schema": SCHEMA, "location": place, "stage-create": staged}, headers=VENDED)
            assert answer.status_code == 403, answer.text
            assert "another table's" in answer.json()["error"]["message"]
    thief, _ = lake.make_table()
    move = {"requirements": [], "updates": [{"action": "set-location", "location": location}]}
    assert lake.call("POST", thief, json=move).status_code == 403
    commit = {"table-changes": [{"identifier": {"namespace": [thief.split("/")[4]], "name": "t"}, **move}]}
    assert lake.call("POST", "/v1/vending/transactions/commit", json=commit).status_code == 403
    # Paths that a table may name are opened only where they are nobody else's.
    for place in (location + "/data", location, location.rsplit("/", 1)[0]):
        change = {"requirements": [], "updates": [{"action": "set-properties", "updates": {"write.data.path": place}}]}
        assert lake.call("POST", thief, json=change).status_code == 200
        s3 = lake.s3_with(keys_of(lake.call("GET", thief, headers=VENDED)))
        assert is_denied(lambda: s3.get_object(Bucket="lake", Key=key(location) + "/data/x")), place
    own_place = "s3://lake/vending/elsewhere/" + uuid.uuid4().hex
    change = {"requirements": [], "updates": [{"action": "set-properties", "updates": {"write.data.path": own_place}}]}
    assert lake.call("POST", thief, json=change).status_code == 200
    s3 = lake.s3_with(keys_of(lake.call("GET", thief, headers=VENDED)))
    s3.put_object(Bucket="lake", Key=key(own_place) + "/y", Body=b"mine")
    # Another that names it too gets nothing of it.
    second, _ = lake.make_table()
    change["updates"][0]["updates"]["write.data.path"] = own_place + "/deeper"
    assert lake.call("POST", second, json=change).status_code == 200
    s3 = lake.s3_with(keys_of(lake.call("GET", second, headers=VENDED)))
    assert is_denied(lambda: s3.get_object(Bucket="lake", Key=key(own_place) + "/y"))
    assert is_denied(lambda: s3.put_object(Bucket="lake", Key=key(own_place) + "/deeper/y", Body=b""))
    # The one whose place it is loses nothing.
    assert lake.call("GET", path, headers=VENDED).json()["storage-credentials"] == before.json()["storage-credentials"]


def test_keys_that_expire_are_never_revived(lake):
    path, location = lake.make_table("short")
    first = lake.call("GET", path, headers=VENDED)
    begin = time.monotonic()
    old, tag = keys_of(first), first.headers["ETag"]
    s3 = lake.s3_with(old)
    s3.get_object(Bucket="lake", Key=key(location) + "/data/x")
    again = lake.call("GET", path, headers={**VENDED, "If-None-Match": tag})
    assert again.status_code == 304 and again.headers["ETag"] == tag and not again.content
    # A tag without keys is another, and stays valid for who asks for none.
    plain = lake.call("GET", path)
    assert plain.headers["ETag"] != tag
    assert lake.call("GET", path, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304
    assert lake.call("GET", path, headers={**VENDED, "If-None-Match": plain.headers["ETag"]}).status_code == 200
    assert lake.call("GET", path, headers={**SIGNED, "If-None-Match": tag}).status_code == 200
    time.sleep(max(0, SHORT_SECONDS / 2 + 1 - (time.monotonic() - begin)))
    # Half of their life has gone: what the client holds will not do.
    renewed = lake.call("GET", path, headers={**VENDED, "If-None-Match": tag})
    assert keys_of(renewed)["s3.access-key-id"] != old["s3.access-key-id"] and renewed.headers["ETag"] != tag
    time.sleep(max(0, SHORT_SECONDS + 2 - (time.monotonic() - begin)))
    assert is_denied(lambda: s3.get_object(Bucket="lake", Key=key(location) + "/data/x"), "AccessDenied", "ExpiredToken", "403")
    fresh = lake.call("GET", path + "/credentials")
    assert fresh.headers["Cache-Control"] == "no-store"
    lake.s3_with(keys_of(fresh)).get_object(Bucket="lake", Key=key(location) + "/data/x")


def test_duckdb_refreshes_by_itself(lake):
    connection = duckdb.connect()
    for package in (duckdb_extension_httpfs, duckdb_extension_avro, duckdb_extension_iceberg):
        [extension] = glob.glob(os.path.dirname(package.__file__) + "/**/*.duckdb_extension", recursive=True)
        connection.execute(f"LOAD '{extension}'")
    connection.execute(f"ATTACH 'short' AS lake (TYPE iceberg, ENDPOINT '{lake.server.url}', AUTHORIZATION_TYPE 'none')")
    connection.execute("CREATE SCHEMA lake.duck")
    connection.execute("CREATE TABLE lake.duck.t (id BIGINT)")
    connection.execute("INSERT INTO lake.duck.t VALUES (1), (2)")
    # In one transaction, the table is loaded once.
    connection.execute("BEGIN")
    assert connection.execute("SELECT count(*) FROM lake.duck.t").fetchone() == (2,)
    time.sleep(SHORT_SECONDS + 2)
    assert connection.execute("SELECT sum(id) FROM lake.duck.t").fetchone() == (3,)
    connection.execute("COMMIT")
    connection.execute("INSERT INTO lake.duck.t VALUES (3)")
    assert connection.execute("SELECT sum(id) FROM lake.duck.t").fetchone() == (6,)
    connection.close()


def signing_client(lake, path, answer):
    """boto3 that has its requests signed as pyiceberg has them: by pyiceberg's own signer, set up by what the server answered."""
    config = answer.json()["config"]
    client = boto3.client(
        "s3", endpoint_url=lake.endpoint, region_name="us-east-1",
        config=Config(signature_version=botocore.UNSIGNED, s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))
    client.meta.events.register_last("before-sign.s3", S3V4RestSigner({"uri": lake.server.url, **config}))
    return client


def test_requests_are_signed_for_pyiceberg(lake):
    path, location = lake.make_table("signing")
    _, other = lake.make_table("signing")
    answer = lake.call("GET", path, headers={"X-Iceberg-Access-Delegation": "vended-credentials,remote-signing"})
    document = answer.json()
    assert "storage-credentials" not in document and "s3.access-key-id" not in document["config"]
    assert document["config"]["s3.remote-signing-enabled"] == "true"
    assert document["config"]["signer.endpoint"] == document["config"]["s3.signer.endpoint"] == path.lstrip("/") + "/sign"
    assert document["remote-signing-config"] == {"properties": {}, "headers": {}}
    assert lake.call("GET", path, headers={**SIGNED, "If-None-Match": answer.headers["ETag"]}).status_code == 304
    s3 = signing_client(lake, path, answer)
    own = key(location)
    assert s3.get_object(Bucket="lake", Key=own + "/data/x")["Body"].read() == b"content"
    s3.put_object(Bucket="lake", Key=own + "/data/odd name=1&2.parquet", Body=b"odd")
    assert s3.head_object(Bucket="lake", Key=own + "/data/odd name=1&2.parquet")["ContentLength"] == 3
    assert len(s3.list_objects_v2(Bucket="lake", Prefix=own + "/data/")["Contents"]) == 2
    upload = s3.create_multipart_upload(Bucket="lake", Key=own + "/data/big")["UploadId"]
    part = s3.upload_part(Bucket="lake", Key=own + "/data/big", UploadId=upload, PartNumber=1, Body=b"x" * 6_000_000)
    s3.complete_multipart_upload(
        Bucket="lake", Key=own + "/data/big", UploadId=upload, MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]})
    s3.delete_object(Bucket="lake", Key=own + "/data/big")
    with pytest.raises(Exception, match="Failed to sign request 403"):
        s3.get_object(Bucket="lake", Key=key(other) + "/data/x")


def sign(lake, path, method, uri, headers=None, **body):
    return lake.call("POST", path + "/sign", json=signing(method, uri, headers, **body))


def signing(method, uri, headers=None, **body):
    return {"method": method, "region": "us-east-1", "uri": uri, "headers": headers or {}, **body}


def test_javas_body_is_signed(lake):
    """As iceberg-aws sends it, DeleteObjects with its body."""
    path, location = lake.make_table("signing")
    uri = f"{lake.endpoint}/lake/{key(location)}/data/x"
    answer = sign(
        lake, path, "GET", uri, {"amz-sdk-invocation-id": ["a"], "Host": [lake.endpoint.removeprefix("http://")], "User-Agent": ["aws-sdk-java"]},
        properties={}, body=None, provider="s3")
    assert answer.status_code == 200, answer.text
    assert "private" not in answer.headers["Cache-Control"] and "no-cache" in answer.headers["Cache-Control"]
    signed = answer.json()
    headers = {name: ", ".join(values) for name, values in signed["headers"].items()}
    assert requests.get(signed["uri"], headers=headers).content == b"content"
    # The same signature opens nothing else, and lets nothing be added.
    assert requests.get(signed["uri"].replace("/data/x", "/data/y"), headers=headers).status_code == 403
    assert requests.put(signed["uri"], headers=headers, data=b"").status_code == 403
    body = f"<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>{key(location)}/data/x</Key></Object></Delete>"
    answer = sign(lake, path, "POST", f"{lake.endpoint}/lake?delete", {}, body=body)
    assert answer.status_code == 200, answer.text
    headers = {name: ", ".join(values) for name, values in answer.json()["headers"].items()}
    assert requests.post(answer.json()["uri"], headers=headers, data=body.replace("data/x", "data/z")).status_code in (400, 403)
    assert requests.post(answer.json()["uri"], headers=headers, data=body).status_code == 200
    assert is_denied(lambda: lake.owner.head_object(Bucket="lake", Key=key(location) + "/data/x"), "404")


def test_nothing_is_signed_for_a_confused_deputy(lake):
    path, location = lake.make_table("signing")
    _, other = lake.make_table("signing")
    own, theirs = key(location), key(other)
    name = theirs.rsplit("/", 1)[1]
    base = lake.endpoint
    host = base.removeprefix("http://")
    targets = [
        f"{base}/lake/{theirs}/data/x", f"{base}/lake/{own}/../../{theirs}/data/x", f"{base}/lake/{own}/..%2f..%2f{theirs}/data/x",
        f"{base}/lake/{own}/%2e%2e/{name}/data/x", f"{base}/lake/{own}/%252e%252e/{name}/data/x", f"{base}/lake/{own}%2fdata%2fx",
        f"{base}/lake/{own}2/data/x", f"{base}/lake/{own}", f"{base}/lake/", f"{base}/", f"{base}/other/{own}/data/x",
        f"{base}/other/../lake/{own}/data/x", f"{base}//lake/{own}/data/x", f"{base}/lake/{own}/data//x", f"{base}/lake/{own}/data/..;/x",
        f"{base}/lake/{own}/data/x?acl", f"{base}/lake/{own}/data/x?versionId=1", f"{base}/lake/{own}/data/x?uploads&acl",
        f"{base}/lake/{own}/data/x?policy", f"{base}/lake?list-type=2&prefix={theirs}/", f"{base}/lake?list-type=2&prefix={own}",
        f"{base}/lake?list-type=2", f"{base}/lake?list-type=2&prefix={own}/&prefix={theirs}/", f"{base}/lake?delete",
        f"http://{host}@evil.example/lake/{own}/data/x", f"http://evil.example/lake/{own}/data/x", f"http://{host}.evil.example/lake/{own}/data/x",
        f"https://{host}/lake/{own}/data/x", f"http://other.{host}/{own}/data/x", f"{base}/lake/{own}/data/x#/../y", f"{base}\\@evil.example/lake/{own}/data/x",
        f"file:///etc/passwd", "", f"{base}/lake/{own}/data/x\r\nx-amz-copy-source: /lake/{theirs}/data/x",
    ]
    for target in targets:
        for method in ("GET", "PUT", "DELETE", "HEAD", "POST"):
            answer = sign(lake, path, method, target)
            assert answer.status_code in (400, 403), (method, target, answer.text)
            assert "headers" not in answer.json() and answer.json()["error"]["code"] == answer.status_code
    inside = f"{base}/lake/{own}/data/x"
    for header, value in [
        ("x-amz-copy-source", f"/lake/{theirs}/data/x"), ("X-Amz-Copy-Source", f"lake/{own}/../{name}/data/x"), ("x-amz-acl", "public-read"),
        ("x-amz-grant-read", "uri=x"), ("x-http-method-override", "DELETE"), ("x-amz-website-redirect-location", "/x"),
        ("x-amz-meta-a", "b\r\nx-amz-copy-source: /lake/y"), ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    ]:
        answer = sign(lake, path, "PUT", inside, {header: [value]})
        assert answer.status_code in (400, 403), (header, value, answer.text)
    for body in ({}, {"method": "GET"}, {"method": "GET", "region": "x", "uri": inside, "headers": []}, {"method": 1, "region": "x", "uri": inside, "headers": {}}):
        assert lake.call("POST", path + "/sign", json=body).status_code == 400
    assert sign(lake, path, "GET", inside, provider="gcs").status_code == 400
    # A header added after it was signed: Ceph obeys it, and the key's own policy holds it back.
    signed = sign(lake, path, "PUT", f"{base}/lake/{own}/data/stolen").json()
    headers = {name: ", ".join(values) for name, values in signed["headers"].items()}
    answer = requests.put(signed["uri"], headers={**headers, "x-amz-copy-source": f"/lake/{theirs}/data/x"})
    assert answer.status_code == 403, answer.text
    # Of a table that is not there, or in a warehouse that signs nothing.
    assert sign(lake, path + "x", "GET", inside).status_code == 404
    plain, place = lake.make_table("plain")
    assert sign(lake, plain, "GET", f"{base}/lake/{key(place)}/data/x").status_code == 400


def test_static_keys_are_the_operators_choice(lake):
    path, _ = lake.make_table("shared")
    config = keys_of(lake.call("GET", path, headers=VENDED))
    assert config["s3.access-key-id"] == lake.ceph["ACCESS_KEY_ID"]
    assert "client.refresh-credentials-endpoint" not in config
    for warehouse in ("vending", "short", "signing", "plain"):
        path, _ = lake.make_table(warehouse)
        for headers in (VENDED, SIGNED, {}):
            assert lake.ceph["ACCESS_KEY_ID"] not in lake.call("GET", path, headers=headers).text


def test_a_role_that_cannot_be_assumed_says_so(lake):
    path, _ = lake.make_table("closed")
    assert lake.call("GET", path).status_code == 200
    answer = lake.call("GET", path, headers=VENDED)
    assert answer.status_code == 422 and "role" in answer.json()["error"]["message"], answer.text
    assert lake.ceph["CLOSED_ROLE_ARN"] not in answer.text
    # What is done is done.
    namespace = path.rsplit("/", 2)[0]
    answer = lake.call("POST", f"{namespace}/tables", json={"name": "u", "schema": SCHEMA}, headers=VENDED)
    assert answer.status_code == 200 and "storage-credentials" not in answer.json()


def test_every_key_is_in_the_trail_before_it_leaves(lake):
    path, location = lake.make_table()
    before = len(lake.events())
    first = keys_of(lake.call("GET", path, headers={**VENDED, "X-Request-Id": "r-77"}))
    assert keys_of(lake.call("GET", path, headers=VENDED)) == first
    [event] = lake.events()[before:]
    assert event["action"] == "vend-credentials" and event["principal"] == "anonymous" and event["request-id"] == "r-77"
    assert event["object"] == {"kind": "table", "path": ["vending", path.split("/")[4], "t"]}
    assert event["after"] == {
        "access-key-id": first["s3.access-key-id"], "expires-at-ms": first["s3.session-token-expires-at-ms"], "access": "delete",
        "use": "client", "locations": [location],
    }
    sign(lake, path, "GET", f"{lake.endpoint}/lake/{key(location)}/data/x")
    sign(lake, path, "GET", f"{lake.endpoint}/lake/{key(location)}/data/x")
    assert [event["after"]["use"] for event in lake.events()[before:]] == ["client", "signing"]


@pytest.mark.parametrize(
    "options, word",
    [
        (["sts-role-arn=lake"], "s3.sts.role-arn"), (["session-duration=60"], "s3.sts.role-arn"), (["sts-endpoint=http://x"], "s3.sts.role-arn"),
        (["access-delegation=magic"], "access-delegation"), (["access-delegation=vended-credentials"], "s3.sts.role-arn"),
        (["static-credentials=yes"], "static-credentials"), (["magic=1"], "Unknown storage option"),
        (["sts-role-arn=arn:aws:iam:::role/lake", "session-duration=1"], "s3.session-duration"),
        (["sts-role-arn=arn:aws:iam:::role/lake", "sts-endpoint=ftp://x"], "s3.sts.endpoint"),
    ],
)
def test_options_are_checked(lake, options, word):
    command = [BINARY, "warehouse", "create", "wrong", "--location", "s3://lake/wrong", "--endpoint", lake.endpoint, "--path-style", "--server", lake.server.url]
    for option in options:
        command += ["--option", option]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0 and word in done.stderr, done


def test_a_warehouse_is_made_by_command(lake):
    command = [
        BINARY, "warehouse", "create", "made", "--location", "s3://lake/made", "--endpoint", lake.endpoint, "--region", "us-east-1", "--path-style",
        "--option", f"sts-role-arn={lake.ceph['ROLE_ARN']}", "--option", "session-duration=900", "--server", lake.server.url]
    subprocess.run(command, check=True, capture_output=True)
    storage = lake.call("GET", "/management/v1/warehouses/made").json()["storage"]
    assert storage["sts-role-arn"] == lake.ceph["ROLE_ARN"] and storage["session-duration"] == 900
    path, location = lake.make_table("made")
    keys_of(lake.call("GET", path, headers=VENDED))
    local = subprocess.run(
        [BINARY, "warehouse", "create", "local", "--location", "file:///tmp/moraine-none", "--option", "access-delegation=remote-signing", "--server", lake.server.url],
        capture_output=True, text=True)
    assert local.returncode != 0 and "S3" in local.stderr


@pytest.fixture(scope="module")
def governed(ceph):
    """A server that wants to know who asks, with somebody of each role, and a table in a raw and in a curated zone on Ceph."""
    bucket_owner = boto3.client(
        "s3", endpoint_url=ceph["ENDPOINT"], region_name="us-east-1", aws_access_key_id=ceph["ACCESS_KEY_ID"],
        aws_secret_access_key=ceph["SECRET_ACCESS_KEY"])
    bucket_owner.create_bucket(Bucket="governed")
    options = f"endpoint={ceph['ENDPOINT']}&region=us-east-1&path-style-access=true&sts-role-arn={ceph['ROLE_ARN']}"
    governed = Governed(
        "--warehouse", f"lake=s3://governed/lake?{options}",
        environment={"AWS_ACCESS_KEY_ID": ceph["ACCESS_KEY_ID"], "AWS_SECRET_ACCESS_KEY": ceph["SECRET_ACCESS_KEY"]})
    governed.lake = Lake(ceph, governed.server, governed.postgres)
    governed.locations = {}
    governed.team("payments")
    for kind in ("raw", "curated"):
        assert governed.call("POST", "/governance/v1/warehouses/lake/zones", {"name": kind, "kind": kind}).ok
        assert governed.call("POST", "/v1/lake/namespaces", {"namespace": [kind]}).ok
        table = {"name": "t", "schema": SCHEMA, "properties": {"owner-team": "payments", "comment": "One."}}
        made = governed.call("POST", f"/v1/lake/namespaces/{kind}/tables", table)
        assert made.ok, made.text
        governed.locations[kind] = made.json()["metadata"]["location"].removeprefix("s3://governed/")
        bucket_owner.put_object(Bucket="governed", Key=governed.locations[kind] + "/data/x", Body=b"content")
    yield governed
    governed.close()


@pytest.mark.parametrize(
    "who, kind, may",
    [
        ("data_engineer", "raw", "read write"), ("data_engineer", "curated", "read write delete"), ("data_scientist", "curated", "read"),
        ("data_scientist", "raw", None), ("auditor", "raw", ""), ("auditor", "curated", ""), ("nobody", "raw", None), ("nobody", "curated", None),
        ("root", "raw", "read"), ("root", "curated", "read write delete"),
    ],
)
def test_keys_and_signatures_are_what_the_caller_may(governed, who, kind, may):
    """Who may not see the table is told that there is none; who may see it and not read gets 403 and no key."""
    path = f"/v1/lake/namespaces/{kind}/tables/t"
    own = governed.locations[kind]
    inside = f"{governed.lake.endpoint}/governed/{own}/data/x"
    loaded = governed.call("GET", path, by=who, headers=VENDED)
    refreshed = governed.call("GET", path + "/credentials", by=who)
    signed = {method: governed.call("POST", path + "/sign", signing(method, inside), by=who).status_code for method in ("GET", "PUT", "DELETE")}
    if not may:
        expected = 404 if may is None else 403
        assert loaded.status_code == (404 if may is None else 200) and "s3.secret-access-key" not in loaded.text
        assert refreshed.status_code == expected and set(signed.values()) == {expected}, (refreshed.text, signed)
        return
    may = may.split()
    assert signed == {"GET": 200, "PUT": 200 if "write" in may else 403, "DELETE": 200 if "delete" in may else 403}
    config = keys_of(loaded)
    assert keys_of(refreshed) == config
    s3 = governed.lake.s3_with(config)
    assert s3.get_object(Bucket="governed", Key=own + "/data/x")["Body"].read() == b"content"
    assert is_denied(lambda: s3.put_object(Bucket="governed", Key=own + "/data/y", Body=b"")) == ("write" not in may)
    governed.lake.owner.put_object(Bucket="governed", Key=own + "/data/z", Body=b"")
    assert is_denied(lambda: s3.delete_object(Bucket="governed", Key=own + "/data/z")) == ("delete" not in may)
    other = governed.locations["curated" if kind == "raw" else "raw"]
    assert is_denied(lambda: s3.get_object(Bucket="governed", Key=other + "/data/x"))
    # They are nobody else's, and the trail names whose.
    events = [event for event in governed.lake.events() if event["action"] == "vend-credentials"]
    [event] = [event for event in events if event["after"]["access-key-id"] == config["s3.access-key-id"]]
    assert event["principal"] == ("admin" if who == "root" else who) and event["after"]["access"] == (may[-1])


def test_strangers_get_neither_keys_nor_signatures(governed):
    path = "/v1/lake/namespaces/raw/tables/t"
    for headers in ({}, {"Authorization": "Bearer None"}, {"Authorization": "Bearer forged"}):
        assert governed.call("GET", path, by=None, headers={**VENDED, **headers}).status_code == 401
        assert governed.call("GET", path + "/credentials", by=None, headers=headers).status_code == 401
        assert governed.call("POST", path + "/sign", signing("GET", "http://x/"), by=None, headers=headers).status_code == 401
    # Of one that is not there, too.
    assert governed.call("POST", path + "x/sign", signing("GET", "http://x/"), by=None).status_code == 401


def test_an_etag_is_of_one_access(governed):
    """What the engineer holds does not tell the scientist that nothing has changed."""
    path = "/v1/lake/namespaces/curated/tables/t"
    tags = {who: governed.call("GET", path, by=who, headers=VENDED).headers["ETag"] for who in ("data_engineer", "data_scientist", "auditor")}
    assert len(set(tags.values())) == 3
    for who in tags:
        for holder, tag in tags.items():
            answer = governed.call("GET", path, by=who, headers={**VENDED, "If-None-Match": tag})
            assert answer.status_code == (304 if who == holder else 200)

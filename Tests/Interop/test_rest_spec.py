"""What clients rely on in plain HTTP: paths, statuses, error types and, to the letter, the messages of the Iceberg reference."""

import gzip
import http.client
import json
import pathlib
import random
import time
import urllib.parse
import uuid

import pytest

SCHEMA = {"type": "struct", "fields": [{"id": 1, "name": "id", "required": False, "type": "long"}]}
ICEBERG = "/v1/main"


def schema_of(*fields):
    return {"type": "struct", "fields": [{"id": i, "name": name, "required": False, "type": kind} for i, name, kind in fields]}


def quote(text):
    return urllib.parse.quote(text, safe="")


def succeeded(answer, status=200):
    assert answer.status_code == status, (answer.status_code, answer.text[:500])
    return answer.json() if status == 200 else None


def refused(answer, status, kind, message=None):
    """Java dispatches on the body's `code` and `type`, which must agree with the status."""
    assert answer.status_code == status, (answer.status_code, answer.text[:500])
    error = answer.json()["error"]
    assert error["code"] == status
    assert error["type"] == kind, error
    if message is not None:
        assert error["message"] == message
    return error["message"]


class Place:
    """A namespace of the test's own, and short words for what is done in it."""

    def __init__(self, call, name):
        self.call, self.name = call, name
        self.namespace = f"{ICEBERG}/namespaces/{name}"
        self.tables = self.namespace + "/tables"
        self.views = self.namespace + "/views"

    def create(self, name="t", schema=SCHEMA, **more):
        return self.call("POST", self.tables, {"name": name, "schema": schema, **more})

    def commit(self, updates, requirements=(), name="t", **options):
        return self.call("POST", f"{self.tables}/{name}", {"requirements": list(requirements), "updates": list(updates)}, **options)

    def load(self, name="t", query=""):
        return succeeded(self.call("GET", f"{self.tables}/{name}{query}"))

    def table(self, name="t"):
        return {"namespace": [self.name], "name": name}

    def append(self, ref="main", name="t", parent=None, **more):
        """Adds a snapshot and points the branch to it; its id."""
        metadata = self.load(name)["metadata"]
        snapshot = snapshot_after(metadata, parent, **more)
        succeeded(self.commit([{"action": "add-snapshot", "snapshot": snapshot}, set_ref(ref, snapshot["snapshot-id"])], name=name))
        return snapshot["snapshot-id"]

    def view(self, name="v", sql="SELECT 1 AS one", **more):
        return {"name": name, "schema": schema_of((1, "one", "int")), "view-version": view_version(self.name, sql), "properties": {}, **more}


def snapshot_after(metadata, parent=None, **more):
    snapshot = {
        "snapshot-id": random.getrandbits(60) + 1, "sequence-number": metadata["last-sequence-number"] + 1,
        "timestamp-ms": max(int(time.time() * 1000), metadata["last-updated-ms"]),
        "manifest-list": f"{metadata['location']}/metadata/snap-{uuid.uuid4()}.avro", "summary": {"operation": "append"},
        "schema-id": metadata["current-schema-id"]}
    if parent is not None:
        snapshot["parent-snapshot-id"] = parent
    return snapshot | more


def set_ref(name, snapshot, kind="branch"):
    return {"action": "set-snapshot-ref", "ref-name": name, "type": kind, "snapshot-id": snapshot}


def view_version(namespace, sql, schema=0, version=1):
    return {
        "version-id": version, "timestamp-ms": int(time.time() * 1000), "schema-id": schema, "summary": {"engine-name": "test"},
        "default-namespace": [namespace], "representations": [{"type": "sql", "sql": sql, "dialect": "spark"}]}


@pytest.fixture
def place(http, namespace):
    return Place(http, namespace)


# MARK: Config

def test_config(http):
    config = succeeded(http("GET", "/v1/config?warehouse=main"))
    assert isinstance(config["defaults"], dict) and isinstance(config["overrides"], dict)
    assert config["overrides"]["prefix"] == "main"
    needed = {
        "GET /v1/{prefix}/namespaces", "POST /v1/{prefix}/namespaces", "GET /v1/{prefix}/namespaces/{namespace}",
        "HEAD /v1/{prefix}/namespaces/{namespace}", "DELETE /v1/{prefix}/namespaces/{namespace}",
        "POST /v1/{prefix}/namespaces/{namespace}/properties", "GET /v1/{prefix}/namespaces/{namespace}/tables",
        "POST /v1/{prefix}/namespaces/{namespace}/tables", "POST /v1/{prefix}/namespaces/{namespace}/register",
        "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}", "HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}",
        "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}", "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}",
        "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}/metrics", "POST /v1/{prefix}/tables/rename",
        "POST /v1/{prefix}/transactions/commit", "GET /v1/{prefix}/namespaces/{namespace}/views",
        "POST /v1/{prefix}/namespaces/{namespace}/views", "GET /v1/{prefix}/namespaces/{namespace}/views/{view}",
        "HEAD /v1/{prefix}/namespaces/{namespace}/views/{view}", "POST /v1/{prefix}/namespaces/{namespace}/views/{view}",
        "DELETE /v1/{prefix}/namespaces/{namespace}/views/{view}", "POST /v1/{prefix}/views/rename"}
    assert needed <= set(config["endpoints"])
    assert config["idempotency-key-lifetime"].startswith("PT")


def test_config_of_a_missing_warehouse(http):
    refused(http("GET", "/v1/config?warehouse=absent"), 404, "NoSuchWarehouseException")


@pytest.mark.parametrize("value", ["Bearer None", "Bearer", "Basic Og=="])
def test_any_authorization_is_let_in(http, value):
    succeeded(http("GET", "/v1/config", headers={"Authorization": value}))


# MARK: Namespaces

def test_namespace_errors(http, place):
    absent = "absent_" + place.name
    message = refused(http("POST", f"{ICEBERG}/namespaces", {"namespace": [place.name]}), 409, "AlreadyExistsException")
    assert "Namespace already exists" in message
    for method, path, body in [("GET", "", None), ("DELETE", "", None), ("POST", "/properties", {"updates": {"a": "b"}}),
                               ("GET", "/tables", None), ("GET", "/views", None),
                               ("POST", "/tables", {"name": "t", "schema": SCHEMA}), ("POST", "/views", place.view())]:
        answer = http(method, f"{ICEBERG}/namespaces/{absent}{path}", body)
        refused(answer, 404, "NoSuchNamespaceException", f"Namespace does not exist: {absent}")
    succeeded(place.create())
    message = refused(http("DELETE", place.namespace), 409, "NamespaceNotEmptyException")
    assert message.startswith(f"Namespace {place.name} is not empty")


def test_namespace_properties(http, place):
    answer = succeeded(http("POST", place.namespace + "/properties", {"updates": {"a": "1", "b": "2"}, "removals": ["absent"]}))
    assert sorted(answer["updated"]) == ["a", "b"] and answer["removed"] == [] and answer["missing"] == ["absent"]
    answer = succeeded(http("POST", place.namespace + "/properties", {"updates": {}, "removals": ["a"]}))
    assert (answer["updated"], answer["removed"], answer["missing"]) == ([], ["a"], [])
    # Spark and Flink send either list as null.
    answer = succeeded(http("POST", place.namespace + "/properties", {"updates": {"c": "3"}, "removals": None}))
    assert answer["updated"] == ["c"]
    refused(http("POST", place.namespace + "/properties", {"updates": {"x": "1"}, "removals": ["x"]}), 422, "UnprocessableEntityException")
    assert succeeded(http("GET", place.namespace))["properties"] == {"b": "2", "c": "3"}


def test_separators(http, place):
    levels = [place.name, "with.dot", "and space"]
    for depth in (2, 3):
        assert succeeded(http("POST", f"{ICEBERG}/namespaces", {"namespace": levels[:depth]}))["namespace"] == levels[:depth]
    for path in ("%1F".join(map(quote, levels)), f"{place.name}%1fwith.dot%1fand+space"):
        assert succeeded(http("GET", f"{ICEBERG}/namespaces/{path}"))["namespace"] == levels
        succeeded(http("HEAD", f"{ICEBERG}/namespaces/{path}"), 204)
    parent = f"{place.name}%1Fwith.dot"
    for encoded in (parent, quote(parent)):
        assert succeeded(http("GET", f"{ICEBERG}/namespaces?parent={encoded}"))["namespaces"] == [levels]
    # Every level is one, also when it holds a dot.
    refused(http("GET", f"{ICEBERG}/namespaces/{place.name}.with.dot"), 404, "NoSuchNamespaceException")


def test_plus_is_a_space(http, place):
    succeeded(place.create("two words"))
    succeeded(place.create("one+one"))
    for path in ("two+words", "two%20words"):
        location = succeeded(http("GET", f"{place.tables}/{path}"))["metadata"]["location"]
    assert succeeded(http("GET", f"{place.tables}/one%2Bone"))["metadata"]["location"] != location
    refused(http("GET", f"{place.tables}/one+one"), 404, "NoSuchTableException")


# MARK: Pages

def pages(http, path, key, size):
    """All entries of a list, and the length of each of its pages. Java always sends a token, at first an empty one."""
    found, lengths, token = [], [], ""
    while token is not None:
        separator = "&" if "?" in path else "?"
        answer = succeeded(http("GET", f"{path}{separator}pageToken={quote(token)}&pageSize={size}"))
        found += answer[key]
        lengths.append(len(answer[key]))
        token = answer.get("next-page-token")
        assert len(lengths) < 50
    return found, lengths


def test_pages(http, place):
    for index in range(7):
        succeeded(http("POST", f"{ICEBERG}/namespaces", {"namespace": [place.name, f"n{index}"]}))
        succeeded(place.create(f"t{index}"))
        succeeded(http("POST", place.views, place.view(f"v{index}")))
    found, lengths = pages(http, f"{ICEBERG}/namespaces?parent={place.name}", "namespaces", 3)
    assert sorted(found) == [[place.name, f"n{index}"] for index in range(7)] and lengths[:2] == [3, 3]
    for path, prefix in ((place.tables, "t"), (place.views, "v")):
        found, lengths = pages(http, path, "identifiers", 3)
        assert sorted(entry["name"] for entry in found) == [f"{prefix}{index}" for index in range(7)]
        assert max(lengths) == 3 and len(lengths) == 3
        # A page that is exactly full is the last one, or an empty one follows.
        assert sum(pages(http, path, "identifiers", 7)[1]) == 7
        everything = succeeded(http("GET", path))
        assert len(everything["identifiers"]) == 7 and not everything.get("next-page-token")


def test_pages_while_entries_come_and_go(http, place):
    for index in range(6):
        succeeded(place.create(f"t{index}"))
    first = succeeded(http("GET", f"{place.tables}?pageToken=&pageSize=3"))
    seen = [entry["name"] for entry in first["identifiers"]]
    succeeded(http("DELETE", f"{place.tables}/{seen[0]}"), 204)
    succeeded(place.create("t9"))
    rest = succeeded(http("GET", f"{place.tables}?pageToken={quote(first['next-page-token'])}&pageSize=10"))
    seen += [entry["name"] for entry in rest["identifiers"]]
    assert len(seen) == len(set(seen)) and {f"t{index}" for index in range(6)} <= set(seen)


@pytest.mark.parametrize("query", ["pageToken=nonsense", "pageSize=0", "pageSize=-1", "pageSize=many"])
def test_bad_pages(http, place, query):
    refused(http("GET", f"{place.tables}?{query}"), 400, "BadRequestException")


# MARK: Tables

def test_table_errors(http, place):
    succeeded(place.create())
    succeeded(http("POST", place.views, place.view()))
    name = place.name
    refused(place.create(), 409, "AlreadyExistsException", f"Table already exists: {name}.t")
    refused(place.create("v"), 409, "AlreadyExistsException", f"View with same name already exists: {name}.v")
    refused(http("POST", place.views, place.view("t")), 409, "AlreadyExistsException", f"Table with same name already exists: {name}.t")
    refused(http("POST", place.views, place.view()), 409, "AlreadyExistsException", f"View already exists: {name}.v")
    for method in ("GET", "DELETE"):
        refused(http(method, f"{place.tables}/absent"), 404, "NoSuchTableException", f"Table does not exist: {name}.absent")
        refused(http(method, f"{place.views}/absent"), 404, "NoSuchViewException", f"View does not exist: {name}.absent")
        # A view is no table, and a table no view.
        refused(http(method, f"{place.tables}/v"), 404, "NoSuchTableException", f"Table does not exist: {name}.v")
        refused(http(method, f"{place.views}/t"), 404, "NoSuchViewException", f"View does not exist: {name}.t")
    refused(place.commit([], name="absent"), 404, "NoSuchTableException", f"Table does not exist: {name}.absent")


def test_load_in_a_missing_namespace(http, place):
    """Spark probes `ns.t.snapshots` as a table of the namespace `ns.t`."""
    succeeded(place.create())
    refused(http("GET", f"{ICEBERG}/namespaces/{place.name}%1Ft/tables/snapshots"), 404, "NoSuchTableException",
            f"Table does not exist: {place.name}.t.snapshots")


def test_heads(http, place):
    succeeded(place.create())
    succeeded(http("POST", place.views, place.view()))
    for path in (place.namespace, f"{place.tables}/t", f"{place.views}/v"):
        answer = http("HEAD", path)
        assert answer.status_code in (200, 204) and answer.content == b""
    for path in (f"{ICEBERG}/namespaces/absent_{place.name}", f"{place.tables}/v", f"{place.views}/t",
                 f"{ICEBERG}/namespaces/absent_{place.name}/tables/t"):
        answer = http("HEAD", path)
        assert answer.status_code == 404 and answer.content == b""


def test_create_as_spark_does(http, place):
    """Field ids from 0, and null wherever nothing was said."""
    schema = {
        "type": "struct", "schema-id": 0, "fields": [
            {"id": 0, "name": "id", "required": True, "type": "long", "doc": None},
            {"id": 1, "name": "list", "required": False,
             "type": {"type": "list", "element-id": 3, "element": "string", "element-required": False}},
            {"id": 2, "name": "map", "required": False, "type": {
                "type": "map", "key-id": 4, "key": "string", "value-id": 5, "value": "int", "value-required": False}}]}
    spec = {"spec-id": 0, "fields": [{"name": "id_bucket", "transform": "bucket[4]", "source-id": 0, "field-id": 1000}]}
    answer = succeeded(place.create(
        schema=schema, location=None, properties={"owner": "spark"}, **{"partition-spec": spec, "write-order": None, "stage-create": False}))
    metadata = answer["metadata"]
    assert [field["id"] for field in metadata["schemas"][0]["fields"]] == [1, 2, 3]
    assert metadata["last-column-id"] == 6
    assert metadata["partition-specs"][0]["fields"][0]["source-id"] == 1
    assert metadata["properties"]["owner"] == "spark"
    assert metadata["sort-orders"] == [{"order-id": 0, "fields": []}]
    assert metadata["format-version"] == 2
    assert metadata["table-uuid"] == str(uuid.UUID(metadata["table-uuid"]))
    assert metadata.get("current-snapshot-id", -1) in (None, -1)
    name = answer["metadata-location"].removeprefix(metadata["location"] + "/metadata/")
    assert name.startswith("00000-") and name.endswith(".metadata.json") and uuid.UUID(name[6:42])
    written = json.loads(pathlib.Path(urllib.parse.urlsplit(answer["metadata-location"]).path).read_bytes())
    assert written == metadata


@pytest.mark.parametrize("location", ["relative/path", "nonsense", "../up", ""])
def test_relative_location(place, location):
    answer = place.create(location=location)
    if location:
        refused(answer, 400, "BadRequestException")
    else:
        assert answer.status_code in (200, 400)


def test_namespace_location_of_clickhouse(http, place):
    """ClickHouse gives a namespace the location of a table; two tables of it must not share a folder."""
    succeeded(place.create("first"))
    taken = place.load("first")["metadata"]["location"]
    succeeded(http("POST", place.namespace + "/properties", {"updates": {"location": taken}}))
    for name in ("second", "third"):
        succeeded(place.create(name))
    locations = [place.load(name)["metadata"]["location"] for name in ("first", "second", "third")]
    assert len(set(locations)) == 3


@pytest.mark.parametrize("spelling,purged", [("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("", False)])
def test_purge_spellings(http, place, spelling, purged):
    answer = succeeded(place.create())
    file = pathlib.Path(urllib.parse.urlsplit(answer["metadata-location"]).path)
    succeeded(http("DELETE", f"{place.tables}/t?purgeRequested={spelling}"), 204)
    refused(http("GET", f"{place.tables}/t"), 404, "NoSuchTableException")
    deadline = time.monotonic() + (20 if purged else 1)
    while file.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert file.exists() != purged


def test_repeated_delete(http, place):
    """ClickHouse deletes again after a 204; a 404 satisfies it."""
    succeeded(place.create())
    succeeded(http("DELETE", f"{place.tables}/t?purgeRequested=False"), 204)
    refused(http("DELETE", f"{place.tables}/t?purgeRequested=False"), 404, "NoSuchTableException")


def test_without_prefix(http, place):
    succeeded(place.create())
    base = f"/v1/namespaces/{place.name}"
    assert succeeded(http("GET", base))["namespace"] == [place.name]
    with_prefix, without = (http("GET", path) for path in (f"{place.tables}/t", f"{base}/tables/t"))
    assert with_prefix.json() == without.json()
    commit = {"requirements": [], "updates": [{"action": "set-properties", "updates": {"a": "b"}}]}
    assert succeeded(http("POST", f"{base}/tables/t", commit))["metadata"]["properties"]["a"] == "b"
    succeeded(http("POST", "/v1/tables/rename", {"source": place.table(), "destination": place.table("t2")}), 204)
    assert [entry["name"] for entry in succeeded(http("GET", f"{base}/tables"))["identifiers"]] == ["t2"]
    change = {"identifier": place.table("t2"), "requirements": [], "updates": commit["updates"]}
    succeeded(http("POST", "/v1/transactions/commit", {"table-changes": [change]}), 204)
    succeeded(http("DELETE", f"{base}/tables/t2"), 204)


def test_rename(http, place):
    succeeded(place.create())
    succeeded(place.create("other"))
    succeeded(http("POST", place.views, place.view()))

    def rename(kind, source, destination):
        return http("POST", f"{ICEBERG}/{kind}/rename", {"source": source, "destination": destination})

    name = place.name
    message = refused(rename("tables", place.table("absent"), place.table("x")), 404, "NoSuchTableException")
    assert f"Table does not exist: {name}.absent" in message
    message = refused(rename("tables", place.table(), {"namespace": ["absent_" + name], "name": "t"}), 404, "NoSuchNamespaceException")
    assert f"Namespace does not exist: absent_{name}" in message
    assert "Table already exists" in refused(rename("tables", place.table(), place.table("other")), 409, "AlreadyExistsException")
    refused(rename("tables", place.table(), place.table("v")), 409, "AlreadyExistsException",
            f"Cannot rename {name}.t to {name}.v. View already exists")
    refused(rename("views", place.table("v"), place.table("t")), 409, "AlreadyExistsException",
            f"Cannot rename {name}.v to {name}.t. Table already exists")
    before = place.load()
    succeeded(rename("tables", place.table(), place.table("new")), 204)
    refused(http("GET", f"{place.tables}/t"), 404, "NoSuchTableException")
    assert place.load("new") == before
    assert "View does not exist" in refused(rename("views", place.table("absent"), place.table("x")), 404, "NoSuchViewException")
    succeeded(rename("views", place.table("v"), place.table("w")), 204)
    succeeded(http("HEAD", f"{place.views}/w"), 204)


def test_register(http, place):
    location = succeeded(place.create())["metadata-location"]
    succeeded(http("DELETE", f"{place.tables}/t"), 204)

    def register(location, **more):
        return http("POST", place.namespace + "/register", {"name": "t", "metadata-location": location, **more})

    missing = location.rsplit("/", 1)[0] + f"/00000-{uuid.uuid4()}.metadata.json"
    refused(register(missing), 404, "NotFoundException", f"Failed to open input stream for file: {missing}")
    answer = succeeded(register(location))
    assert answer["metadata-location"] == location
    refused(register(location), 409, "AlreadyExistsException", f"Table already exists: {place.name}.t")
    commit = [{"action": "set-properties", "updates": {"a": "b"}}]
    newer = succeeded(place.commit(commit))["metadata-location"]
    assert newer.rsplit("/", 1)[1].startswith("00001-")
    assert succeeded(register(location, overwrite=True))["metadata-location"] == location
    assert "a" not in place.load()["metadata"]["properties"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b'{"format-version":99}', b"\xff" * 100])
def test_register_of_a_broken_file(http, place, content):
    location = succeeded(place.create("source"))["metadata-location"]
    broken = location.rsplit("/", 1)[0] + "/00009-broken.metadata.json"
    pathlib.Path(urllib.parse.urlsplit(broken).path).write_bytes(content)
    answer = http("POST", place.namespace + "/register", {"name": "t", "metadata-location": broken})
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["error"]["message"]
    succeeded(http("HEAD", f"{place.tables}/source"), 204)
    assert http("HEAD", f"{place.tables}/t").status_code == 404


def test_load_without_its_metadata_file(http, place):
    """Java's kit wants either the table, or this 404 to the letter."""
    location = succeeded(place.create())["metadata-location"]
    pathlib.Path(urllib.parse.urlsplit(location).path).unlink()
    answer = http("GET", f"{place.tables}/t")
    if answer.status_code != 200:
        refused(answer, 404, "NotFoundException", f"Failed to open input stream for file: {location}")


# MARK: Loading

def test_etag(http, place):
    created = place.create()
    succeeded(created)

    def load(tag=None, query=""):
        return http("GET", f"{place.tables}/t{query}", headers={"If-None-Match": tag} if tag else {})

    first = load()
    # A client of ours looks into a plain hash map: the spelling counts.
    assert "ETag" in list(first.raw.headers.keys())
    tag = first.headers["ETag"]
    assert created.headers["ETag"] == tag
    again = load(tag)
    assert again.status_code == 304 and again.content == b""
    committed = place.commit([{"action": "set-properties", "updates": {"a": "b"}}])
    second = load(tag)
    assert second.status_code == 200 and second.headers["ETag"] != tag
    assert committed.headers["ETag"] == second.headers["ETag"]
    # What was asked for is part of the answer's identity.
    assert load(query="?snapshots=refs").headers["ETag"] != second.headers["ETag"]
    assert load(second.headers["ETag"], "?snapshots=refs").status_code == 200
    # A dropped table does not live on in a tag, nor does one of the same name.
    tag = second.headers["ETag"]
    succeeded(http("DELETE", f"{place.tables}/t"), 204)
    assert load(tag).status_code == 404
    succeeded(place.create())
    assert load(tag).status_code == 200


def test_etag_of_not_modified(http, place):
    """RFC 9110, section 15.4.5: a 304 bears the tag that the 200 would have borne."""
    tag = place.create().headers["ETag"]
    assert http("GET", f"{place.tables}/t", headers={"If-None-Match": tag}).headers.get("ETag") == tag


@pytest.mark.parametrize("form", ['"other", {}', '{},"other"', "W/{}"])
def test_etag_among_others(http, place, form):
    """A cache between may send several tags, or weaken one."""
    tag = place.create().headers["ETag"]
    assert http("GET", f"{place.tables}/t", headers={"If-None-Match": form.format(tag)}).status_code == 304


def test_snapshots_of_refs_only(http, place):
    succeeded(place.create())
    first = place.append()
    second = place.append(parent=first)
    third = place.append(parent=second)
    succeeded(place.commit([set_ref("v1", first, "tag")]))

    def listed(query):
        metadata = place.load(query=query)["metadata"]
        assert metadata["current-snapshot-id"] == third
        assert len(metadata["snapshot-log"]) == 3
        return [snapshot["snapshot-id"] for snapshot in metadata["snapshots"]]

    assert sorted(listed("?snapshots=refs")) == sorted([first, third])
    assert listed("?snapshots=all") == listed("") == [first, second, third]
    refused(http("GET", f"{place.tables}/t?snapshots=some"), 400, "BadRequestException")


def test_gzip(http, place):
    fields = [(index, f"a_rather_long_name_{index}", "long") for index in range(1, 200)]
    succeeded(place.create(schema=schema_of(*fields)))
    plain = http("GET", f"{place.tables}/t", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    packed = http("GET", f"{place.tables}/t", headers={"Accept-Encoding": "gzip"}, stream=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.raw.read(decode_content=False))) == plain.json()


def test_gzipped_request(place):
    """Java may be told to compress what it sends; it is understood, or refused as what it is."""
    body = gzip.compress(json.dumps({"name": "t", "schema": SCHEMA}).encode())
    answer = place.call("POST", place.tables, data=body, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})
    assert answer.status_code in (200, 400, 415), answer.text


def test_kept_connection(server, place):
    """Answers without a body leave the connection fit for the next request."""
    succeeded(place.create())
    parts = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    tag = None
    for method, path in [("GET", "/t"), ("HEAD", "/t"), ("HEAD", "/absent"), ("GET", "/absent"), ("GET", "/t")] * 3:
        connection.request(method, place.tables + path, headers={"If-None-Match": tag} if tag else {})
        answer = connection.getresponse()
        answer.read()
        assert answer.status in ((404,) if path == "/absent" else (200, 204, 304))
        tag = answer.getheader("ETag") or tag
    connection.close()


# MARK: Commits

def test_requirements(place):
    metadata = succeeded(place.create())["metadata"]
    snapshot = place.append()
    other = str(uuid.uuid4())
    cases = [
        ({"type": "assert-table-uuid", "uuid": other}, f"UUID does not match: expected {metadata['table-uuid']} != {other}"),
        ({"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": None}, "branch main was created concurrently"),
        ({"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": 7}, f"branch main has changed: expected id 7 != {snapshot}"),
        ({"type": "assert-ref-snapshot-id", "ref": "x", "snapshot-id": 7}, "branch or tag x is missing, expected 7"),
        ({"type": "assert-last-assigned-field-id", "last-assigned-field-id": 9}, "last assigned field id changed: expected id 9 != 1"),
        ({"type": "assert-current-schema-id", "current-schema-id": 9}, "current schema changed: expected id 9 != 0"),
        ({"type": "assert-last-assigned-partition-id", "last-assigned-partition-id": 9},
         "last assigned partition id changed: expected id 9 != 999"),
        ({"type": "assert-default-spec-id", "default-spec-id": 9}, "default partition spec changed: expected id 9 != 0"),
        ({"type": "assert-default-sort-order-id", "default-sort-order-id": 9}, "default sort order changed: expected id 9 != 0")]
    before = place.load()
    # Java reads the 409 of a creation as AlreadyExistsException and shows this message.
    refused(place.commit([], [{"type": "assert-create"}]), 409, "AlreadyExistsException", f"Table already exists: {place.name}.t")
    for requirement, message in cases:
        answer = place.commit([{"action": "set-properties", "updates": {"a": "b"}}], [requirement])
        refused(answer, 409, "CommitFailedException", f"Requirement failed: {message}")
    assert place.load() == before
    held = [
        {"type": "assert-table-uuid", "uuid": metadata["table-uuid"].upper()},
        {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": snapshot},
        {"type": "assert-ref-snapshot-id", "ref": "none", "snapshot-id": None},
        {"type": "assert-last-assigned-field-id", "last-assigned-field-id": 1},
        {"type": "assert-current-schema-id", "current-schema-id": 0},
        {"type": "assert-last-assigned-partition-id", "last-assigned-partition-id": 999},
        {"type": "assert-default-spec-id", "default-spec-id": 0},
        {"type": "assert-default-sort-order-id", "default-sort-order-id": 0}]
    succeeded(place.commit([{"action": "set-properties", "updates": {"a": "b"}}], held))


def test_metadata_moves_on(place):
    """Each commit has a file of its own, and the log names the ones before."""
    locations = [succeeded(place.create())["metadata-location"]]
    for index in range(3):
        answer = succeeded(place.commit([{"action": "set-properties", "updates": {"value": str(index)}}]))
        assert [entry["metadata-file"] for entry in answer["metadata"]["metadata-log"]] == locations
        locations.append(answer["metadata-location"])
        assert locations[-1].rsplit("/", 1)[1].startswith(f"{index + 1:05}-")
        written = json.loads(pathlib.Path(urllib.parse.urlsplit(locations[-1]).path).read_bytes())
        assert written == answer["metadata"]
    stamps = [entry["timestamp-ms"] for entry in answer["metadata"]["metadata-log"]] + [answer["metadata"]["last-updated-ms"]]
    assert stamps == sorted(stamps)


def test_commit_that_changes_nothing(place):
    location = succeeded(place.create())["metadata-location"]
    assert succeeded(place.commit([]))["metadata-location"] == location


def test_commit_as_clickhouse_does(place):
    """No `snapshot-id` means null, the first parent is -1, and schemas come without `last-column-id`."""
    metadata = succeeded(place.create())["metadata"]
    snapshot = snapshot_after(metadata, -1)
    answer = place.commit(
        [{"action": "add-snapshot", "snapshot": snapshot}, set_ref("main", snapshot["snapshot-id"])],
        [{"type": "assert-ref-snapshot-id", "ref": "main"}])
    assert succeeded(answer)["metadata"]["current-snapshot-id"] == snapshot["snapshot-id"]
    schema = schema_of((1, "id", "long"), (2, "name", "string"))
    answer = succeeded(place.commit([{"action": "add-schema", "schema": schema}, {"action": "set-current-schema", "schema-id": -1}]))
    assert answer["metadata"]["last-column-id"] == 2 and answer["metadata"]["current-schema-id"] == 1


def test_old_keys_of_properties(place):
    succeeded(place.create())
    answer = succeeded(place.commit([{"action": "set-properties", "updated": {"a": "1", "b": "2"}}]))
    assert answer["metadata"]["properties"].items() >= {"a": "1", "b": "2"}.items()
    answer = succeeded(place.commit([{"action": "remove-properties", "removed": ["a"]}]))
    assert "a" not in answer["metadata"]["properties"] and answer["metadata"]["properties"]["b"] == "2"


def test_stale_sequence_number_is_a_conflict(place):
    """A client that lost a race retries after 409 and gives up after 400."""
    succeeded(place.create())
    stale = snapshot_after(place.load()["metadata"])
    place.append()
    answer = place.commit([{"action": "add-snapshot", "snapshot": stale}, set_ref("side", stale["snapshot-id"])])
    # Without a parent on another branch it is allowed; with main's snapshot as parent it is not.
    if answer.status_code != 200:
        refused(answer, 409, "CommitFailedException")
    parent = place.load()["metadata"]["current-snapshot-id"]
    stale = snapshot_after(place.load()["metadata"], parent) | {"sequence-number": 1}
    refused(place.commit([{"action": "add-snapshot", "snapshot": stale}]), 409, "CommitFailedException")


def test_unknown_snapshot_of_a_ref(place):
    succeeded(place.create())
    message = refused(place.commit([set_ref("main", 42)]), 400, "BadRequestException")
    assert "42" in message


def test_create_as_duckdb_does(http, place):
    """A staged creation, then one commit of everything, the spec before the schema is current and an empty set-properties."""
    staged = succeeded(place.create("d", **{"stage-create": True}))
    metadata = staged["metadata"]
    assert staged.get("metadata-location") is None
    refused(http("GET", f"{place.tables}/d"), 404, "NoSuchTableException")
    # On local files DuckDB writes its first manifest without making the folder.
    assert (pathlib.Path(urllib.parse.urlsplit(metadata["location"]).path) / "metadata").is_dir()
    snapshot = snapshot_after(metadata)
    change = {
        "identifier": place.table("d"), "requirements": [{"type": "assert-create"}], "updates": [
            {"action": "assign-uuid", "uuid": metadata["table-uuid"]},
            {"action": "upgrade-format-version", "format-version": 2},
            {"action": "add-schema", "schema": metadata["schemas"][0], "last-column-id": 1},
            {"action": "add-spec", "spec": {"spec-id": 0, "fields": [
                {"field-id": 1000, "source-id": 1, "transform": "identity", "name": "id"}]}},
            {"action": "set-current-schema", "schema-id": 0},
            {"action": "set-default-spec", "spec-id": -1},
            {"action": "add-sort-order", "sort-order": {"order-id": 0, "fields": []}},
            {"action": "set-default-sort-order", "sort-order-id": -1},
            {"action": "set-location", "location": metadata["location"]},
            {"action": "set-properties", "updates": {}},
            {"action": "add-snapshot", "snapshot": snapshot}, set_ref("main", snapshot["snapshot-id"])]}
    succeeded(http("POST", f"{ICEBERG}/transactions/commit", {"table-changes": [change]}), 204)
    loaded = place.load("d")
    assert loaded["metadata"]["table-uuid"] == metadata["table-uuid"]
    assert loaded["metadata"]["current-snapshot-id"] == snapshot["snapshot-id"]
    assert loaded["metadata"]["location"] == metadata["location"]
    refused(http("POST", f"{ICEBERG}/transactions/commit", {"table-changes": [change]}), 409, "AlreadyExistsException",
            f"Table already exists: {place.name}.d")


def test_transaction(http, place):
    for name in ("a", "b"):
        succeeded(place.create(name))

    def change(name, **updates):
        return {"identifier": place.table(name), "requirements": [], "updates": [{"action": "set-properties", "updates": updates}]}

    def send(*changes):
        return http("POST", f"{ICEBERG}/transactions/commit", {"table-changes": list(changes)})

    succeeded(send(change("a", x="1"), change("b", x="1")), 204)
    assert [place.load(name)["metadata"]["properties"]["x"] for name in ("a", "b")] == ["1", "1"]
    refused(send(change("a", x="2"), change("absent", x="2")), 404, "NoSuchTableException", f"Table does not exist: {place.name}.absent")
    assert place.load("a")["metadata"]["properties"]["x"] == "1"


def test_idempotency_key(http, place):
    """A replay gets the first answer, whatever has happened since; an error is not remembered as an answer to another try."""
    def key():
        return {"Idempotency-Key": str(uuid.uuid4())}

    create, commit, drop = key(), key(), key()
    body = {"name": "t", "schema": SCHEMA}
    first = succeeded(http("POST", place.tables, body, headers=create))
    updates = {"requirements": [{"type": "assert-table-uuid", "uuid": first["metadata"]["table-uuid"]}],
               "updates": [{"action": "set-properties", "updates": {"a": "1"}}]}
    second = succeeded(http("POST", f"{place.tables}/t", updates, headers=commit))
    succeeded(place.commit([{"action": "set-properties", "updates": {"a": "2"}}]))
    replayed = http("POST", f"{place.tables}/t", updates, headers=commit)
    assert replayed.status_code == 200
    assert replayed.json()["metadata"]["table-uuid"] == second["metadata"]["table-uuid"]
    # The replay changed nothing.
    assert place.load()["metadata"]["properties"]["a"] == "2"
    assert len(place.load()["metadata"]["metadata-log"]) == 2
    assert http("POST", place.tables, body, headers=create).status_code == 200
    for _ in range(2):
        succeeded(http("DELETE", f"{place.tables}/t", headers=drop), 204)
    refused(http("DELETE", f"{place.tables}/t", headers=key()), 404, "NoSuchTableException")


@pytest.mark.parametrize("value", ["not-a-uuid", "", "x" * 500])
def test_bad_idempotency_key(http, place, value):
    answer = http("POST", place.tables, {"name": "t", "schema": SCHEMA}, headers={"Idempotency-Key": value})
    assert answer.status_code in (200, 400), answer.text


# MARK: Metrics

def test_metrics_reports(http, place):
    succeeded(place.create())
    scan = {
        "report-type": "scan-report", "table-name": "t", "snapshot-id": 7, "filter": True, "schema-id": 0,
        "projected-field-ids": [1], "projected-field-names": ["id"],
        "metrics": {"total-planning-duration": {"count": 1, "time-unit": "nanoseconds", "total-duration": 26}},
        "metadata": {"engine-name": "spark", "app-id": "local-1"}}
    commit = {
        "report-type": "commit-report", "table-name": "t", "snapshot-id": 7, "sequence-number": 1, "operation": "append",
        "metrics": {"attempts": {"unit": "count", "value": 1}}}
    for report in (scan, commit):
        succeeded(http("POST", f"{place.tables}/t/metrics", report), 204)
    refused(http("POST", f"{place.tables}/absent/metrics", scan), 404, "NoSuchTableException")


# MARK: Views

def test_views(http, place):
    created = succeeded(http("POST", place.views, place.view()))
    metadata = created["metadata"]
    assert metadata["format-version"] == 1 and metadata["current-version-id"] == 1
    assert metadata["versions"][0]["representations"][0]["sql"] == "SELECT 1 AS one"
    assert json.loads(pathlib.Path(urllib.parse.urlsplit(created["metadata-location"]).path).read_bytes()) == metadata

    def replace(*updates, requirements=()):
        return http("POST", f"{place.views}/v", {"requirements": list(requirements), "updates": list(updates)})

    version = {"action": "add-view-version", "view-version": view_version(place.name, "SELECT 2 AS one", version=2)}
    current = {"action": "set-current-view-version", "view-version-id": -1}
    other = str(uuid.uuid4())
    refused(replace(version, current, requirements=[{"type": "assert-view-uuid", "uuid": other}]), 409, "CommitFailedException",
            f"Requirement failed: view UUID does not match: expected {metadata['view-uuid']} != {other}")
    replaced = succeeded(replace(version, current, requirements=[{"type": "assert-view-uuid", "uuid": metadata["view-uuid"]}]))
    assert replaced["metadata"]["current-version-id"] == 2
    assert [entry["version-id"] for entry in replaced["metadata"]["version-log"]] == [1, 2]
    # The same version again is the one that is there.
    again = succeeded(replace({"action": "add-view-version", "view-version": view_version(place.name, "SELECT 1 AS one", version=3)}, current))
    assert again["metadata"]["current-version-id"] == 1
    assert len(again["metadata"]["versions"]) == 2
    succeeded(replace({"action": "set-properties", "updates": {"comment": "one"}}))
    assert succeeded(http("GET", f"{place.views}/v"))["metadata"]["properties"] == {"comment": "one"}
    refused(http("POST", f"{place.views}/absent", {"requirements": [], "updates": []}), 404, "NoSuchViewException",
            f"View does not exist: {place.name}.absent")
    succeeded(http("DELETE", f"{place.views}/v"), 204)
    refused(http("DELETE", f"{place.views}/v"), 404, "NoSuchViewException")


def test_view_with_one_dialect_twice(http, place):
    view = place.view()
    view["view-version"]["representations"] *= 2
    refused(http("POST", place.views, view), 400, "BadRequestException",
            "Invalid view version: Cannot add multiple queries for dialect spark")

"""Input no honest client sends: a clear 4xx with nothing changed, or a success that round trips."""

import http.client
import json
import socket
import urllib.parse
import uuid

import pytest

SCHEMA = {"type": "struct", "fields": [{"id": 1, "name": "id", "type": "long", "required": True}]}
JSON = {"Content-Type": "application/json"}
LARGE = 50 * 1024 * 1024
WRONG = [None, True, 7, 1.5, "text", [], [1], {}, {"a": 1}]


def quote(text):
    return urllib.parse.quote(text, safe="")


class Place:
    """A namespace with one table, and a raw connection that changes nothing in what it sends."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.name = "bad_" + uuid.uuid4().hex[:12]
        self.namespace = f"/v1/namespaces/{self.name}"
        self.tables = self.namespace + "/tables"
        self.table = self.tables + "/t"
        assert self.json("POST", "/v1/namespaces", {"namespace": [self.name]})[0] == 200
        assert self.json("POST", self.tables, {"name": "t", "schema": SCHEMA})[0] == 200

    def send(self, method, path, body=None, headers=JSON, chunked=False):
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        try:
            try:
                connection.request(method, path, body, headers, encode_chunked=chunked)
            except (BrokenPipeError, ConnectionResetError):
                # The server may answer and close before it has read everything.
                if connection.sock is None:
                    raise
                answer = http.client.HTTPResponse(connection.sock, method=method)
                answer.begin()
                return answer.status, answer.read()
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def json(self, method, path, value):
        return self.send(method, path, json.dumps(value).encode())

    def state(self):
        return [self.send("GET", path, headers={}) for path in (self.namespace, self.tables, self.table)]


@pytest.fixture
def place(server):
    return Place(server.url)


def refused(answer, statuses=range(400, 500)):
    status, body = answer
    assert status in statuses, (status, body[:300])
    error = json.loads(body)["error"]
    assert error["code"] == status
    assert isinstance(error["message"], str) and error["message"]
    assert isinstance(error["type"], str) and error["type"]


def refused_unchanged(place, method, path, body, statuses=range(400, 500), **more):
    before = place.state()
    refused(place.send(method, path, body, **more), statuses)
    assert place.state() == before


def nested(depth):
    return b'{"name":"x","schema":' + b"[" * depth + b"]" * depth + b"}"


MALFORMED = {
    "empty": b"", "open": b"{", "trailing": b'{"a":1,}', "two values": b"{} {}", "text": b"hello", "list": b"[]",
    "null": b"null", "nested": nested(200), "raw nul": b'{"name":"a\0b"}', "nul between": b'\0{"name":"x"}',
    "bad utf-8": b'{"name":"\xff\xfe"}', "overlong utf-8": b'{"name":"\xc0\xaf"}',
    "encoded surrogate": b'{"name":"\xed\xa0\x80"}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("where", ["tables", "table"])
def test_malformed_body(place, where, body):
    refused_unchanged(place, "POST", getattr(place, where), body, [400, 422])


SCHEMA_TEXT = json.dumps(SCHEMA).encode()
HARD_STRINGS = {
    "escaped nul": rb'"a\u0000b"', "lone high surrogate": rb'"\ud800"', "lone low surrogate": rb'"\udc00"',
    "twice": b'"one","name":"two"', "empty": b'""', "long": b'"' + b"x" * 10_000 + b'"',
}


@pytest.mark.parametrize("name", HARD_STRINGS.values(), ids=HARD_STRINGS.keys())
def test_bad_table_name_in_body(place, name):
    refused_unchanged(place, "POST", place.tables, b'{"schema":' + SCHEMA_TEXT + b',"name":' + name + b"}", [400, 422])


@pytest.mark.parametrize("levels", [[], [""], ["a", ""], ["a\x1fb"], ["a\0b"], ["x" * 10_000]], ids=lambda v: repr(v)[:20])
def test_bad_namespace(place, levels):
    before = place.send("GET", "/v1/namespaces", headers={})
    refused(place.json("POST", "/v1/namespaces", {"namespace": levels}), [400, 422])
    assert place.send("GET", "/v1/namespaces", headers={}) == before


CREATE_TYPES = {
    "name": str, "schema": dict, "location": str, "partition-spec": dict, "write-order": dict, "stage-create": bool,
    "properties": dict,
}


def wrong_values(expected, nullable):
    """Values of no fitting type; objects are never right here, as none has the members asked for."""
    for value in WRONG:
        if value is None and nullable:
            continue
        if type(value) is expected and value != {"a": 1}:
            continue
        yield value


CREATE_CASES = [(f, v) for f, t in CREATE_TYPES.items() for v in wrong_values(t, f not in ("name", "schema"))]


@pytest.mark.parametrize("field,value", CREATE_CASES, ids=repr)
def test_wrong_type_in_create(place, field, value):
    body = {"name": "new", "schema": SCHEMA, field: value}
    refused_unchanged(place, "POST", place.tables, json.dumps(body).encode(), [400, 422])


UPDATES = {
    "assign-uuid": "uuid", "upgrade-format-version": "format-version", "add-schema": "schema",
    "set-current-schema": "schema-id", "add-spec": "spec", "set-default-spec": "spec-id",
    "add-sort-order": "sort-order", "set-default-sort-order": "sort-order-id", "add-snapshot": "snapshot",
    "set-snapshot-ref": "ref-name", "remove-snapshots": "snapshot-ids", "remove-snapshot-ref": "ref-name",
    "set-location": "location", "set-properties": "updates", "remove-properties": "removals",
    "set-statistics": "statistics", "remove-statistics": "snapshot-id",
    "set-partition-statistics": "partition-statistics", "remove-partition-statistics": "snapshot-id",
    "remove-partition-specs": "spec-ids", "remove-schemas": "schema-ids", "add-encryption-key": "encryption-key",
    "remove-encryption-key": "key-id",
}
REQUIREMENTS = {
    "assert-table-uuid": "uuid", "assert-ref-snapshot-id": "ref", "assert-last-assigned-field-id": "last-assigned-field-id",
    "assert-current-schema-id": "current-schema-id", "assert-last-assigned-partition-id": "last-assigned-partition-id",
    "assert-default-spec-id": "default-spec-id", "assert-default-sort-order-id": "default-sort-order-id",
}
NEVER = [None, True, 1.5, {"a": 1}, [{"a": [1]}]]
COMMITS = [{"requirements": [], "updates": [{"action": a, f: v}]} for a, f in UPDATES.items() for v in NEVER]
COMMITS += [{"requirements": [{"type": t, f: v}], "updates": []} for t, f in REQUIREMENTS.items() for v in NEVER]
COMMITS += [{"requirements": [], "updates": v} for v in WRONG if v != []]
COMMITS += [{"requirements": v, "updates": []} for v in WRONG if v != []]
COMMITS += [{"requirements": [], "updates": [{"action": v}]} for v in ["no-such-update", "", None, 7]]
COMMITS += [{"requirements": [{"type": v}], "updates": []} for v in ["no-such-requirement", "", None, 7]]
COMMITS += [{"requirements": [], "updates": [{"action": "set-current-schema", "schema-id": v}]} for v in (-7, 2**31, 2**64, 10**400)]


@pytest.mark.parametrize("commit", COMMITS, ids=lambda commit: json.dumps(commit)[:90])
def test_bad_commit(place, commit):
    refused_unchanged(place, "POST", place.table, json.dumps(commit).encode(), [400, 409, 422])


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"NaN", b"Infinity", b"01", b"+1", b"0x10"])
def test_bad_number(place, number):
    body = b'{"requirements":[],"updates":[{"action":"set-current-schema","schema-id":' + number + b"}]}"
    refused_unchanged(place, "POST", place.table, body, [400, 422])


@pytest.mark.parametrize("chunked", [False, True])
def test_body_too_large(place, chunked):
    piece = b" " * (1 << 20)
    if chunked:
        body, headers = (piece for _ in range(LARGE >> 20)), {**JSON, "Transfer-Encoding": "chunked"}
    else:
        body, headers = piece * (LARGE >> 20), JSON
    refused_unchanged(place, "POST", place.tables, body, [400, 413], headers=headers, chunked=chunked)


@pytest.mark.parametrize("name", ["snow ☃", "🧊", "two words", "a.b", "per%cent", "a%2Fb", "ünï"])
def test_unusual_name_round_trips(place, name):
    assert place.json("POST", place.tables, {"name": name, "schema": SCHEMA})[0] == 200
    status, body = place.send("GET", place.tables, headers={})
    assert status == 200 and name in [entry["name"] for entry in json.loads(body)["identifiers"]]
    assert place.send("GET", f"{place.tables}/{quote(name)}", headers={})[0] == 200


@pytest.mark.parametrize("name", ["a/b", "..", ".", "../../etc"])
def test_path_like_name(place, name):
    """Refused, or kept as a plain name; never a way out of the namespace."""
    before = place.state()
    answer = place.json("POST", place.tables, {"name": name, "schema": SCHEMA})
    if answer[0] == 200:
        assert ".." not in json.loads(answer[1])["metadata-location"].split("/")
        assert place.send("GET", f"{place.tables}/{quote(name)}", headers={})[0] == 200
    else:
        refused(answer, [400, 422])
        assert place.state() == before


@pytest.mark.parametrize("text", ["%", "%zz", "%ff", "%00", "%1F", "x" * 10_000])
def test_bad_path(place, text):
    before = place.state()
    refused(place.send("GET", f"{place.tables}/{text}", headers={}), [400, 404, 414, 431])
    assert place.state() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_wrong_method(place, method):
    refused_unchanged(place, method, place.tables, b"{}", [405])


@pytest.mark.parametrize("path", ["/", "/v2/config", "/v1/no/such/route/here", "/management/v1/nothing"])
def test_unknown_route(place, path):
    refused(place.send("GET", path, headers={}), [404])


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {**JSON, "Accept": "image/png"}], ids=repr)
def test_content_negotiation(place, headers):
    """Lenient or strict, but never a server error: clients differ in what they send."""
    before = place.state()
    answer = place.send("POST", place.tables, json.dumps({"name": "n", "schema": SCHEMA}).encode(), headers)
    if answer[0] != 200:
        refused(answer, [400, 406, 415])
        assert place.state() == before


@pytest.mark.parametrize("headers", [{"X-Big": "x" * 1_000_000}, {f"X-{i}": "y" * 100 for i in range(5_000)}], ids=["one", "many"])
def test_header_bomb(place, headers):
    """The parser below the router may refuse without our error body, or close; the server stays up."""
    before = place.state()
    try:
        assert place.send("GET", place.table, headers=headers)[0] in range(400, 500)
    except (ConnectionError, http.client.HTTPException):
        pass
    assert place.state() == before


def test_slow_client_blocks_nobody(place):
    before = place.state()
    with socket.create_connection(place.address, timeout=10) as slow:
        slow.sendall(f"POST {place.tables} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode())
        assert place.state() == before
    assert place.state() == before

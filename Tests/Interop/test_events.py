"""Events: read in their order, and sent to a real HTTP receiver whose signatures are checked by the book."""

import base64
import hashlib
import hmac
import http.server
import json
import subprocess
import threading
import time
import uuid
from pathlib import Path

import jsonschema
import pyarrow as pa
import pytest
import requests
import yaml
from pyiceberg.catalog import load_catalog

from servers import BINARY, Postgres, Server, open_folder, wait_until

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {"MORAINE_WEBHOOK_NETWORKS": "127.0.0.0/8 ::1", "MORAINE_WEBHOOK_PLAIN_HTTP": "true"}


class Receiver:
    """Remembers every request; answers as `answer` says, which gets the number of the request from 0."""

    def __init__(self, answer=lambda number: 204):
        self.requests = []
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.lock:
                    number = len(receiver.requests)
                    status = answer(number)
                    receiver.requests.append({"path": self.path, "headers": dict(self.headers), "body": body, "status": status})
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?key=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def accepted(self):
        with self.lock:
            return [json.loads(request["body"]) for request in self.requests if 200 <= request["status"] < 300]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def verify(request, secret):
    """As the Standard Webhooks specification says, without any of our code."""
    headers = {name.lower(): value for name, value in request["headers"].items()}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request["body"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert headers["webhook-id"] == json.loads(request["body"])["id"]


class House:
    """Servers on one database, and plain calls to the first of them."""

    def __init__(self, count=1, environment=ALLOWED):
        self.folder = open_folder("moraine-events-")
        self.postgres = Postgres()
        self.servers = [
            Server(
                ["--dev", "--database-url", self.postgres.url, "--warehouse", f"main=file://{self.folder}/warehouse"],
                self.folder / f"log-{number}", environment).start()
            for number in range(count)]
        self.url = self.servers[0].url

    def call(self, method, path, json=None, server=0):
        return requests.request(method, self.servers[server].url + path, json=json, timeout=60)

    def events(self, server=0, **query):
        """All events behind `after`, from page to page."""
        found, after = [], query.pop("after", -1)
        while True:
            answer = requests.get(
                f"{self.servers[server].url}/governance/v1/events", params={**query, "after": after, "limit": 7}, timeout=60)
            assert answer.ok, answer.text
            page = answer.json()
            found += page["events"]
            if not page["events"] and page["next-after"] == after:
                return found
            after = page["next-after"]

    def settled(self, server=0):
        """The place of the last event, once nothing new gets one."""
        last = [None]

        def is_quiet():
            place = self.call("GET", "/governance/v1/events?after=end", server=server).json()["next-after"]
            known, last[0] = last[0], place
            time.sleep(0.6)
            return place if place == known else None

        return wait_until(is_quiet, what="a quiet trail")

    def webhook(self, name, url, **more):
        answer = self.call("POST", "/governance/v1/webhooks", {"name": name, "url": url, **more})
        assert answer.ok, answer.text
        return answer.json()

    def moraine(self, *arguments):
        return subprocess.run([BINARY, *arguments, "--server", self.url], capture_output=True, text=True, timeout=60)

    def close(self):
        for server in self.servers:
            server.stop() if server.process.poll() is None else None
        self.postgres.close()


@pytest.fixture(scope="module")
def house():
    house = House()
    yield house
    house.close()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def a_namespace(house):
    name = "n" + uuid.uuid4().hex[:8]
    catalog = load_catalog("moraine", uri=house.url, warehouse="main")
    catalog.create_namespace(name)
    return catalog, name


def a_table(catalog, name):
    return catalog.create_table(name, pa.schema([("id", pa.int64())]))


def schema_of_events():
    document = yaml.safe_load((ROOT / "openapi" / "schemas" / "events.yaml").read_text())
    return {"$ref": "#/$defs/CloudEvent", "$defs": json.loads(json.dumps(
        {name: document[name] for name in ("CloudEvent", "EventData")}).replace('"#/', '"#/$defs/'))}


def test_events_are_read_in_order(house):
    before = house.settled()
    catalog, namespace = a_namespace(house)
    table = a_table(catalog, f"{namespace}.t")
    for number in range(5):
        table.append(pa.table({"id": [number]}))
    catalog.drop_table(f"{namespace}.t")
    house.settled()
    events = house.events(after=before)
    schema = schema_of_events()
    for event in events:
        jsonschema.validate(event, schema)
    assert [event["data"]["place"] for event in events] == list(range(before + 1, before + 1 + len(events)))
    of_table = [event for event in events if event.get("subject") == f"main/{namespace}/t"]
    assert [event["type"] for event in of_table] == ["io.moraine.create-table"] + ["io.moraine.update-table"] * 5 + ["io.moraine.drop-table"]
    assert {event["source"] for event in of_table} == {"/moraine/main"}
    assert all(event["data"]["principal"] == "anonymous" for event in of_table)
    # Each begins where the one before ended.
    versions = [(event["data"]["before"].get("version"), event["data"]["after"].get("version")) for event in of_table[1:-1]]
    assert all(old != new for old, new in versions) and all(a[1] == b[0] for a, b in zip(versions, versions[1:])), versions

    # The same by filters.
    named = {"object-kind": "table", "warehouse": "main", "namespace": namespace, "name": "t"}
    assert house.events(after=before, **named) == of_table
    inside = house.events(after=before, **{"object-kind": "namespace", "warehouse": "main", "namespace": namespace})
    assert inside[1:] == of_table and inside[0]["type"] == "io.moraine.create-namespace"
    assert house.events(after=before, action="drop-table,create-table", **named) == [of_table[0], of_table[-1]]


def test_what_makes_no_sense_is_refused(house):
    for query in ("after=x", "after=-2", "limit=0", "limit=1001", "wait=31", "action=fly", "object-kind=zone"):
        assert house.call("GET", f"/governance/v1/events?{query}").status_code == 400, query


def test_waiting_ends_when_something_happens(house):
    catalog, namespace = a_namespace(house)
    end = house.settled()
    begun = time.monotonic()
    assert house.call("GET", f"/governance/v1/events?after={end}&wait=1").json() == {"events": [], "next-after": end}
    assert 0.9 < time.monotonic() - begun < 5
    answers = []
    waiter = threading.Thread(
        target=lambda: answers.append((house.call("GET", f"/governance/v1/events?after={end}&wait=30").json(), time.monotonic())))
    waiter.start()
    time.sleep(0.5)
    changed = time.monotonic()
    a_table(catalog, f"{namespace}.t")
    waiter.join(40)
    page, answered = answers[0]
    assert [event["type"] for event in page["events"]] == ["io.moraine.create-table"]
    assert answered - changed < 5


def test_a_receiver_that_fails_first_gets_everything_in_order(house):
    # Three failures, then one in the middle: after each, the same event comes again.
    receiver = Receiver(lambda number: 500 if number in (0, 1, 2, 9) else 200)
    catalog, namespace = a_namespace(house)
    house.settled()
    hook = house.webhook("orders", receiver.url, object={"kind": "namespace", "warehouse": "main", "namespace": [namespace]})
    assert hook["secret"].startswith("whsec_") and "secret" not in house.call("GET", "/governance/v1/webhooks/orders").json()

    def write(name):
        table = a_table(load_catalog("moraine", uri=house.url, warehouse="main"), f"{namespace}.{name}")
        for number in range(6):
            table.append(pa.table({"id": [number]}))

    writers = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    house.settled()
    named = {"object-kind": "namespace", "warehouse": "main", "namespace": namespace}
    expected = house.events(after=hook["after"], **named)
    assert len(expected) == 4 * 7
    wait_until(lambda: len(receiver.accepted()) >= len(expected), 60, "delivery of all events")
    assert receiver.accepted() == expected
    for request in receiver.requests:
        verify(request, hook["secret"])
        assert request["path"] == "/hook?key=1"
    sent = [json.loads(request["body"])["id"] for request in receiver.requests]
    assert len(set(sent[:4])) == 1 and sent[9] == sent[10] and len(sent) == len(expected) + 4
    per_table = {}
    for event in receiver.accepted():
        per_table.setdefault(event["subject"], []).append(event["type"].removeprefix("io.moraine."))
    assert all(types == ["create-table"] + ["update-table"] * 6 for types in per_table.values())

    attempts = house.call("GET", "/governance/v1/webhooks/orders/deliveries").json()["deliveries"]
    assert [attempt["accepted"] for attempt in reversed(attempts)][:5] == [False] * 3 + [True] * 2
    shown = house.call("GET", "/governance/v1/webhooks/orders").json()
    assert shown["failed-attempts"] == 0 and "failing-since-ms" not in shown
    assert house.call("DELETE", "/governance/v1/webhooks/orders").status_code == 204
    receiver.close()


def test_a_receiver_that_is_gone_for_good_is_paused_and_goes_on_when_enabled(house):
    gone = threading.Event()
    gone.set()
    receiver = Receiver(lambda number: 410 if gone.is_set() else 200)
    catalog, namespace = a_namespace(house)
    house.settled()
    house.webhook("gone", receiver.url, actions=["create-table"])
    a_table(catalog, f"{namespace}.t")
    paused = wait_until(
        lambda: (found := house.call("GET", "/governance/v1/webhooks/gone").json()).get("paused-at-ms") and found, what="a pause")
    assert paused["is-enabled"] and "410" in paused["last-error"]
    gone.clear()
    time.sleep(1.5)
    assert len(receiver.requests) == 1
    house.settled()
    assert [event["data"]["after"]["reason"] for event in house.events(action="pause-webhook")] == ["it answered 410"]
    assert house.call("POST", "/governance/v1/webhooks/gone", {"is-enabled": True}).ok
    wait_until(lambda: len(receiver.accepted()) == 1, what="delivery")
    assert receiver.requests[0]["body"] == receiver.requests[1]["body"]
    # From the beginning again.
    assert house.call("POST", "/governance/v1/webhooks/gone", {"after": -1}).ok
    everything = house.events(action="create-table")
    wait_until(lambda: len(receiver.accepted()) == 1 + len(everything), what="delivery")
    assert receiver.accepted()[1:] == everything
    assert house.call("DELETE", "/governance/v1/webhooks/gone").ok
    receiver.close()


def test_a_model_and_a_dataset_of_another_format_can_be_followed(house):
    receiver = Receiver()
    catalog, namespace = a_namespace(house)
    house.settled()
    house.webhook("model", receiver.url, object={"kind": "model", "name": "followed"})
    house.webhook("files", receiver.url, object={"kind": "dataset", "warehouse": "main", "namespace": [namespace], "name": "scans"})
    assert house.call("GET", "/governance/v1/webhooks/files").json()["object"]["kind"] == "dataset"
    for name in ("followed", "other"):
        assert house.call("POST", "/governance/v1/models", {"name": name, "purpose": "Scores.", "risk-tier": "minimal"}).ok
    path = f"/governance/v1/warehouses/main/namespaces/{namespace}/datasets"
    for name in ("scans", "others"):
        made = house.call("POST", path, {"name": name, "format": "topic", "location": f"kafka://broker/{name}"})
        assert made.ok, made.text
    wait_until(lambda: len(receiver.accepted()) == 2, what="both events")
    time.sleep(1)
    assert sorted(event["subject"] for event in receiver.accepted()) == ["followed", f"main/{namespace}/scans"]
    shown = house.moraine("webhook", "show", "model").stdout
    assert "model followed" in shown
    for name in ("model", "files"):
        assert house.call("DELETE", f"/governance/v1/webhooks/{name}").ok
    receiver.close()


def test_redirects_are_not_followed(house):
    receiver = Receiver(lambda number: 302)
    house.webhook("moved", receiver.url, **{"is-enabled": False})
    answer = house.call("POST", "/governance/v1/webhooks/moved/ping").json()
    assert not answer["accepted"] and answer["status"] == 302
    assert [request["path"] for request in receiver.requests] == ["/hook?key=1"]
    assert house.call("DELETE", "/governance/v1/webhooks/moved").ok
    receiver.close()


def test_the_command_line(house, receiver):
    made = house.moraine("webhook", "create", "cli", receiver.url, "--action", "create-namespace", "-o", "json")
    assert made.returncode == 0, made.stderr
    secret = json.loads(made.stdout)["secret"]
    assert receiver.url in house.moraine("webhook", "list").stdout
    shown = house.moraine("webhook", "show", "cli")
    assert "create-namespace" in shown.stdout and secret not in shown.stdout
    pinged = house.moraine("webhook", "ping", "cli")
    assert pinged.returncode == 0 and "204" in pinged.stdout, pinged.stderr
    verify(receiver.requests[0], secret)
    assert json.loads(receiver.requests[0]["body"])["type"] == "io.moraine.ping"

    end = house.settled()
    follow = subprocess.Popen(
        [BINARY, "events", "tail", "--follow", "-o", "json", "--server", house.url], stdout=subprocess.PIPE, text=True)
    time.sleep(2)
    _, namespace = a_namespace(house)
    line = json.loads(follow.stdout.readline())
    follow.terminate()
    follow.wait()
    assert line["subject"] == f"main/{namespace}"
    wait_until(lambda: len(receiver.accepted()) == 2, what="delivery")
    assert receiver.accepted()[1] == line
    table = house.moraine("events", "tail", "--after", str(end)).stdout.splitlines()
    assert table[0].split() == ["PLACE", "TIME", "ACTION", "OBJECT", "PRINCIPAL"]
    assert f"main/{namespace}" in table[1] and "create-namespace" in table[1]
    on = house.moraine("events", "tail", "-o", "json", "--on", "namespace", namespace)
    assert [json.loads(text) for text in on.stdout.splitlines()] == [line], on.stderr
    deliveries = house.moraine("webhook", "deliveries", "cli").stdout
    assert "ping" in deliveries and line["id"] in deliveries
    assert house.moraine("webhook", "update", "cli", "--disable-delivery").returncode == 0
    assert "disabled" in house.moraine("webhook", "list").stdout
    assert house.moraine("webhook", "delete", "cli", "--yes").returncode == 0
    assert house.moraine("webhook", "show", "cli").returncode != 0


def test_addresses_within_the_house_are_refused(receiver):
    """Plain HTTP is allowed here and nothing else, so that what is not refused would arrive."""
    house = House(environment={"MORAINE_WEBHOOK_PLAIN_HTTP": "true"})
    port = receiver.port
    refused = [
        f"http://127.0.0.1:{port}/", f"http://127.8.8.8:{port}/", f"http://0.0.0.0:{port}/", f"http://[::1]:{port}/", f"http://[::]:{port}/",
        f"http://[::ffff:127.0.0.1]:{port}/", f"http://[::ffff:7f00:1]:{port}/", f"http://[64:ff9b::127.0.0.1]:{port}/",
        f"http://[2002:7f00:1::]:{port}/", f"http://[::127.0.0.1]:{port}/", "https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/", "https://100.100.100.200/", "https://[fe80::1]/", "https://[fd00::1]/",
        "https://224.0.0.1/", "https://255.255.255.255/", "https://[ff02::1]/",
        # What is no URL for this.
        f"ftp://127.0.0.1:{port}/", f"http://user@127.0.0.1:{port}/", f"http://example.com#@127.0.0.1:{port}/", "http:///x", "https://",
        f"http://127.0.0.1\\@example.com:{port}/", "https://example.com:0/", "https://example.com:99999/", "https://exa mple.com/",
        "https://[fe80::1%25lo]/", f"http://127%2e0%2e0%2e1:{port}/", "https://exámple.com/", "https://" + "a" * 3000,
    ]
    for url in refused:
        answer = house.call("POST", "/governance/v1/webhooks", {"name": "x", "url": url})
        assert answer.status_code == 400, (url, answer.text)
    # Names, and numbers that only a resolver takes for addresses: found out when it is sent.
    names = ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "0", "LOCALHOST"]
    for number, name in enumerate(names):
        house.webhook(f"x{number}", f"http://{name}:{port}/", after=-1)
        answer = house.call("POST", f"/governance/v1/webhooks/x{number}/ping").json()
        assert not answer["accepted"] and "status" not in answer, (name, answer)
        assert "nothing is sent there" in answer["error"], (name, answer)
    # Nor is anything delivered there.
    wait_until(lambda: all(
        "last-error" in webhook for webhook in house.call("GET", "/governance/v1/webhooks").json()["webhooks"]), what="attempts")
    assert receiver.requests == []
    house.close()


def test_another_server_goes_on_when_one_is_killed(receiver):
    house = House(count=2)
    house.settled()
    hook = house.webhook("both", receiver.url)
    catalog, namespace = a_namespace(house)
    table = a_table(catalog, f"{namespace}.t")
    for number in range(3):
        table.append(pa.table({"id": [number]}))
    assert house.settled() - hook["after"] == 6
    wait_until(lambda: len(receiver.accepted()) == 6, what="delivery")
    for round in range(2):
        # Whichever of the two did the work.
        first, second = house.servers[round % 2], house.servers[(round + 1) % 2]
        first.kill()
        killed = time.monotonic()
        table = load_catalog("moraine", uri=second.url, warehouse="main").load_table(f"{namespace}.t")
        for number in range(4):
            table.append(pa.table({"id": [number]}))
        expected = 10 + round * 4
        wait_until(lambda: len(house.events(server=(round + 1) % 2, after=hook["after"])) == expected, what="places")
        assert time.monotonic() - killed < 15
        wait_until(lambda: len({event["id"] for event in receiver.accepted()}) == expected, 90, "delivery")
        first.restart()
    places = [event["data"]["place"] for event in receiver.accepted()]
    # One may come twice, never out of order.
    assert places == sorted(places)
    house.close()

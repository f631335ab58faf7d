"""Many writers, several servers, and failures in the middle: what was acknowledged is there exactly once."""

import collections
import concurrent.futures
import random
import threading
import time
import uuid

import pyarrow as pa
import pytest
import requests
from pyiceberg.catalog import load_catalog

from servers import Server, open_folder, wait_until

WRITERS = 32
SCHEMA = {"type": "struct", "fields": [{"id": 1, "name": "id", "required": False, "type": "long"}]}
UNKNOWN = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


class Cluster:
    """Three servers on one database."""

    def __init__(self, postgres):
        folder = open_folder("moraine-cluster-")
        self.postgres = postgres
        arguments = ["--dev", "--database-url", postgres.url, "--warehouse", f"main=file://{folder}/warehouse"]
        self.servers = [Server(arguments, folder / f"log{index}").start() for index in range(3)]

    def url(self):
        return random.choice(self.servers).url

    def close(self):
        for server in self.servers:
            server.stop()


@pytest.fixture
def cluster(postgres):
    cluster = Cluster(postgres)
    yield cluster
    cluster.close()


class Writer(threading.Thread):
    """Commits snapshots until told to stop, each with a mark, and keeps account of what it was told."""

    def __init__(self, cluster, table, stop):
        super().__init__(daemon=True)
        self.cluster, self.table, self.stop = cluster, table, stop
        self.acknowledged, self.refused, self.unknown = [], [], []
        self.statuses = collections.Counter()
        self.failure = None

    def run(self):
        try:
            while not self.stop.is_set():
                self.write(uuid.uuid4().hex)
        except Exception as error:
            self.failure = error

    def send(self, method, path, **options):
        return requests.request(method, self.cluster.url() + path, timeout=40, **options)

    def load(self):
        while True:
            try:
                answer = self.send("GET", self.table)
                if answer.status_code == 200:
                    return answer.json()["metadata"]
            except UNKNOWN:
                pass
            time.sleep(0.1)

    def write(self, mark):
        """One append, tried again while it loses against others, until it is known to be there or time is up."""
        while True:
            metadata = self.load()
            if any(snapshot["summary"].get("mark") == mark for snapshot in metadata["snapshots"]):
                # A try whose answer was lost had succeeded.
                return self.acknowledged.append(mark)
            parent = metadata["current-snapshot-id"]
            snapshot = {
                "snapshot-id": random.getrandbits(62), "sequence-number": metadata["last-sequence-number"] + 1,
                "timestamp-ms": int(time.time() * 1000), "manifest-list": f"{metadata['location']}/metadata/snap-{mark}.avro",
                "summary": {"operation": "append", "mark": mark}, "schema-id": 0}
            if parent != -1:
                snapshot["parent-snapshot-id"] = parent
            body = {
                "requirements": [{"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": None if parent == -1 else parent}],
                "updates": [
                    {"action": "add-snapshot", "snapshot": snapshot},
                    {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": snapshot["snapshot-id"]}]}
            try:
                answer = self.send("POST", self.table, json=body)
            except UNKNOWN:
                self.unknown.append(mark)
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                return self.acknowledged.append(mark)
            if answer.status_code not in (409, 503):
                raise AssertionError(f"{answer.status_code}: {answer.text}")
            if self.stop.is_set():
                return self.refused.append(mark)


def check(cluster, table, writers):
    """Every acknowledged mark is in main's chain exactly once; every other mark at most once and never if it was refused."""
    for writer in writers:
        assert writer.failure is None, writer.failure
    metadata = requests.get(cluster.servers[0].url + table, timeout=30).json()["metadata"]
    by_id = {snapshot["snapshot-id"]: snapshot for snapshot in metadata["snapshots"]}
    assert len(by_id) == len(metadata["snapshots"])
    chain, current = [], metadata["current-snapshot-id"]
    while current is not None:
        chain.append(by_id[current]["summary"]["mark"])
        current = by_id[current].get("parent-snapshot-id")
    assert len(chain) == len(by_id), "snapshots outside main's chain"
    marks = collections.Counter(chain)
    acknowledged = [mark for writer in writers for mark in writer.acknowledged]
    assert len(acknowledged) == len(set(acknowledged))
    assert [mark for mark in acknowledged if marks[mark] != 1] == []
    assert [mark for mark, count in marks.items() if count > 1] == []
    assert set(marks) <= set(acknowledged) | {mark for writer in writers for mark in writer.unknown}
    sequence = [by_id[entry["snapshot-id"]]["sequence-number"] for entry in metadata["snapshot-log"]]
    assert sequence == sorted(sequence)
    return acknowledged, sum((writer.statuses for writer in writers), collections.Counter())


def make_table(cluster, name="t"):
    url = cluster.servers[0].url
    requests.post(f"{url}/v1/main/namespaces", json={"namespace": ["ns"]}, timeout=30)
    answer = requests.post(f"{url}/v1/main/namespaces/ns/tables", json={"name": name, "schema": SCHEMA}, timeout=30)
    assert answer.status_code == 200, answer.text
    return f"/v1/main/namespaces/ns/tables/{name}"


def run(cluster, tables, seconds, disturb=None):
    stop = threading.Event()
    writers = [Writer(cluster, tables[index % len(tables)], stop) for index in range(WRITERS)]
    for writer in writers:
        writer.start()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if disturb:
            disturb()
        time.sleep(0.5)
    stop.set()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive(), "a writer hangs"
    return writers


def test_one_table_through_three_servers(cluster):
    table = make_table(cluster)
    acknowledged, statuses = check(cluster, table, run(cluster, [table], 10))
    print(f"{len(acknowledged)} commits, {dict(statuses)}")
    assert len(acknowledged) > WRITERS
    assert set(statuses) <= {200, 409}


def test_many_tables_through_three_servers(cluster):
    tables = [make_table(cluster, f"t{index}") for index in range(8)]
    writers = run(cluster, tables, 8)
    for table in tables:
        acknowledged, statuses = check(cluster, table, [writer for writer in writers if writer.table == table])
        assert acknowledged and set(statuses) <= {200, 409}


def test_servers_killed_in_the_middle(cluster):
    table = make_table(cluster)
    pending = iter(range(6))

    def disturb():
        if next(pending, None) is not None:
            time.sleep(1)
            victim = random.choice(cluster.servers)
            victim.kill()
            victim.restart()

    acknowledged, statuses = check(cluster, table, run(cluster, [table], 12, disturb))
    print(f"{len(acknowledged)} commits, {dict(statuses)}")
    assert len(acknowledged) > WRITERS
    assert set(statuses) <= {200, 409}


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgres_restarted_in_the_middle(cluster, mode):
    table = make_table(cluster)
    pending = iter(range(4))

    def disturb():
        if next(pending, None) is not None:
            time.sleep(1.5)
            cluster.postgres.restart(mode)

    acknowledged, statuses = check(cluster, table, run(cluster, [table], 12, disturb))
    print(f"{len(acknowledged)} commits, {dict(statuses)}")
    assert len(acknowledged) > WRITERS
    assert set(statuses) <= {200, 409}


def test_pyiceberg_writers(cluster):
    rows = pa.table({"id": pa.array([1], pa.int64())})
    make_table(cluster)
    done, failures = [], []

    def append():
        table = load_catalog("c", uri=cluster.url(), warehouse="main").load_table("ns.t")
        for _ in range(3):
            for _ in range(50):
                try:
                    table.append(rows)
                    done.append(1)
                    break
                except Exception as error:
                    if "CommitFailedException" not in f"{type(error).__name__} {error}":
                        failures.append(error)
                        return
                    table.refresh()

    threads = [threading.Thread(target=append) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures
    assert load_catalog("c", uri=cluster.url(), warehouse="main").load_table("ns.t").scan().to_arrow().num_rows == len(done) == 18


def property_change(identifier, value):
    return {"identifier": {"namespace": ["ns"], "name": identifier}, "requirements": [],
            "updates": [{"action": "set-properties", "updates": {"value": value}}]}


def test_transactions_are_atomic(cluster):
    names = ["a", "b", "c"]
    tables = [make_table(cluster, name) for name in names]
    stop = threading.Event()
    committed, problems = [], []

    def commit():
        while not stop.is_set():
            value = uuid.uuid4().hex
            body = {"table-changes": [property_change(name, value) for name in random.sample(names, 3)]}
            status = requests.post(f"{cluster.url()}/v1/main/transactions/commit", json=body, timeout=30).status_code
            if status == 204:
                committed.append(value)
            elif status != 409:
                problems.append(status)

    threads = [threading.Thread(target=commit) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(6)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert not problems and len(committed) > 8
    values = {requests.get(cluster.url() + table, timeout=30).json()["metadata"]["properties"]["value"] for table in tables}
    assert len(values) == 1 and values <= set(committed)


def test_refused_transaction_changes_nothing(cluster):
    tables = [make_table(cluster, name) for name in ("a", "b")]
    bad = property_change("b", "1") | {"requirements": [{"type": "assert-current-schema-id", "current-schema-id": 99}]}
    before = [requests.get(cluster.url() + table, timeout=30).text for table in tables]
    answer = requests.post(f"{cluster.url()}/v1/main/transactions/commit", json={"table-changes": [property_change("a", "1"), bad]}, timeout=30)
    assert answer.status_code == 409 and answer.json()["error"]["type"] == "CommitFailedException"
    assert [requests.get(cluster.url() + table, timeout=30).text for table in tables] == before


def test_idempotency_keys_across_servers(cluster):
    table = make_table(cluster)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"requirements": [{"type": "assert-current-schema-id", "current-schema-id": 0}],
            "updates": [{"action": "add-schema", "schema": SCHEMA | {"fields": SCHEMA["fields"] + [
                {"id": 2, "name": "more", "required": False, "type": "string"}]}}, {"action": "set-current-schema", "schema-id": -1}]}
    answers = [requests.post(server.url + table, json=body, headers=key, timeout=30) for server in cluster.servers]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.json()["metadata-location"] for answer in answers}) == 1
    assert len({str(answer.json()["metadata"]) for answer in answers}) == 1
    other = requests.post(cluster.url() + table, json=body | {"updates": []}, headers=key, timeout=30)
    assert other.status_code in (200, 422)
    create = {"namespace": ["once"]}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    for _ in range(2):
        assert requests.post(f"{cluster.url()}/v1/main/namespaces", json=create, headers=key, timeout=30).status_code == 200
    drop = {"Idempotency-Key": str(uuid.uuid4())}
    for _ in range(2):
        assert requests.delete(f"{cluster.url()}/v1/main/namespaces/once", headers=drop, timeout=30).status_code == 204
    assert requests.delete(f"{cluster.url()}/v1/main/namespaces/once", timeout=30).status_code == 404


def at_once(count, call):
    """The answers of `count` calls that start together."""
    barrier = threading.Barrier(count)
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        def one(index):
            barrier.wait()
            return call(index)
        return list(pool.map(one, range(count)))


def test_one_idempotency_key_at_once(cluster):
    """A client that gave up waiting asks another server while the first still works."""
    table = make_table(cluster)
    for _ in range(8):
        key = {"Idempotency-Key": str(uuid.uuid4())}
        before = requests.get(cluster.url() + table, timeout=30).json()["metadata"]
        body = {"requirements": [{"type": "assert-table-uuid", "uuid": before["table-uuid"]}],
                "updates": [{"action": "set-properties", "updates": {"value": uuid.uuid4().hex}}]}
        answers = at_once(9, lambda index: requests.post(cluster.servers[index % 3].url + table, json=body, headers=key, timeout=30))
        # A conflict may be told while the outcome of the first is open; whoever asks again then learns it.
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert any(answer.status_code == 200 for answer in answers)
        assert requests.post(cluster.url() + table, json=body, headers=key, timeout=30).status_code == 200
        after = requests.get(cluster.url() + table, timeout=30).json()["metadata"]
        assert len(after["metadata-log"]) == len(before["metadata-log"]) + 1


def test_one_name_at_once(cluster):
    """Of many who create, rename to or register one name, one wins; the others are told that it is taken."""
    make_table(cluster, "source")
    base = "/v1/main/namespaces/ns"
    for round in range(6):
        name = f"n{round}"
        for index in range(3):
            make_table(cluster, f"r{round}_{index}")

        def claim(index):
            url = cluster.servers[index % 3].url
            if index < 6:
                return requests.post(f"{url}{base}/tables", json={"name": name, "schema": SCHEMA}, timeout=30)
            rename = {"source": {"namespace": ["ns"], "name": f"r{round}_{index - 6}"}, "destination": {"namespace": ["ns"], "name": name}}
            return requests.post(f"{url}/v1/main/tables/rename", json=rename, timeout=30)

        statuses = collections.Counter(answer.status_code for answer in at_once(9, claim))
        assert statuses[200] + statuses[204] == 1 and statuses[409] == 8, statuses
        listed = [entry["name"] for entry in requests.get(f"{cluster.url()}{base}/tables", timeout=30).json()["identifiers"]]
        assert listed.count(name) == 1
        assert sum(entry.startswith(f"r{round}_") for entry in listed) == (3 if statuses[200] else 2)


def test_drop_while_others_write(cluster):
    """After the drop every write is told that there is no such table, and a namespace falls only when it is empty."""
    url, base = cluster.servers[0].url, "/v1/main/namespaces"
    for round in range(5):
        name = f"gone{round}"
        requests.post(url + base, json={"namespace": [name]}, timeout=30)
        requests.post(f"{url}{base}/{name}/tables", json={"name": "t", "schema": SCHEMA}, timeout=30)
        change = {"requirements": [], "updates": [{"action": "set-properties", "updates": {"a": "b"}}]}

        def act(index):
            server = cluster.servers[index % 3].url
            if index == 0:
                return requests.delete(f"{server}{base}/{name}/tables/t", timeout=30)
            if index == 1:
                return requests.delete(f"{server}{base}/{name}", timeout=30)
            if index < 4:
                return requests.post(f"{server}{base}/{name}/tables", json={"name": f"u{index}", "schema": SCHEMA}, timeout=30)
            return requests.post(f"{server}{base}/{name}/tables/t", json=change, timeout=30)

        answers = at_once(9, act)
        assert all(answer.status_code in (200, 204, 404, 409) for answer in answers), [answer.text for answer in answers]
        assert answers[0].status_code == 204
        there = requests.head(f"{url}{base}/{name}", timeout=30).status_code != 404
        created = [answer for answer in answers[2:4] if answer.status_code == 200]
        assert there == (answers[1].status_code != 204)
        # Nothing may live in a namespace that is not there.
        assert there or not created
        assert requests.post(f"{url}{base}/{name}/tables/t", json=change, timeout=30).status_code == 404


def test_a_killed_server_starts_clean(tmp_path):
    """kill -9 of a server with its private PostgreSQL: the next one starts, and what was committed is there."""
    folder = open_folder("moraine-kill-")
    server = Server(["--dev", "--data-dir", str(folder / "data")], folder / "log").start()
    requests.post(f"{server.url}/v1/main/namespaces", json={"namespace": ["kept"]}, timeout=30)
    for _ in range(3):
        server.kill()
        server.start()
        wait_until(lambda: requests.get(f"{server.url}/health/ready", timeout=10).status_code == 200, what="readiness")
        assert requests.get(f"{server.url}/v1/main/namespaces", timeout=30).json()["namespaces"] == [["kept"]]
    server.stop()

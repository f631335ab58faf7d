"""The log over all events: signed, proven, held against an implementation of ours in Python, and tampered with by a superuser."""

import base64
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
import uuid

import pytest
import requests

from governed import Governed
from servers import BINARY, Postgres, Server, open_folder, wait_until
from transparency import Refused, check_checkpoint, check_consistency, check_inclusion, check_proof, leaf_hash, read_key, tree_root

LOG = "/governance/v1/log"


class House:
    """Servers on one database that share the log's key, and the database's superuser."""

    def __init__(self):
        self.folder = open_folder("moraine-audit-")
        self.postgres = Postgres()
        self.number = 0
        self.servers = []
        self.begin()

    def begin(self, key=None):
        """One more server."""
        self.number += 1
        environment = {"MORAINE_LOG_KEY_FILE": str(key)} if key else {}
        server = Server(
            ["--dev", "--database-url", self.postgres.url, "--data-dir", str(self.folder / "data"),
             "--warehouse", f"main=file://{self.folder}/warehouse"], self.folder / f"log-{self.number}", environment).start()
        self.servers.append(server)
        return server

    @property
    def url(self):
        return next(server.url for server in self.servers if server.process.poll() is None)

    def get(self, path, **query):
        answer = requests.get(self.url + LOG + path, params=query, timeout=60)
        assert answer.ok, answer.text
        return answer

    def sql(self, text):
        """As the superuser, past the server."""
        program = f"{self.postgres.binaries}/psql"
        answer = subprocess.run(
            [program, "-XAtq", "-v", "ON_ERROR_STOP=1", self.postgres.url, "-c", text], capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def change(self, count):
        for _ in range(count):
            answer = requests.post(
                f"{self.url}/v1/main/namespaces", json={"namespace": ["n" + uuid.uuid4().hex], "properties": {}}, timeout=60)
            assert answer.ok, answer.text

    def covered(self):
        """The number of events, once a checkpoint covers them all."""
        def size():
            placed = self.sql("SELECT (SELECT count(*) FROM audit_events), (SELECT next_place FROM audit_sequence), (SELECT size FROM log_tree)")
            numbers = set(placed.split("|"))
            return int(numbers.pop()) if len(numbers) == 1 else None

        return wait_until(size, what="a checkpoint of everything")

    def keys(self):
        return [key["verifier"] for key in self.get("/keys").json()["keys"]]

    def moraine(self, *arguments):
        return subprocess.run([BINARY, "audit", *arguments, "--server", self.url], capture_output=True, text=True, timeout=120)

    def verify(self, *arguments):
        """The kinds of what is found, and all that is said."""
        answer = self.moraine("verify", "-o", "json", *arguments)
        assert answer.returncode in (0, 1) and answer.stdout, answer.stderr
        findings = json.loads(answer.stdout)["findings"]
        assert (answer.returncode == 1) == bool(findings), answer.stderr
        return findings

    def keep(self, name):
        answer = self.moraine("checkpoint")
        assert answer.returncode == 0, answer.stderr
        path = self.folder / name
        path.write_text(answer.stdout)
        return str(path)

    def stop_all(self):
        for server in self.servers:
            server.stop() if server.process.poll() is None else None

    def close(self):
        for server in self.servers:
            server.kill()
        self.postgres.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def house():
    house = House()
    house.change(300)
    house.covered()
    yield house
    house.close()


@pytest.fixture
def fresh():
    house = House()
    house.change(40)
    house.covered()
    yield house
    house.close()


def entries(house):
    """Every event's place, id and text, in order."""
    rows = house.sql(
        "SELECT p.place, p.event_id, encode(e.canonical, 'hex') FROM audit_places p JOIN audit_events e ON e.id = p.event_id ORDER BY 1")
    return [(int(place), event, bytes.fromhex(text)) for place, event, text in (row.split("|") for row in rows.splitlines())]


def test_roots_proofs_and_signatures_are_those_of_the_specifications(house):
    house.covered()
    keys = house.keys()
    assert [read_key(key)[2] for key in keys] == [1]
    events = entries(house)
    leaves = [leaf_hash(text) for _, _, text in events]
    notes = house.get("/checkpoints", limit=5000).json()["checkpoints"]
    assert len(notes) >= 2
    heads = [check_checkpoint(note["note"], keys) for note in notes]
    assert len({origin for origin, _, _ in heads}) == 1
    for _, size, root in heads:
        assert root == tree_root(leaves[:size])
    _, last, root = heads[-1]
    assert house.get("/checkpoint").text == notes[-1]["note"] == house.get(f"/checkpoints/{last}").text
    for place in (0, 1, 255, 256, last - 1):
        text = house.get("/proofs/inclusion", event=events[place][1]).text
        assert check_proof(text, keys) == (events[place][2], place, last, root)
        receipt = house.get("/proofs/inclusion", event=events[place][1], leaf=leaves[place].hex()).text
        assert check_proof(receipt, keys, leaf=leaves[place]) == (None, place, last, root)
        with pytest.raises(Refused):
            check_proof(text, keys, leaf=leaves[place - 1])
    for _, size, old in heads:
        answer = house.get("/proofs/consistency", **{"from": size}).json()
        hashes = [base64.b64decode(text) for text in answer["hashes"]]
        assert (answer["from"], answer["to"]) == (size, last)
        check_consistency(size, last, hashes, old, root)
        if size < last:
            with pytest.raises(Refused):
                check_consistency(size, last, hashes, root, root)
    tile = house.get("/tiles/0/0").content
    assert tile == b"".join(leaves[:256])
    assert house.get("/tiles/1/0", width=1).content == tree_root(leaves[:256])
    assert house.get("/tiles/0/1", width=7).content == b"".join(leaves[256:263])
    note = house.get("/checkpoint").text
    for wrong in (note.replace(str(last), str(last + 1), 1), note.replace("moraine/", "moraine.", 1)):
        with pytest.raises(Refused):
            check_checkpoint(wrong, keys)


def test_python_agrees_with_the_shared_vectors():
    corpus = os.environ.get("MORAINE_CONFORMANCE")
    if not corpus:
        pytest.skip("MORAINE_CONFORMANCE does not name the folder of public test data")
    count = 0
    with tarfile.open(f"{corpus}/merkle/rfc6962-vectors.tar.gz") as archive:
        for member in archive:
            if not member.name.endswith(".json"):
                continue
            vector = json.load(archive.extractfile(member))
            hashes = [base64.b64decode(text) for text in vector.get("proof") or []]
            try:
                if "leafIdx" in vector:
                    leaf, root = (base64.b64decode(vector[name]) for name in ("leafHash", "root"))
                    check_inclusion(leaf, vector["leafIdx"], vector["treeSize"], hashes, root)
                else:
                    roots = [base64.b64decode(vector[name]) for name in ("root1", "root2")]
                    check_consistency(vector["size1"], vector["size2"], hashes, *roots)
                assert not vector["wantErr"], member.name
            except Refused:
                assert vector["wantErr"], member.name
            count += 1
    assert count == 196


def test_the_command_line_verifies_proves_and_keeps(house):
    size = house.covered()
    answer = house.moraine("verify", "--key", house.keys()[0])
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(f"{size} events, ") and "server's word" not in answer.stderr
    assert "server's word" in house.moraine("verify").stderr
    kept = house.keep("kept")
    assert house.verify("--checkpoint", kept) == []
    assert house.verify("--from", "260", "--to", "270", "--checkpoint", kept) == []
    assert house.verify("--from", "10", "--to", "20") == []
    _, event, text = entries(house)[7]
    proof = house.moraine("proof", event)
    assert check_proof(proof.stdout, house.keys())[:2] == (text, 7)
    first = house.get("/checkpoints").json()["checkpoints"][0]["size"]
    consistency = house.moraine("proof", "--from", str(first))
    assert consistency.returncode == 0, consistency.stderr
    # A stranger's key verifies nothing.
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", house.folder / "other.pem"], check=True)
    other = house.keys()[0].split("+")[0] + "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert house.moraine("verify", "--key", other).returncode == 2
    unknown = house.moraine("proof", str(uuid.uuid4()))
    assert unknown.returncode == 3, unknown.stderr


def test_every_change_has_a_receipt_that_can_be_proven(house):
    def post(path, body):
        answer = requests.post(house.url + "/v1/main/namespaces" + path, json=body, timeout=60)
        assert answer.ok, answer.text
        return answer.headers["Moraine-Receipt"]

    name = "r" + uuid.uuid4().hex
    schema = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "id", "required": False, "type": "long"}]}
    commit = {"requirements": [], "updates": [{"action": "set-properties", "updates": {"a": "b"}}]}
    receipts = [
        post("", {"namespace": [name], "properties": {}}), post(f"/{name}/tables", {"name": "t", "schema": schema}),
        post(f"/{name}/tables/t", commit)]
    house.covered()
    for receipt in receipts:
        event, leaf = receipt.split(" ")
        proof = house.moraine("proof", event, "--leaf", leaf)
        assert proof.returncode == 0, proof.stderr
        check_proof(proof.stdout, house.keys(), leaf=bytes.fromhex(leaf))
    assert len(set(receipts)) == 3
    assert "Moraine-Receipt" not in requests.get(f"{house.url}/v1/config", timeout=60).headers


# MARK: tampering, as a superuser


CHANGE = "UPDATE audit_events SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), '\"anonymous\"', '\"somebody\"'), 'UTF8')"
AT = "id = (SELECT event_id FROM audit_places WHERE place = {})"
HASHED = "UPDATE audit_events SET leaf_hash = sha256('\\x00'::bytea || canonical)"


def kinds(findings):
    return sorted((finding["kind"], finding.get("place")) for finding in findings)


def test_a_changed_event_is_named(fresh):
    event = fresh.sql("SELECT event_id FROM audit_places WHERE place = 20")
    fresh.sql(f"{CHANGE} WHERE {AT.format(20)}; {HASHED} WHERE {AT.format(20)}")
    findings = fresh.verify()
    assert kinds(findings) == [("changed", 20)] and findings[0]["event"] == event
    answer = fresh.moraine("verify")
    assert answer.returncode == 1 and f"event {event} at place 20" in answer.stdout
    # Not even with its hash in the tree.
    fresh.sql(
        "UPDATE log_tiles SET hashes = overlay(hashes placing (SELECT leaf_hash FROM audit_events e JOIN audit_places p "
        "ON p.event_id = e.id WHERE place = 20) from 20 * 32 + 1) WHERE level = 0 AND index = 0")
    found = fresh.verify()
    assert "rewritten" in {finding["kind"] for finding in found}, found


def test_a_deleted_event_is_named(fresh):
    event = fresh.sql("SELECT event_id FROM audit_places WHERE place = 20")
    fresh.sql(f"DELETE FROM audit_events WHERE {AT.format(20)}")
    findings = fresh.verify()
    assert kinds(findings) == [("missing", 20)] and findings[0]["event"] == event
    fresh.sql("DELETE FROM audit_places WHERE place = 20")
    assert kinds(fresh.verify()) == [("missing", 20)]
    # And the gap closed up.
    fresh.sql("UPDATE audit_places SET place = -place WHERE place > 20".replace("-place", "place + 100000"))
    fresh.sql("UPDATE audit_places SET place = place - 100001 WHERE place > 100000")
    assert kinds(fresh.verify()) == [("missing", 20), ("moved", 20)]


FORGED = """
  INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash, transaction)
  SELECT '019a0000-0000-7000-8000-00000000beef', occurred_at, forged, sha256('\\x00'::bytea || forged), {}
  FROM (SELECT e.*, convert_to(replace(convert_from(canonical, 'UTF8'), id::text, '019a0000-0000-7000-8000-00000000beef'), 'UTF8') AS forged
        FROM audit_events e WHERE {}) e
"""


def test_an_inserted_event_is_named(fresh):
    fresh.sql(FORGED.format("NULL", AT.format(20)))
    findings = fresh.verify()
    assert kinds(findings) == [("unlogged", None)] and findings[0]["event"].endswith("beef")
    # With a place among the others.
    fresh.sql(
        "UPDATE audit_places SET place = place + 100000 WHERE place >= 20; UPDATE audit_places SET place = place - 99999 WHERE place >= 100000;"
        "INSERT INTO audit_places VALUES (20, '019a0000-0000-7000-8000-00000000beef')")
    findings = fresh.verify()
    assert kinds(findings) == [("added", 20), ("moved", 21)]
    assert findings[0]["event"].endswith("beef")


def test_reordered_events_are_named(fresh):
    """A block moved to the front of another."""
    fresh.sql(
        "UPDATE audit_places SET place = place + 100000 WHERE place BETWEEN 10 AND 19;"
        "UPDATE audit_places SET place = 100 + (place - 100000 - 10 + 3) % 10 + 100000 WHERE place >= 100000;"
        "UPDATE audit_places SET place = place - 100100 + 10 WHERE place >= 100000")
    assert kinds(fresh.verify()) == [("moved", 10), ("moved", 13)]


def test_a_backdated_event_is_named(fresh):
    event = fresh.sql("SELECT event_id FROM audit_places WHERE place = 20")
    fresh.sql(f"UPDATE audit_events SET occurred_at = occurred_at - interval '1 year' WHERE {AT.format(20)}")
    findings = fresh.verify()
    assert kinds(findings) == [("contradiction", 20)] and findings[0]["event"] == event
    fresh.sql(
        "UPDATE audit_events SET canonical = convert_to(regexp_replace(convert_from(canonical, 'UTF8'), '\"time-us\":\"[0-9]+\"', "
        "'\"time-us\":\"' || (extract(epoch FROM occurred_at) * 1000000)::bigint || '\"'), 'UTF8') "
        f"WHERE {AT.format(20)}; {HASHED} WHERE {AT.format(20)}")
    assert kinds(fresh.verify()) == [("changed", 20)]


def test_two_swapped_events_are_named(fresh):
    events = fresh.sql("SELECT event_id FROM audit_places WHERE place IN (10, 30) ORDER BY place").splitlines()
    fresh.sql(
        "UPDATE audit_places SET place = 100000 WHERE place = 10; UPDATE audit_places SET place = 10 WHERE place = 30;"
        "UPDATE audit_places SET place = 30 WHERE place = 100000")
    findings = fresh.verify()
    assert kinds(findings) == [("moved", 10), ("moved", 30)]
    assert [finding["event"] for finding in findings] == events[::-1]


def tile_hashes(house):
    """The tiles as they would be over the events as they are now."""
    house.sql(
        "UPDATE log_tiles t SET hashes = (SELECT string_agg(e.leaf_hash, ''::bytea ORDER BY p.place) FROM audit_places p "
        "JOIN audit_events e ON e.id = p.event_id WHERE p.place < (SELECT size FROM log_tree)) WHERE level = 0 AND index = 0")


def test_a_tail_rewritten_with_its_hashes_is_found(fresh):
    before = fresh.covered()
    time.sleep(1.2)
    fresh.change(20)
    size = fresh.covered()
    kept = fresh.keep("kept")
    tail = f"id IN (SELECT event_id FROM audit_places WHERE place >= {before})"
    fresh.stop_all()
    fresh.sql(f"{CHANGE} WHERE {tail}; {HASHED} WHERE {tail}")
    tile_hashes(fresh)
    server = fresh.begin()
    findings = fresh.verify()
    assert [finding["kind"] for finding in findings] == ["rewritten"]
    assert findings[0]["place"] == before
    # The server does not sign on top of that.
    fresh.change(3)
    wait_until(lambda: any("tiles" in line for line in server.errors()), what="the refusal to sign")
    assert int(fresh.sql("SELECT size FROM log_tree")) == size
    server.stop()
    # Without the checkpoints of the tail it signs, and forks from what was signed before.
    fresh.sql(
        f"DELETE FROM log_checkpoints WHERE size > {before}; UPDATE log_tree SET size = {before};"
        f"UPDATE log_tiles SET hashes = substring(hashes from 1 for {before} * 32) WHERE level = 0")
    fresh.begin()
    fresh.covered()
    assert fresh.verify() == []
    findings = fresh.verify("--checkpoint", kept)
    assert [finding["kind"] for finding in findings] == ["fork"] and "kept" in findings[0]["message"]
    # Also without looking at every event.
    assert "fork" in {finding["kind"] for finding in fresh.verify("--from", "0", "--to", "5", "--checkpoint", kept)}


def test_an_old_backup_that_was_restored_is_found(fresh):
    fresh.stop_all()
    dump = fresh.folder / "dump"
    subprocess.run([f"{fresh.postgres.binaries}/pg_dump", "-Fc", "-f", dump, fresh.postgres.url], check=True)
    fresh.begin()
    fresh.change(30)
    fresh.covered()
    kept = fresh.keep("kept")
    fresh.stop_all()
    fresh.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    subprocess.run(
        [f"{fresh.postgres.binaries}/pg_restore", "-d", fresh.postgres.url, dump], check=True, capture_output=True)
    fresh.begin()
    fresh.covered()
    assert fresh.verify() == []
    assert [finding["kind"] for finding in fresh.verify("--checkpoint", kept)] == ["cut off"]
    # Grown again beyond what was kept, it is another log.
    fresh.change(60)
    fresh.covered()
    assert [finding["kind"] for finding in fresh.verify("--checkpoint", kept)] == ["fork"]


def test_a_forged_checkpoint_and_a_changed_tile_are_named(fresh):
    fresh.sql("UPDATE log_tiles SET hashes = overlay(hashes placing '\\xff'::bytea from 5 * 32 + 1) WHERE level = 0")
    assert kinds(fresh.verify()) == [("tile", 5)]
    first = fresh.get("/checkpoints").json()["checkpoints"][0]["size"]
    fresh.sql(f"UPDATE log_checkpoints SET note = replace(note, E'\\n{first}\\n', E'\\n{first + 1}\\n') WHERE size = {first}")
    assert kinds(fresh.verify()) == [("checkpoint", None), ("tile", 5)]


# MARK: servers


def test_keys_may_follow_one_another(fresh):
    old = fresh.keys()
    kept = fresh.keep("kept")
    first = fresh.folder / "data" / "log.key"
    assert first.stat().st_mode & 0o777 == 0o600
    new = fresh.folder / "new.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", new], check=True)
    both = fresh.folder / "both.pem"
    both.write_text(first.read_text() + new.read_text())
    for path in (new, both):
        path.chmod(0o600)
    # Both sign for a while; then the new one alone.
    for key in (both, new):
        fresh.stop_all()
        fresh.begin(key)
        fresh.change(5)
        fresh.covered()
        assert fresh.verify("--checkpoint", kept) == []
    keys = fresh.keys()
    assert keys[0] == old[0] and len(keys) == 2
    notes = [note["note"] for note in fresh.get("/checkpoints", limit=5000).json()["checkpoints"]]
    signed = [[key for key in keys if is_good(note, key)] for note in notes]
    assert signed[0] == keys[:1] and keys in signed and signed[-1] == keys[1:]
    assert [key["signs"] for key in fresh.get("/keys").json()["keys"]] == [False, True]
    # Who was told of the new key alone.
    assert fresh.verify("--key", keys[1]) == []
    events = fresh.sql("SELECT count(*) FROM audit_events WHERE convert_from(canonical, 'UTF8') LIKE '%\"add-log-key\"%'")
    assert events == "2"


def is_good(note, key):
    try:
        return bool(check_checkpoint(note, [key]))
    except Refused:
        return False


def test_without_the_key_nothing_is_signed(fresh):
    fresh.stop_all()
    (fresh.folder / "data" / "log.key").rename(fresh.folder / "away.key")
    server = fresh.begin()
    size = int(fresh.sql("SELECT size FROM log_tree"))
    fresh.change(3)
    time.sleep(2.5)
    assert int(fresh.sql("SELECT size FROM log_tree")) == size
    assert "signs no checkpoints" in server.log_path.read_text()
    assert not (fresh.folder / "data" / "log.key").exists()
    # One that has it takes over from there.
    fresh.begin(fresh.folder / "away.key")
    fresh.covered()
    assert fresh.verify() == []


def test_the_log_goes_on_when_servers_die(fresh):
    """Killed in turn while changes come in: the next one takes over within seconds, without a gap and without a fork."""
    kept = [fresh.keep("kept-0")]
    for round_ in range(1, 4):
        fresh.begin()
        victim = next(server for server in fresh.servers if server.process.poll() is None)
        fresh.change(10)
        victim.kill()
        fresh.change(10)
        begun = time.monotonic()
        fresh.covered()
        assert time.monotonic() - begun < 8
        kept.append(fresh.keep(f"kept-{round_}"))
    arguments = [word for path in kept for word in ("--checkpoint", path)]
    assert fresh.verify(*arguments) == []


MANY = int(os.environ.get("MORAINE_AUDIT_EVENTS", "20000"))


def test_many_events(fresh, capsys):
    """`make test-audit`: taken in by batches, and verified whole; prints how long it took."""
    fresh.sql(f"""
      INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash)
      SELECT id, t, text, sha256('\\x00'::bytea || text) FROM (
        SELECT id, t, convert_to('{{"action":"update-table","after":{{"metadata-location":"file:///lake/risk/loans/metadata/' || id ||
          '.metadata.json","snapshot":' || n || ',"version":' || n + 1 || '}},"before":{{"snapshot":' || n - 1 || ',"version":' || n ||
          '}},"decision":"allow","id":"' || id || '","object":{{"kind":"table","path":["main","risk","loans"]}},"principal":"service:etl",' ||
          '"request-id":"' || md5(n::text) || '","time-us":"' || (extract(epoch FROM t) * 1000000)::bigint || '","version":1}}', 'UTF8') AS text
        FROM (SELECT n, (lpad(to_hex(n), 12, '0') || '7' || right(md5(n::text), 19))::uuid AS id,
                date_trunc('milliseconds', now()) + n * interval '1 ms' AS t FROM generate_series(1, {MANY}) n) n) e""")
    begun = time.monotonic()
    wait_until(lambda: int(fresh.sql("SELECT size FROM log_tree")) > MANY, timeout=600, what="a checkpoint of everything")
    taken = time.monotonic() - begun
    fresh.covered()
    kept = fresh.keep("kept")
    begun = time.monotonic()
    assert fresh.verify("--checkpoint", kept) == []
    verified = time.monotonic() - begun
    place = MANY // 2
    begun = time.monotonic()
    assert fresh.verify("--from", str(place), "--to", str(place + 1), "--checkpoint", kept) == []
    ranged = time.monotonic() - begun
    with capsys.disabled():
        print(f"\n{MANY} events: taken in {taken:.1f} s, verified {verified:.1f} s, 256 of them {ranged:.1f} s")
    fresh.sql(f"{CHANGE.replace('anonymous', 'service:etl')} WHERE {AT.format(place)}; {HASHED} WHERE {AT.format(place)}")
    assert kinds(fresh.verify()) == [("changed", place)]


def test_who_may_read_the_log():
    world = Governed()
    try:
        key = world.folder / "log.key"
        wanted = {"/keys": (200, 200), "/checkpoint": (404, 404), "/checkpoints": (200, 200), "/entries": (403, 200), "/unplaced": (403, 200),
                  "/tiles/0/0": (403, 404)}
        for path, (nobody, auditor) in wanted.items():
            assert world.call("GET", LOG + path, by="nobody").status_code == nobody, path
            assert world.call("GET", LOG + path, by="auditor").status_code == auditor, path
            assert world.call("GET", LOG + path, by=None).status_code == 401, path
        assert not key.exists()
    finally:
        world.close()

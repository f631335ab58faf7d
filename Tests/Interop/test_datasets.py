"""Datasets that are no Iceberg tables, over HTTP and from the command line: registered, indexed, tagged, frozen.

`MORAINE_FILE_SET_SIZE` says how many files are indexed (20,000; `make test-file-set` takes 200,000).
"""

import hashlib
import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import time
import uuid

import boto3
import pytest

from servers import BINARY, ROOT, Postgres, Server, open_folder, wait_until

SIZE = int(os.environ.get("MORAINE_FILE_SET_SIZE", "20000"))


@pytest.fixture
def run(server):
    """The command line; its standard output."""

    def run(*arguments, input=None, fails=None):
        environment = {**os.environ, "MORAINE_SERVER": server.url}
        done = subprocess.run([BINARY, *arguments], input=input, capture_output=True, text=True, env=environment, timeout=600)
        assert done.returncode == (fails or 0), done.stderr
        if not fails:
            assert "\r" not in done.stderr, "a progress bar in a pipe"
        return done.stdout if not fails else done.stderr

    return run


def datasets(namespace, *parts, warehouse="main"):
    return "/".join([f"/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets", *parts])


def root_by_script(listing):
    """What the script of docs/datasets.md makes of a listing."""
    script = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "datasets.md").read_text(), re.S).group(1)
    return subprocess.run([sys.executable, "-c", script], input=listing, capture_output=True, text=True, check=True).stdout.strip()


def make_files(folder, count):
    for number in range(count):
        if number % 500 == 0:
            part = folder / f"part {number // 500:04}"
            part.mkdir(parents=True)
        (part / f"scan-{number:06}.{('txt', 'png', 'wav')[number % 3]}").write_text(f"scan {number}\n")


def test_many_files(server, namespace, run):
    folder = server.warehouse / "scans" / namespace
    name = f"{namespace}.scans"
    make_files(folder, SIZE)
    run("dataset", "register", name, "--format", "files", "--location", str(folder), "--description", "Scans")
    began = time.monotonic()
    assert f"{SIZE} objects" in run("dataset", "index", name)
    first = time.monotonic() - began

    (folder / "part 0000" / "scan-000000.txt").write_text("changed")
    (folder / "part 0001" / "scan-000501.txt").unlink()
    (folder / "new").mkdir()
    (folder / "new" / "one.jpg").write_text("new")
    began = time.monotonic()
    assert f"{SIZE} objects" in (said := run("dataset", "index", name)) and "1 added, 1 changed, 1 gone" in said, said
    second = time.monotonic() - began

    began = time.monotonic()
    frozen = json.loads(run("dataset", "freeze", name, "-o", "json"))
    freezing = time.monotonic() - began
    (folder / "new" / "one.jpg").unlink()
    run("dataset", "index", name)
    listing = run("dataset", "objects", name, "--snapshot", str(frozen["snapshot-id"]), "-o", "json")
    objects = json.loads(listing)["objects"]
    assert frozen["objects"] == len(objects) == SIZE
    assert frozen["size-bytes"] == sum(entry["size-bytes"] for entry in objects)
    assert root_by_script(listing) == frozen["root"]
    assert root_by_script(listing.replace("new/one.jpg", "new/two.jpg")) != frozen["root"]
    assert json.loads(run("dataset", "freeze", name, "-o", "json"))["root"] != frozen["root"]
    changed = next(entry for entry in objects if entry["key"] == "part 0000/scan-000000.txt")
    assert changed["checksum"] == "sha256:" + hashlib.sha256(b"changed").hexdigest()
    print(f"\n{SIZE} files: indexed in {first:.1f} s, again in {second:.1f} s, frozen in {freezing:.1f} s")


def test_every_kind_in_one_list(catalog, namespace, http, run, server):
    import pyarrow
    catalog.create_table(f"{namespace}.t", pyarrow.schema([("id", pyarrow.int64())]))
    run("dataset", "register", f"{namespace}.stream", "--format", "topic", "--location", "kafka://broker/loans", "-c", "id bigint required",
        "-c", "amount decimal(10, 2)", "-p", "team=risk", "--current-version", "7")
    run("dataset", "register", f"{namespace}.lake", "--format", "delta", "--location", f"file://{server.warehouse}/in/{namespace}/lake")
    listed = json.loads(run("dataset", "list", namespace, "-o", "json"))["datasets"]
    assert [(entry["name"], entry["kind"], entry["format"]) for entry in listed] == [
        ("lake", "dataset", "delta"), ("stream", "dataset", "topic"), ("t", "table", "iceberg")]
    assert [found[-1] for found in catalog.list_tables(namespace)] == ["t"]
    for path in (f"/v1/main/namespaces/{namespace}/tables/lake", f"/v1/main/namespaces/{namespace}/views/lake",
                 datasets(namespace, "t")):
        assert http("GET", path).status_code == 404
    assert "exists" in run("dataset", "register", f"{namespace}.t", "--format", "topic", fails=4)
    shown = run("dataset", "describe", f"{namespace}.stream")
    assert "decimal(10, 2)" in shown and "kafka://broker/loans" in shown and "risk" in shown
    run("dataset", "update", f"{namespace}.stream", "--description", "Loans as they come", "--remove-property", "team")
    answer = http("GET", datasets(namespace, "stream")).json()
    assert answer["description"] == "Loans as they come" and "team" not in answer["properties"]
    assert answer["columns"][0] == {"name": "id", "type": "bigint", "nullable": False}
    assert answer["current-version"] == "7"
    run("tag", "set", f"{namespace}.stream", "classification=pii", "--dataset")
    assert "classification=pii" in run("tag", "show", f"{namespace}.stream", "--dataset")
    run("dataset", "rename", f"{namespace}.stream", f"{namespace}.river")
    run("dataset", "drop", f"{namespace}.river", "--yes")
    run("dataset", "describe", f"{namespace}.river", fails=3)
    assert "no files" in run("dataset", "register", f"{namespace}.x", "--format", "topic", "--location", "file:///etc", fails=2)


def test_search_and_tags(server, namespace, http, run):
    folder = server.warehouse / "scans" / namespace
    folder.mkdir(parents=True)
    for name in ["a.png", "b.png", "c.txt", "ü & ö.txt"]:
        (folder / name).write_text(name * 10)
    name = f"{namespace}.d"
    run("dataset", "register", name, "--format", "files", "--location", str(folder))
    assert "not known yet" in run("dataset", "objects", name, fails=2)
    run("dataset", "index", name)
    run("dataset", "tag-objects", name, "--set", "split=train", input="a.png\nü & ö.txt\n")
    assert run("dataset", "objects", name, "--tag", "split=train", "-q").splitlines() == ["a.png", "ü & ö.txt"]
    run("dataset", "tag-objects", name, "a.png", "--remove", "split")
    assert run("dataset", "objects", name, "--tag", "split", "-q").splitlines() == ["ü & ö.txt"]
    assert run("dataset", "objects", name, "--media-type", "image/", "-q").splitlines() == ["a.png", "b.png"]
    assert run("dataset", "objects", name, "--changed-after", "2000-01-01", "--max-size", "50", "-q").splitlines() == ["a.png", "b.png", "c.txt"]
    run("dataset", "tag-objects", name, "missing", "--set", "a=b", fails=3)
    paged, token = [], ""
    while token is not None:
        page = http("GET", datasets(namespace, "d", "objects") + f"?pageSize=1&pageToken={token}").json()
        paged += [entry["key"] for entry in page["objects"]]
        token = page.get("next-page-token")
    assert paged == ["a.png", "b.png", "c.txt", "ü & ö.txt"]


def test_bad_input(server, namespace, http):
    folder = server.warehouse / "scans" / namespace
    folder.mkdir(parents=True)
    body = {"name": "d", "format": "files", "location": f"file://{folder}"}
    for change in [{"format": "floppy"}, {"name": ""}, {"location": "../x"}, {"location": f"{folder}/../../x"}, {"location": None},
                   {"columns": [{"name": "a"}]}, {"columns": [{"name": "a", "type": "b"}] * 2}, {"name": "a\x00"}, {"name": "x" * 3000}]:
        assert http("POST", datasets(namespace), {**body, **change}).status_code == 400, change
    assert http("POST", datasets(namespace), body).status_code == 200
    for query in ["?min-size-bytes=x", "?snapshot-id=-1", "?pageToken=zz", "?pageToken=61", "?changed-after-ms=1.5", "?prefix=%00"]:
        assert http("GET", datasets(namespace, "d", "objects") + query).status_code == 400, query
    assert http("POST", datasets(namespace, "d", "objects", "tags"), {"objects": []}).status_code == 400
    assert http("POST", datasets(namespace, "d", "objects", "tags"), {"objects": [{"key": "a"}]}).status_code == 400
    assert http("GET", datasets(namespace, "d", "objects") + "?snapshot-id=1").status_code == 404


def test_s3(server, http, moto, run):
    namespace = "s" + uuid.uuid4().hex[:10]
    assert http("POST", "/v1/lake/namespaces", {"namespace": [namespace]}).ok
    s3 = boto3.client("s3", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test-secret")

    def put(key, content):
        s3.put_object(Bucket="lake", Key=f"root/{namespace}/{key}", Body=content)

    for number in range(1_200):
        put(f"a/{number:04}.txt", b"%d" % number)
    name = f"{namespace}.d"
    run("dataset", "register", name, "--format", "files", "--location", f"s3://lake/root/{namespace}", "-w", "lake")
    assert "1200 objects" in run("dataset", "index", name, "-w", "lake")
    put("a/0007.txt", b"seven")
    put("b.png", b"new")
    put("b//c", b"no location")
    s3.delete_object(Bucket="lake", Key=f"root/{namespace}/a/0001.txt")
    assert "1 added, 1 changed, 1 gone" in run("dataset", "index", name, "-w", "lake")
    status = http("GET", datasets(namespace, "d", "index", warehouse="lake")).json()
    assert (status["objects"], status["passed-over"], status["state"]) == (1_200, 1, "finished")
    frozen = json.loads(run("dataset", "freeze", name, "-w", "lake", "-o", "json"))
    listing = run("dataset", "objects", name, "-w", "lake", "-o", "json")
    assert root_by_script(listing) == frozen["root"]
    seven = next(entry for entry in json.loads(listing)["objects"] if entry["key"] == "a/0007.txt")
    assert seven["checksum"] == "etag:" + hashlib.md5(b"seven").hexdigest()


def test_progress_on_a_terminal(server, namespace, run):
    folder = server.warehouse / "scans" / namespace
    make_files(folder, 600)
    run("dataset", "register", f"{namespace}.d", "--format", "files", "--location", str(folder))
    run("dataset", "index", f"{namespace}.d")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BINARY, "dataset", "index", f"{namespace}.d"], stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "MORAINE_SERVER": server.url})
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:
        # The other side is closed.
        pass
    os.close(ours)
    assert process.wait(60) == 0
    assert b"[" in seen and b"%  " in seen and b"objects" in seen, seen
    assert b"600 objects" in process.stdout.read()


def test_a_killed_server_goes_on(postgres):
    """SIGKILL while an index is under way: the next server goes on with it, and nothing is lost or counted twice."""
    folder = open_folder("moraine-files-")
    files = folder / "warehouse" / "files"
    make_files(files, 20_000)
    server = Server(["--dev", "--database-url", postgres.url, "--warehouse", f"main=file://{folder}/warehouse"], folder / "log").start()

    def call(method, path, json=None):
        import requests
        answer = requests.request(method, server.url + path, json=json, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def sql(statement):
        return subprocess.run([f"{postgres.binaries}/psql", postgres.url, "-Atc", statement], capture_output=True, text=True, check=True).stdout.strip()

    call("POST", "/v1/main/namespaces", {"namespace": ["n"]})
    call("POST", datasets("n"), {"name": "d", "format": "files", "location": f"file://{files}"})
    call("POST", datasets("n", "d", "index"), {})
    wait_until(lambda: sql("SELECT 1 FROM file_set_indexes WHERE reached IS NOT NULL"), what="the first page")
    server.kill()
    reached = int(sql("SELECT objects FROM file_set_indexes"))
    assert 0 < reached < 20_000
    sql("UPDATE jobs SET leased_until = now()")
    server.restart()
    try:
        status = wait_until(
            lambda: (found := call("GET", datasets("n", "d", "index")))["state"] == "finished" and found, timeout=120, what="the end")
        assert (status["objects"], status["added"], status["changed"], status["gone"]) == (20_000, 20_000, 0, 0)
        assert sql("SELECT count(*), count(DISTINCT key) FROM file_set_objects") == "20000|20000"
    finally:
        server.stop()

"""Search, asked by principals who see different things."""

import json
import os
import subprocess
import time
from urllib.parse import urlencode

import pytest

from governed import Governed
from servers import BINARY

CURATED = {"owner-team": "risk", "comment": "What customers owe, one row for each loan."}


def schema(*columns):
    return {"type": "struct", "schema-id": 0, "fields": [
        {"id": number, "name": name, "required": False, "type": "string"} for number, name in enumerate(columns, 1)]}


@pytest.fixture(scope="module")
def governed():
    world = Governed()
    call = world.call
    assert call("POST", "/management/v1/principals", {"kind": "team", "name": "risk"}).ok

    def table(zone, name, columns, properties=None):
        answer = call("POST", f"/v1/main/namespaces/{zone}/tables", {
            "name": name, "schema": schema(*columns), "properties": properties or {}})
        assert answer.ok, answer.text

    table("curated", "loan_book", ["id", "customerIncome", "amount"], CURATED)
    table("curated", "loan_status_history", ["loan_id", "status"], CURATED)
    table("raw", "applications", ["application_id", "income", "loan_id"])
    table("sandbox", "secret_loans", ["id", "zebra"])
    table("landing", "drop_box", ["id", "quagga_index"])
    for number in range(60):
        table("sandbox", f"experiment_{number:02}", ["id", "feature_value"])
    assert call("POST", "/governance/v1/tags", {"key": "domain"}).ok
    answer = call("POST", "/governance/v1/warehouses/main/namespaces/curated/tables/loan_book/tags", {
        "set": {"domain": "credit"}, "columns": {"customerIncome": {"set": {"classification": "pii"}}}})
    assert answer.ok, answer.text
    # One dataset is granted to who sees nothing else.
    assert call("POST", "/governance/v1/grants", {
        "principal": "service:nobody", "privilege": "see",
        "object": {"kind": "table", "warehouse": "main", "namespace": ["sandbox"], "name": "secret_loans"}}).ok
    # The tags came last.
    assert eventually(world, lambda: len(search(world, "", pageSize=1000)["hits"]) == 65 and search(world, "", tag="domain")["hits"], 20)
    yield world
    world.close()


def eventually(world, holds, seconds=5):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


def search(world, text, by="root", **filters):
    answer = world.call("GET", "/governance/v1/search?" + urlencode({"q": text, **filters}, doseq=True), by=by)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(answer):
    return [hit["name"] for hit in answer["hits"]]


def test_names_come_before_columns_and_short_names_before_long(governed):
    found = names(search(governed, "loan"))
    assert found[:2] == ["loan_book", "secret_loans"] and found[2] == "loan_status_history" and found[3] == "applications"


def test_parts_of_identifiers_are_found(governed):
    answer = search(governed, "income")
    assert set(names(answer)) == {"applications", "loan_book"}
    assert {hit["name"]: hit["matching-columns"] for hit in answer["hits"]} == {
        "applications": ["income"], "loan_book": ["customerIncome"]}
    assert names(search(governed, "customer_income")) == ["loan_book"]
    assert names(search(governed, "loan pii", zone="curated", owner="risk", tag="classification=pii", column="income")) == ["loan_book"]


def test_a_hit_says_what_it_is(governed):
    [hit] = search(governed, "loan book")["hits"]
    score = hit.pop("score")
    assert score > 1
    assert hit == {
        "kind": "table", "warehouse": "main", "namespace": ["curated"], "name": "loan_book", "zone": "curated", "owner": "team:risk",
        "description": CURATED["comment"], "tags": {"domain": "credit"}, "matching-columns": []}


def test_filters_alone_list_by_name(governed):
    assert names(search(governed, "", zone="curated")) == ["loan_book", "loan_status_history"]
    assert names(search(governed, "", owner="team:risk")) == ["loan_book", "loan_status_history"]
    assert names(search(governed, "", tag="domain")) == ["loan_book"]
    assert names(search(governed, "", tag=["domain=credit", "classification=pii"])) == ["loan_book"]
    assert names(search(governed, "", tag=["domain=credit", "classification=phi"])) == []
    assert names(search(governed, "", column="loan id")) == ["applications", "loan_status_history"]
    assert names(search(governed, "", kind="view")) == []
    assert names(search(governed, "", warehouse="other")) == []
    assert len(names(search(governed, "", warehouse="main", kind="table", pageSize=1000))) == 65


def test_typing_errors_and_beginnings(governed):
    answer = search(governed, "laon boook")
    assert names(answer)[0] == "loan_book"
    assert answer["readings"] == [{"word": "laon", "read-as": ["loan"]}, {"word": "boook", "read-as": ["book"]}]
    assert len(search(governed, "experi", pageSize=100)["hits"]) == 60
    nothing = search(governed, "xylophone")
    assert nothing["hits"] == [] and nothing["readings"] == [] and nothing["count"] == 0 and nothing["is-count-exact"]


def test_facets_count_what_was_found(governed):
    facets = search(governed, "loan")["facets"]
    assert facets["zones"] == [{"value": "curated", "count": 2}, {"value": "raw", "count": 1}, {"value": "sandbox", "count": 1}]
    assert facets["kinds"] == [{"value": "table", "count": 4}]
    assert facets["owners"][0] == {"value": "service:admin", "count": 2} and facets["owners"][1] == {"value": "team:risk", "count": 2}
    assert {"value": "classification=pii", "count": 1} in facets["tags"] and {"value": "domain=credit", "count": 1} in facets["tags"]


def test_only_what_may_be_seen_is_found_counted_and_corrected(governed):
    assert set(names(search(governed, "loan", by="analyst"))) == {"loan_book", "loan_status_history"}
    mine = search(governed, "loan", by="nobody")
    assert names(mine) == ["secret_loans"] and mine["count"] == 1
    assert mine["facets"]["zones"] == [{"value": "sandbox", "count": 1}] and mine["facets"]["tags"] == []
    for filters in ({"zone": "curated"}, {"owner": "risk"}, {"tag": "domain"}, {"column": "income"}, {"zone": "no such zone"}):
        answer = search(governed, "", by="nobody", **filters)
        answer.pop("facets")
        assert answer == {"hits": [], "count": 0, "is-count-exact": True, "readings": [], "next-page-token": None} or answer == {
            "hits": [], "count": 0, "is-count-exact": True, "readings": []}, answer
    # Words that only hidden datasets have are no help to the speller, and stand in no one's way.
    assert search(governed, "quagg", by="analyst") == search(governed, "xxxxxxxx", by="analyst")
    assert names(search(governed, "zebra", by="analyst")) == []
    assert names(search(governed, "zebra", by="nobody")) == ["secret_loans"]
    assert search(governed, "quagga", by="nobody")["hits"] == []


def test_a_grant_is_felt_at_once(governed):
    answer = governed.call("POST", "/governance/v1/grants", {
        "principal": "service:analyst", "privilege": "see", "object": {"kind": "zone", "warehouse": "main", "name": "raw"}})
    assert answer.ok
    assert names(search(governed, "applications", by="analyst")) == ["applications"]
    assert governed.call("DELETE", f"/governance/v1/grants/{answer.json()['grant']['id']}").ok
    assert names(search(governed, "applications", by="analyst")) == []


@pytest.mark.parametrize("text", ["", "experiment", "id"])
def test_pages(governed, text):
    found, token, pages = [], None, 0
    while token is not None or pages == 0:
        answer = search(governed, text, zone="sandbox", pageSize=7, **({"pageToken": token} if token else {}))
        found += names(answer)
        assert ("facets" in answer) == (pages == 0)
        token, pages = answer.get("next-page-token"), pages + 1
    assert len(found) == len(set(found)) == (60 if text == "experiment" else 61)
    assert governed.call("GET", f"/governance/v1/search?q={text}&pageToken=6e6f6e65").status_code == 400


def test_changes_are_found_within_seconds(governed):
    started = time.monotonic()
    answer = governed.call("POST", "/v1/main/namespaces/sandbox/tables", {"name": "okapi", "schema": schema("id")})
    assert answer.ok
    assert eventually(governed, lambda: names(search(governed, "okapi")) == ["okapi"], 3)
    assert time.monotonic() - started < 3
    change = {"requirements": [], "updates": [
        {"action": "add-schema", "schema": {**schema("id", "stripe_count"), "schema-id": 1}},
        {"action": "set-current-schema", "schema-id": -1}]}
    assert governed.call("POST", "/v1/main/namespaces/sandbox/tables/okapi", change).ok
    assert eventually(governed, lambda: names(search(governed, "stripe")) == ["okapi"], 3)
    assert governed.call("DELETE", "/v1/main/namespaces/sandbox/tables/okapi").ok
    assert names(search(governed, "okapi")) == []


@pytest.mark.parametrize("text", [
    "loan & !", "!!!", "a:*", "<->", "'", "''", "\"loan", "\\", "loan | | (", "((((", ")", "loan'); DROP TABLE datasets; --", "$1", "%", "_",
    "loan\x00book", "\x00", "loan:ABCD", "=loan", "o:team:risk", "é\u0301", "\U0001F600", "\u202e", "word " * 2_000, "x" * 60_000 + " loan",
    "1e999", "NaN", "​", "کتاب", "顧客"])
def test_hostile_queries_are_only_words(governed, text):
    for query in ({"q": text[:3_000]}, {"q": "loan", "column": text[:900]}):
        answer = governed.call("GET", "/governance/v1/search?" + urlencode(query))
        assert answer.status_code == (400 if "\x00" in query.get("column", "") else 200), answer.text
    for name in ("zone", "owner", "tag", "kind", "warehouse"):
        answer = governed.call("GET", "/governance/v1/search?" + urlencode({name: text}))
        assert answer.status_code == (400 if "\x00" in text or len(text.encode()) > 1_000 else 200), answer.text
        if answer.ok and text.strip():
            assert answer.json()["hits"] == [], answer.text


def test_nobody_unknown_may_search(governed):
    assert governed.call("GET", "/governance/v1/search?q=loan", by=None).status_code == 401


def command(world, *arguments, by="root"):
    return subprocess.run(
        [BINARY, "search", *arguments, "--server", world.url], capture_output=True, text=True, timeout=60,
        env={**os.environ, "MORAINE_TOKEN": world.tokens[by]})


def test_the_command_line(governed):
    done = command(governed, "loan", "pii", "--zone", "curated", "--owner", "risk", "--tag", "classification=pii", "--column", "income")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["RANK", "NAME", "KIND", "ZONE", "OWNER", "COLUMNS", "DESCRIPTION"]
    assert lines[1].split()[:6] == ["1", "curated.loan_book", "table", "curated", "team:risk", "customerIncome"]
    assert "1 of 1" in lines and "zones   curated (1)" in lines
    done = command(governed, "laon boook", "-o", "json", by="analyst")
    assert [hit["name"] for hit in json.loads(done.stdout)["hits"]] == ["loan_book"]
    done = command(governed, "laon", "-q", "--all-warehouses", "--limit", "1")
    assert done.stdout == "main/curated.loan_book\n"
    done = command(governed, "laon")
    assert done.stderr == '"laon" was read as loan\n'
    done = command(governed, "xylophone")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Nothing was found.\n")

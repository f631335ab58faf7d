"""Owners, stewards, handing over, descriptions, the vocabulary of tags and the glossary: by REST, the command line and pyiceberg."""

import json
import os
import subprocess
import uuid

import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import BadRequestError, ForbiddenError
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField, StringType, StructType

from governed import Governed
from servers import BINARY

SCHEMA = Schema(
    NestedField(1, "id", LongType()), NestedField(2, "name", StringType(), doc="As the customer writes it."),
    NestedField(3, "home", StructType(NestedField(4, "city", StringType()))))


@pytest.fixture(scope="module")
def governed():
    governed = Governed()
    governed.team("risk", "data_engineer")
    governed.team("finance", "data_scientist")
    yield governed
    governed.close()


def catalog(governed, name):
    return load_catalog(
        name, uri=governed.url, warehouse="main", credential=governed.credentials[name],
        **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})


def run(governed, *arguments, by):
    return subprocess.run(
        [BINARY, *arguments, "--server", governed.url, "--warehouse", "main"], capture_output=True, text=True, timeout=60,
        env={**os.environ, "MORAINE_TOKEN": governed.tokens[by], "HOME": str(governed.folder)})


def moraine(governed, *arguments, by="root"):
    done = run(governed, *arguments, by=by)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def refused(governed, *arguments, by="root"):
    done = run(governed, *arguments, by=by)
    assert done.returncode != 0, f"{arguments}: {done.stdout}"
    return done.stderr


def made(governed, by="data_engineer", zone="landing", properties=None):
    name = "t" + uuid.uuid4().hex[:8]
    catalog(governed, by).create_table((zone, name), SCHEMA, properties=properties or {})
    return f"{zone}.{name}"


def owners(governed, table, by="root"):
    return json.loads(moraine(governed, "owner", "show", "table", table, "-o", "json", by=by))


def test_who_makes_something_owns_it(governed):
    table = made(governed)
    assert owners(governed, table)["owner"] == "service:data_engineer"
    assert owners(governed, made(governed, properties={"owner-team": "risk"}))["owner"] == "team:risk"


def test_an_owner_names_itself_its_teams_and_whoever_helps(governed):
    table = made(governed)
    moraine(governed, "owner", "set", "table", table, "--owner", "team:risk", "--add-steward", "service:analyst",
            "--add-contact", "service:data_engineer", by="data_engineer")
    found = owners(governed, table)
    assert (found["owner"], found["stewards"], found["technical-contacts"]) == (
        "team:risk", ["service:analyst"], ["service:data_engineer"])
    moraine(governed, "owner", "set", "table", table, "--remove-steward", "service:analyst", by="data_engineer")
    assert owners(governed, table)["stewards"] == []
    # Others neither name owners nor hear of what they cannot see.
    assert "does not exist" in refused(governed, "owner", "set", "table", table, "--owner", "service:analyst", by="data_scientist")
    answer = governed.call("GET", f"/governance/v1/owners?object-kind=table&warehouse=main&namespace=landing&name={table[8:]}", by="nobody")
    assert answer.status_code == 404, answer.text


def test_nobody_becomes_an_owner_unasked(governed):
    table = made(governed)
    answer = governed.call("POST", "/governance/v1/owners", {
        "object": {"kind": "table", "warehouse": "main", "namespace": ["landing"], "name": table[8:]}, "owner": "team:finance"},
        by="data_engineer")
    assert answer.status_code == 403 and "owner transfer" in answer.text
    moraine(governed, "owner", "transfer", "table", table, "--to", "team:finance", "--message", "Theirs now.", by="data_engineer")
    [offer] = json.loads(moraine(governed, "owner", "transfers", "-o", "json", by="data_scientist"))["transfers"]
    assert offer["to"] == "team:finance" and offer["message"] == "Theirs now."
    # It does not concern this one.
    assert json.loads(moraine(governed, "owner", "transfers", "-o", "json", by="analyst"))["transfers"] == []
    assert governed.call("POST", f"/governance/v1/transfers/{offer['id']}", {"answer": "accepted"}, by="analyst").status_code == 404
    assert governed.call("POST", f"/governance/v1/transfers/{offer['id']}", {"answer": "accepted"}, by="data_engineer").status_code == 403
    moraine(governed, "owner", "accept", offer["id"], by="data_scientist")
    assert owners(governed, table)["owner"] == "team:finance"
    # Answered once.
    assert governed.call("POST", f"/governance/v1/transfers/{offer['id']}", {"answer": "declined"}, by="data_scientist").status_code == 404


def test_an_offer_is_declined_withdrawn_or_overtaken(governed):
    for answer, by in (("decline", "data_scientist"), ("withdraw", "data_engineer")):
        table = made(governed)
        moraine(governed, "owner", "transfer", "table", table, "--to", "team:finance", by="data_engineer")
        assert "already" in refused(governed, "owner", "transfer", "table", table, "--to", "team:finance", by="data_engineer")
        id = owners(governed, table)["transfer"]["id"]
        moraine(governed, "owner", answer, id, by=by)
        assert "transfer" not in owners(governed, table) and owners(governed, table)["owner"] == "service:data_engineer"
    table = made(governed)
    moraine(governed, "owner", "transfer", "table", table, "--to", "team:finance", by="data_engineer")
    id = owners(governed, table)["transfer"]["id"]
    moraine(governed, "owner", "set", "table", table, "--owner", "team:risk", by="data_engineer")
    assert governed.call("POST", f"/governance/v1/transfers/{id}", {"answer": "accepted"}, by="data_scientist").status_code == 404
    assert owners(governed, table)["owner"] == "team:risk"


def test_who_leaves_hands_over_first(governed):
    assert governed.call("POST", "/management/v1/principals", {"kind": "user", "name": "leaver"}).ok
    table = made(governed)
    moraine(governed, "owner", "set", "table", table, "--owner", "user:leaver", "--add-steward", "user:leaver")
    moraine(governed, "owner", "set", "namespace", "sandbox", "--owner", "user:leaver")
    said = refused(governed, "principal", "drop", "user:leaver", "--yes")
    assert table in said and "namespace sandbox" in said and "owner reassign user:leaver" in said
    moraine(governed, "principal", "update", "user:leaver", "--disable-access")
    orphans = json.loads(moraine(governed, "owner", "orphans", "-o", "json"))["objects"]
    assert {"user:leaver"} == {each["owner"] for each in orphans if "owner" in each}
    assert len([each for each in orphans if each.get("owner") == "user:leaver"]) == 2
    listed = json.loads(moraine(governed, "owner", "list", "user:leaver", "-o", "json"))["objects"]
    assert sorted(each["role"] for each in listed) == ["owner", "owner", "steward"]
    moraine(governed, "owner", "reassign", "user:leaver", "team:risk", "--yes")
    assert owners(governed, table)["owner"] == "team:risk" and owners(governed, table)["stewards"] == ["team:risk"]
    assert json.loads(moraine(governed, "owner", "list", "user:leaver", "-o", "json"))["objects"] == []


def test_an_owner_of_a_namespace_owns_what_lies_in_it(governed):
    name = "n" + uuid.uuid4().hex[:8]
    assert governed.call("POST", "/v1/main/namespaces", {"namespace": ["landing", name]}).ok
    moraine(governed, "owner", "set", "namespace", f"landing.{name}", "--owner", "team:finance")
    root = catalog(governed, "root")
    root.create_table(("landing", name, "t"), SCHEMA)
    moraine(governed, "owner", "set", "table", f"landing.{name}.t", "--inherit")
    found = owners(governed, f"landing.{name}.t")
    assert found["owner"] == "team:finance" and found["inherited"]
    # What an owner may do, its members may, though their roles do not let them.
    table = catalog(governed, "data_scientist").load_table(("landing", name, "t"))
    with table.transaction() as transaction:
        transaction.set_properties(a="b")


def test_an_owner_must_be_somebody(governed):
    with pytest.raises(BadRequestError, match="no team named ghosts"):
        made(governed, properties={"owner-team": "ghosts"})
    table = made(governed)
    with pytest.raises(BadRequestError, match="no team named ghosts"):
        with catalog(governed, "data_engineer").load_table(tuple(table.split("."))).transaction() as transaction:
            transaction.set_properties(**{"owner-team": "ghosts"})
    for nobody in ("team:ghosts", "role:analyst"):
        answer = governed.call("POST", "/governance/v1/owners", {
            "object": {"kind": "table", "warehouse": "main", "namespace": ["landing"], "name": table[8:]}, "owner": nobody})
        assert answer.status_code == 422, answer.text
    assert owners(governed, table)["owner"] == "service:data_engineer"


def test_descriptions_are_where_engines_look(governed):
    table = made(governed)
    moraine(governed, "table", "describe", table, "One row a **customer**.", "--column", "id=Its number.", "--column", "home.city=Where.",
            "--column", "name=", by="data_engineer")
    loaded = catalog(governed, "data_engineer").load_table(tuple(table.split(".")))
    assert loaded.properties["comment"] == "One row a **customer**."
    assert {name: loaded.schema().find_field(name).doc for name in ("id", "name", "home.city")} == {
        "id": "Its number.", "name": None, "home.city": "Where."}
    # And the other way round.
    with loaded.update_schema() as update:
        update.update_column("name", doc="As on the passport.")
    assert "As on the passport." in moraine(governed, "table", "show", table)
    # Stewards describe; they do not define.
    moraine(governed, "table", "describe", table, "A customer.", "--column", "id=No.", by="data_steward")
    with pytest.raises(ForbiddenError):
        with catalog(governed, "data_steward").load_table(tuple(table.split("."))).transaction() as transaction:
            transaction.set_properties(a="b")
    assert "no column away" in refused(governed, "table", "describe", table, "--column", "away=?")
    assert catalog(governed, "root").load_table(tuple(table.split("."))).properties["comment"] == "A customer."


def test_tags_come_from_a_vocabulary(governed):
    table = made(governed)
    assert "tag define" in refused(governed, "tag", "set", table, "domain=risk", by="data_steward")
    moraine(governed, "tag", "define", "domain", "--value", "risk", "--value", "sales", "--description", "Whose business.", by="data_steward")
    assert "it may be risk, sales" in refused(governed, "tag", "set", table, "domain=rsik", by="data_steward")
    moraine(governed, "tag", "set", table, "domain=risk", "--column", "name", by="data_steward")
    # A column keeps its tags when it is renamed.
    with catalog(governed, "data_engineer").load_table(tuple(table.split("."))).update_schema() as update:
        update.rename_column("name", "full_name")
    assert "full_name" in moraine(governed, "tag", "show", table) and "domain=risk" in moraine(governed, "tag", "show", table)
    assert table in refused(governed, "tag", "undefine", "domain", by="data_steward")
    assert table in refused(governed, "tag", "define", "domain", "--value", "sales", by="data_steward")
    moraine(governed, "tag", "unset", table, "domain", "--column", "full_name", by="data_steward")
    moraine(governed, "tag", "undefine", "domain", by="data_steward")
    assert "domain" not in moraine(governed, "tag", "vocabulary")
    assert "policies know" in refused(governed, "tag", "define", "classification", "--value", "secret", by="data_steward")


def test_a_term_stands_for_columns(governed):
    table = made(governed)
    moraine(governed, "term", "define", "Customer", "Who has **bought** something.", "--owner", "team:risk", by="data_steward")
    moraine(governed, "term", "link", "customer", table, by="data_steward")
    moraine(governed, "term", "link", "Customer", table, "--column", "name", by="data_steward")
    with catalog(governed, "data_engineer").load_table(tuple(table.split("."))).update_schema() as update:
        update.rename_column("name", "full_name")
    shown = json.loads(moraine(governed, "term", "show", "Customer", "-o", "json"))
    assert [link.get("column") for link in shown["links"]] == [None, "full_name"]
    # Who may not know of the table does not hear of it.
    assert json.loads(moraine(governed, "term", "show", "Customer", "-o", "json", by="nobody"))["links"] == []
    assert "Customer" in moraine(governed, "term", "list", "bought", by="nobody")
    moraine(governed, "term", "unlink", "Customer", table, by="data_steward")
    assert len(json.loads(moraine(governed, "term", "show", "Customer", "-o", "json"))["links"]) == 1
    moraine(governed, "term", "drop", "Customer", "--yes", by="data_steward")
    assert "no term" in refused(governed, "term", "show", "Customer")

"""`moraine cedar`: the corpus and the zones' policies through its batches, and its options by hand."""

import json
import os
import random
import subprocess
import tarfile
from pathlib import Path

import cedarpy
import pytest

BIN = os.environ.get("MORAINE_BIN", ".build/debug/moraine")
CONFORMANCE = os.environ.get("MORAINE_CONFORMANCE")
given = pytest.mark.skipif(not CONFORMANCE, reason="MORAINE_CONFORMANCE does not name the folder of public test data")


def cedar(*arguments, text=None, cwd=None):
    return subprocess.run([os.path.abspath(BIN), "cedar", *map(str, arguments)], input=text, capture_output=True, text=True, cwd=cwd)


def batch(command, questions, cwd=None):
    """The answers to questions, in order."""
    done = cedar(command, "--batch", text="".join(json.dumps(question) + "\n" for question in questions), cwd=cwd)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions)
    return answers


def check_files(folder, paths):
    """Holds test files against the batches; returns how many requests and verdicts there were."""
    questions, expected, policies, verdicts = [], [], [], []
    for path in paths:
        test = json.loads(path.read_text())
        schema = {"path": test["schema"]}
        policies.append({"policies": {"path": test["policies"]}, "schema": schema})
        verdicts.append(test["shouldValidate"])
        for request in test["requests"]:
            parts = {key: request[key] for key in ["principal", "action", "resource", "context"]}
            questions.append(
                {"policies": {"path": test["policies"]}, "schema": schema, "entities": {"path": test["entities"]}, "request": parts,
                 "validateRequest": request.get("validateRequest", True)})
            expected.append((path.name, request["decision"], sorted(request["reason"]), sorted(request["errors"])))
    answers = batch("authorize", questions, folder)
    found = [(name, answer["decision"], sorted(answer["reason"]), sorted(answer["errors"]))
             for (name, *_), answer in zip(expected, answers)]
    assert [pair for pair in zip(found, expected) if pair[0] != pair[1]][:5] == []
    valid = [answer["valid"] for answer in batch("validate", policies, folder)]
    assert [path.name for path, mine, theirs in zip(paths, valid, verdicts) if mine != theirs][:5] == []
    return len(expected), len(verdicts)


@given
def test_corpus(tmp_path):
    with tarfile.open(f"{CONFORMANCE}/cedar/corpus-tests.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    paths = sorted(path for path in (tmp_path / "corpus-tests").glob("*.json") if not path.name.endswith(".entities.json"))
    assert check_files(tmp_path, paths) == (62_472, 7_809)


@given
def test_hand_written():
    folder = Path(CONFORMANCE) / "cedar"
    assert check_files(folder, sorted((folder / "tests").glob("*/*.json"))) == (74, 22)


# MARK: The zones' policies

ROLES = ["data_engineer", "data_scientist", "analyst", "auditor", "data_steward"]
DAY = "2026-05-03T12:00:00Z"


def entity(kind, name):
    return {"type": f"Gov::{kind}", "id": name}


def call(function, argument):
    return {"__extn": {"fn": function, "arg": argument}}


def zone_world(choose):
    """Entities of our domain, of random properties."""
    def some(items):
        return [item for item in items if choose.random() < 0.4]

    def governed():
        gov = {"restricted": [{"__entity": entity("Tag", tag)} for tag in some(["pii", "phi", "financial", "secret"])],
               "regulated": choose.random() < 0.3, "legalHold": choose.random() < 0.3}
        if choose.random() < 0.5:
            gov["ownerTeam"] = {"__entity": entity("Team", choose.choice(["risk", "sales"]))}
        if choose.random() < 0.5:
            gov["description"] = choose.choice(["", "loans"])
        if choose.random() < 0.3:
            gov["retainUntil"] = call("datetime", choose.choice(["2026-01-01", "2027-01-01"]))
        if choose.random() < 0.5:
            at = choose.choice(["2026-05-03T08:00:00Z", "2026-05-01"])
            gov["gate"] = {"passed": choose.random() < 0.7, "at": call("datetime", at), "snapshot": choose.choice([1, 2])}
        return gov

    kinds = ["landing", "raw", "curated", "sandbox"]
    entities = [{"uid": entity("ZoneKind", kind), "attrs": {}, "parents": []} for kind in kinds]
    entities += [{"uid": entity("Zone", f"z{n}"), "attrs": {}, "parents": [entity("ZoneKind", kinds[n])]} for n in range(4)]
    entities += [{"uid": entity("Role", role), "attrs": {}, "parents": []} for role in ROLES]
    entities += [{"uid": entity("Team", team), "attrs": {}, "parents": []} for team in ["risk", "sales"]]
    for kind in ["User", "Service"]:
        cleared = [{"__entity": entity("Tag", tag)} for tag in some(["pii", "phi", "financial", "secret"])]
        parents = [entity("Role", role) for role in some(ROLES)] + [entity("Team", team) for team in some(["risk", "sales"])]
        entities.append({"uid": entity(kind, "p"), "attrs": {"cleared": cleared}, "parents": parents})
    entities.append({"uid": entity("Namespace", "n"), "attrs": {"gov": governed()}, "parents": [entity("Zone", f"z{choose.randrange(4)}")]})
    pinned = some([1, 2, 3])
    table = {"gov": governed(), "formatVersion": choose.choice([1, 2]), "pinned": pinned}
    entities.append({"uid": entity("Table", "t"), "attrs": table, "parents": [entity("Namespace", "n")], "tags": {"k": "v"}})
    entities.append({"uid": entity("View", "v"), "attrs": {"gov": governed()}, "parents": [entity("Namespace", "n")], "tags": {}})
    return entities


def zone_requests(choose):
    now = call("datetime", DAY)
    plain = {"now": now, "ip": call("ip", "10.0.0.1")}
    commit = {"now": now, "branch": choose.choice(["main", "dev"]), "snapshot": choose.choice([1, 2]), "formatVersion": 2}
    for action in ["list", "getMetadata"]:
        for kind, name in [("Zone", "z1"), ("Namespace", "n"), ("Table", "t"), ("View", "v")]:
            yield action, kind, name, plain
    for action in ["readData", "readCredentials", "exportData", "evolveSchema", "rename"]:
        yield action, "Table", "t", plain
    for action in ["append", "overwrite", "delete", "replace", "moveRef", "publish"]:
        yield action, "Table", "t", commit
    for action in ["writeCredentials", "drop", "purge", "setOwner", "setTags", "grant"]:
        yield action, "Table", "t", plain
    yield "expireSnapshots", "Table", "t", {"now": now, "snapshots": [choose.choice([1, 2, 3, 4])]}
    described = {"now": now, "formatVersion": 2, "description": choose.choice(["", "x"]), "ownerTeam": {"__entity": entity("Team", "risk")}}
    yield "createTable", "Namespace", "n", choose.choice([described, {"now": now, "formatVersion": 2}])


@given
def test_zones_policies_decide_as_the_real_engine_does():
    folder = Path(CONFORMANCE) / "policies"
    policies, schema = (folder / "zones.cedar").read_text(), (folder / "zones.cedarschema").read_text()
    assert cedarpy.validate_policies(policies, schema).validation_passed
    assert batch("validate", [{"policies": policies, "schema": schema}]) == [{"valid": True, "errors": []}]
    choose = random.Random(20_260_503)
    allowed = asked = 0
    for _ in range(40):
        entities = zone_world(choose)
        parts = [
            {"principal": entity(choose.choice(["User", "Service"]), "p"), "action": entity("Action", action),
             "resource": entity(kind, name), "context": context}
            for action, kind, name, context in zone_requests(choose)]
        texts = [
            {**{key: f'{part[key]["type"]}::"{part[key]["id"]}"' for key in ["principal", "action", "resource"]}, "context": part["context"]}
            for part in parts]
        theirs = cedarpy.is_authorized_batch(texts, policies, entities, schema)
        source = {"policies": {"path": str(folder / "zones.cedar")}, "schema": {"path": str(folder / "zones.cedarschema")}}
        mine = batch("authorize", [{**source, "entities": entities, "request": part, "validateRequest": True} for part in parts])
        ids = cedar_ids(policies)
        for part, answer, result in zip(parts, mine, theirs):
            assert "error" not in answer, (part, answer)
            reasons = sorted(ids[int(reason.removeprefix("policy"))] for reason in result.diagnostics.reasons)
            assert (answer["decision"], sorted(answer["reason"]), answer["errors"]) == (
                result.decision.value.lower(), reasons, list(result.diagnostics.errors)), part
            allowed += answer["decision"] == "allow"
            asked += 1
    # A comparison of denials alone would say little.
    assert asked > 1_000 and 0.1 < allowed / asked < 0.9


def cedar_ids(policies):
    """What `@id` calls the policies, in their order."""
    return [line.split('"')[1] for line in policies.splitlines() if line.startswith("@id(")]


# MARK: By hand

POLICIES = """// Who may see what.
@id("friends")
permit(principal in Group::"friends", action == Action::"view", resource); // all of them
@id("secret") forbid(principal, action, resource) when { resource.secret };
@id("shared") permit(principal == ?principal, action, resource == ?resource);
"""
SCHEMA = """entity Group; entity User in [Group]; entity Photo { secret: Bool };
action view appliesTo { principal: User, resource: Photo, context: {} };"""
ENTITIES = [
    {"uid": {"type": "User", "id": "ann"}, "attrs": {}, "parents": [{"type": "Group", "id": "friends"}]},
    {"uid": {"type": "User", "id": "bob"}, "attrs": {}, "parents": []},
    {"uid": {"type": "Photo", "id": "open"}, "attrs": {"secret": False}, "parents": []},
    {"uid": {"type": "Photo", "id": "closed"}, "attrs": {"secret": True}, "parents": []},
]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "p.cedar").write_text(POLICIES)
    (tmp_path / "s.cedarschema").write_text(SCHEMA)
    (tmp_path / "e.json").write_text(json.dumps(ENTITIES))
    return tmp_path


def ask(files, principal, resource, *options):
    return cedar("authorize", "-p", "p.cedar", "-s", "s.cedarschema", "--entities", "e.json", "-l", f'User::"{principal}"',
                 "-a", 'Action::"view"', "-r", f'Photo::"{resource}"', *options, cwd=files)


def test_decides(files):
    done = ask(files, "ann", "open", "-v")
    assert (done.returncode, done.stdout) == (0, "ALLOW\nDecided by: friends\n")
    done = ask(files, "ann", "closed", "-v")
    assert (done.returncode, done.stdout) == (5, "DENY\nDecided by: secret\n")
    done = ask(files, "bob", "open", "-v")
    assert (done.returncode, done.stdout) == (5, "DENY\nNo policy applies.\n")
    assert json.loads(ask(files, "bob", "open", "-o", "json").stdout) == {"decision": "deny", "reason": [], "errors": []}


def test_links_of_templates(files):
    links = [{"template_id": "shared", "link_id": "bobs", "args": {"?principal": 'User::"bob"', "?resource": 'Photo::"open"'}}]
    (files / "links.json").write_text(json.dumps(links))
    done = ask(files, "bob", "open", "-v", "-k", "links.json")
    assert (done.returncode, done.stdout) == (0, "ALLOW\nDecided by: bobs\n")


def test_forbid_that_fails_is_told(files):
    (files / "p.cedar").write_text('permit(principal, action, resource); forbid(principal, action, resource) when { resource.nothing };')
    done = cedar("authorize", "-p", "p.cedar", "--entities", "e.json", "-l", 'User::"ann"', "-a", 'Action::"view"', "-r", 'Photo::"open"',
                 cwd=files)
    assert done.returncode == 0 and done.stdout == "ALLOW\n"
    assert "policy1" in done.stderr and "should deny" in done.stderr


def test_says_what_is_wrong(files):
    (files / "p.cedar").write_text("permit(principal,\n  action resource);")
    done = ask(files, "ann", "open")
    assert done.returncode == 2 and "p.cedar: line 2, column 10: Expected" in done.stderr
    done = cedar("validate", "-p", "missing.cedar", "-s", "s.cedarschema", cwd=files)
    assert done.returncode == 2 and "missing.cedar cannot be read" in done.stderr
    bad = "permit(principal, action, resource)\nwhen { principal.age > 3 };"
    # Standard input can be read but once.
    done = cedar("validate", "-p", "-", "-s", "s.cedarschema", text=bad, cwd=files)
    assert done.returncode == 1 and done.stdout.startswith("-:2:8: error: Policy policy0: ")
    (files / "p.cedar").write_text(bad)
    done = cedar("validate", "-p", "p.cedar", "-s", "s.cedarschema", cwd=files)
    assert done.returncode == 1 and done.stdout.startswith("p.cedar:2:8: error: Policy policy0: ")


def test_formats(files):
    assert cedar("format", "-c", "-p", "p.cedar", cwd=files).returncode == 1
    assert (files / "p.cedar").read_text() == POLICIES
    assert cedar("format", "-w", "-p", "p.cedar", cwd=files).returncode == 0
    text = (files / "p.cedar").read_text()
    assert text != POLICIES and "// Who may see what." in text and "// all of them" in text
    assert cedar("format", "-c", "-p", "p.cedar", cwd=files).returncode == 0
    assert cedar("format", text=POLICIES).stdout == text


def test_translates_there_and_back(files):
    there = cedar("translate", "-p", "p.cedar", cwd=files)
    assert there.returncode == 0 and set(json.loads(there.stdout)["templates"]) == {"shared"}
    back = cedar("translate", "-p", "-", text=there.stdout)
    assert back.stdout == cedar("format", text=back.stdout).stdout
    assert json.loads(cedar("translate", "-p", "-", text=back.stdout).stdout) == json.loads(there.stdout)
    schema = cedar("translate", "-s", "s.cedarschema", cwd=files)
    again = cedar("translate", "-s", "-", text=schema.stdout)
    assert json.loads(cedar("translate", "-s", "-", text=again.stdout).stdout) == json.loads(schema.stdout)


def test_batch_denies_what_it_cannot_decide(files):
    request = {"principal": {"type": "User", "id": "ann"}, "action": {"type": "Action", "id": "view"}, "resource": {"type": "Photo", "id": "open"}}
    good = {"policies": {"path": "p.cedar"}, "entities": {"path": "e.json"}, "request": request}
    answers = batch("authorize", [
        good, {**good, "policies": "permit("}, {**good, "entities": [{}]}, {**good, "request": {}}, {}, {**good, "policies": {"path": "no"}},
        {**good, "schema": {"path": "s.cedarschema"}, "request": {**request, "resource": request["principal"]}, "validateRequest": True}, good,
    ], files)
    assert answers[0] == answers[-1] == {"decision": "allow", "reason": ["friends"], "errors": []}
    for answer in answers[1:-1]:
        assert answer["decision"] == "deny" and answer["reason"] == [] and answer["error"]
    lines = cedar("authorize", "--batch", text='{"a":1,"a":2}\n\nnonsense\n').stdout.splitlines()
    assert len(lines) == 2 and all("error" in json.loads(line) for line in lines)

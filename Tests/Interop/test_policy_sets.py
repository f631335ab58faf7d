"""Policy sets, grants, and why a decision is as it is: over HTTP and on the command line, against a real server."""

import concurrent.futures
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import time
import uuid

import pytest
import requests

from servers import BINARY, ROOT, Postgres, Server, open_folder

POLICIES = ROOT / "policies"
SCHEMA = {"type": "struct", "fields": [{"id": 1, "name": "id", "required": False, "type": "long"}]}
PEOPLE = {"user:ann": "analyst", "user:eve": "data_engineer", "user:sam": "data_scientist", "user:ada": "admin", "user:aud": "auditor",
          "user:tom": None, "service:loader": None}
COMMIT = {"append", "overwrite", "delete", "replace", "moveRef", "publish"}


class World:
    """A server with a few people, zones and tables."""

    def __init__(self):
        self.postgres = Postgres()
        self.folder = open_folder("moraine-policies-")
        self.server = Server(
            ["--dev", "--database-url", self.postgres.url, "--warehouse", f"lake=file://{self.folder}/lake"], self.folder / "log").start()
        roles = sorted({role for role in PEOPLE.values() if role})
        people = [name.split(":") for name in PEOPLE] + [["role", role] for role in roles] + [["team", "risk"], ["team", "stewards"]]
        rows = ", ".join(f"('{uuid.uuid4()}', '{kind}', '{name}')" for kind, name in people)
        self.sql(f"INSERT INTO principals (id, kind, name) VALUES {rows} ON CONFLICT DO NOTHING")
        for name, role in PEOPLE.items():
            if role:
                self.join(name.split(":")[1], role)
        self.join("tom", "risk")
        for zone in ["raw", "curated", "sandbox"]:
            rules = {"rules": {"gated": True}} if zone == "curated" else {}
            self.post("/governance/v1/warehouses/lake/zones", {"name": zone, "kind": zone, **rules})
            self.post("/v1/lake/namespaces", {"namespace": [zone]})
            self.post(
                f"/v1/lake/namespaces/{zone}/tables",
                {"name": "loans", "schema": SCHEMA, "properties": {"owner-team": "stewards", "comment": "Loans."}})

    def sql(self, text):
        self.postgres.run("psql", "-q", "-v", "ON_ERROR_STOP=1", self.postgres.url, "-c", text)

    def join(self, member, group):
        self.sql(
            f"INSERT INTO memberships (id, member_id, group_id) SELECT '{uuid.uuid4()}', m.id, g.id FROM principals m, principals g "
            f"WHERE m.name = '{member}' AND g.name = '{group}' AND g.kind IN ('role', 'team'); "
            "UPDATE access_revision SET revision = revision + 1")

    def call(self, method, path, body=None, **options):
        return requests.request(method, self.server.url + path, json=body, timeout=60, **options)

    def get(self, path, **options):
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path, body, **options):
        answer = self.call("POST", path, body, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, method, path, body, key, size):
        found, token = [], ""
        while token is not None:
            page = self.call(method, path, body, params={"pageSize": size, "pageToken": token}).json()
            found += page[key]
            token = page.get("next-page-token")
        return found

    def moraine(self, *arguments, code=0):
        environment = {**os.environ, "MORAINE_SERVER": self.server.url, "MORAINE_WAREHOUSE": "lake", "HOME": str(self.folder)}
        done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=60)
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr if code else done.stdout

    def current(self):
        return self.get("/governance/v1/policy-sets/current")

    def close(self):
        errors = self.server.errors()
        self.server.stop()
        self.postgres.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not errors, "\n".join(errors)


@pytest.fixture(scope="module")
def world():
    world = World()
    yield world
    world.close()


@pytest.fixture
def bundle(tmp_path):
    """The initial policies with their tests, in a folder to change."""
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    return folder


@pytest.fixture
def initial(world, bundle):
    """Afterwards the initial policies are in force again."""
    yield
    world.moraine("policy", "apply", POLICIES)


def table(zone):
    return {"kind": "table", "warehouse": "lake", "namespace": [zone], "name": "loans"}


def files(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in
            [*folder.glob("*.cedar"), *folder.glob("*.cedarschema"), *folder.glob("tests/*.json")]}


def add_policy(folder, name, text="forbid (principal, action == Gov::Action::\"purge\", resource);"):
    (folder / f"{name}.cedar").write_text(f'@id("{name}")\n@reason("for the test {name}")\n{text}\n')


def why(world, principal, action, resource, **more):
    return world.post("/governance/v1/policies/why", {"principal": principal, "action": action, "resource": resource, **more})


def now_ms():
    return time.time_ns() // 1_000_000


# ---- Policy sets

def test_a_new_catalog_has_the_initial_set(world):
    first = world.get("/governance/v1/policy-sets/1")
    assert first["author"] == "server"
    assert first["files"]["moraine.cedar"] == (POLICIES / "moraine.cedar").read_text()


def test_policies_of_the_repository_pass_their_tests(world):
    assert "tests passed" in world.moraine("policy", "test", POLICIES)


def test_apply_show_and_diff(world, bundle, initial):
    world.moraine("policy", "apply", bundle)
    before = world.current()
    add_policy(bundle, "no-purge", 'forbid (principal == Gov::User::"zed", action == Gov::Action::"purge", resource);')
    seen = world.moraine("policy", "apply", bundle, "--dry-run")
    assert "Added policy no-purge" in seen and f"would become policy set {before['number'] + 1}" in seen
    assert world.current() == before
    seen = world.moraine("policy", "apply", bundle, "--comment", "Keep the files.")
    assert "Added policy no-purge" in seen and "1 added" in seen
    after = world.current()
    assert (after["number"], after["comment"]) == (before["number"] + 1, "Keep the files.")
    assert after["hash"] != before["hash"]
    assert "in force already" in world.moraine("policy", "apply", bundle)
    assert world.current() == after
    assert after["comment"] in world.moraine("policy", "list")
    assert "no-purge" in world.moraine("policy", "show")
    assert "no-purge" not in world.moraine("policy", "show", before["number"])
    assert "+ @id(\"no-purge\")" in world.moraine("policy", "diff", before["number"], after["number"])
    diff = world.get(f"/governance/v1/policy-sets/{after['number']}/diff/{before['number']}")["diff"]
    assert [entry["id"] for entry in diff["removed"]] == ["no-purge"] and not diff["added"] and not diff["changed"]
    assert world.moraine("policy", "show", "--file", "no-purge.cedar") == (bundle / "no-purge.cedar").read_text()


def test_comments_make_a_set_but_no_other_hash(world, bundle, initial):
    world.moraine("policy", "apply", bundle)
    before = world.current()
    path = bundle / "moraine.cedar"
    path.write_text("// Read this first.\n" + path.read_text())
    assert "no policy differs" in world.moraine("policy", "apply", bundle)
    after = world.current()
    assert after["number"] == before["number"] + 1 and after["hash"] == before["hash"]


def broken_syntax(folder):
    add_policy(folder, "broken", "permit (principal, action, resource")
    return "broken.cedar:4:1"


def broken_type(folder):
    add_policy(folder, "broken", "permit (principal, action, resource)\nwhen { principal.salary > 3 };")
    return "broken.cedar:4:8"


def broken_template(folder):
    path = folder / "moraine.cedar"
    path.write_text(path.read_text().replace('@id("grant-read")', '@id("grant-reading")'))
    return "grant-read"


def broken_test(folder):
    add_policy(folder, "broken", 'forbid (principal in Gov::Role::"analyst", action, resource);')
    return "tests/curated.json"


def broken_schema(folder):
    path = folder / "moraine.cedarschema"
    path.write_text(path.read_text().replace("entity Catalog;", "entity Catalog, Cat;"))
    return "moraine.cedarschema"


@pytest.mark.parametrize("damage", [broken_syntax, broken_type, broken_template, broken_test, broken_schema])
def test_a_bad_set_is_refused_and_the_old_one_stays(world, bundle, damage):
    before = world.current()
    place = damage(bundle)
    for command in [["apply", bundle], ["apply", bundle, "--dry-run"], ["test", bundle]]:
        seen = world.moraine("policy", *command, code=1)
        assert place in seen and "refused" in seen, seen
    answer = world.call("POST", "/governance/v1/policy-sets", {"files": files(bundle)})
    assert answer.status_code == 400 and place in answer.json()["error"]["message"]
    assert world.current() == before


def test_a_problem_shows_its_line(world, bundle):
    broken_type(bundle)
    lines = world.moraine("policy", "test", bundle, code=1).splitlines()
    index = next(i for i, line in enumerate(lines) if "broken.cedar:4:8" in line)
    assert lines[index + 1] == "  when { principal.salary > 3 };" and lines[index + 2] == "  " + " " * 7 + "^"


def test_ten_at_once(world, bundle, initial):
    world.moraine("policy", "apply", bundle)
    start = world.current()["number"]

    def apply(index, expected=None):
        text = files(bundle) | {"extra.cedar": f'@id("extra-{uuid.uuid4()}") permit (principal, action, resource in Gov::ZoneKind::"raw")'
                                               f' when {{ false && {index} == {index} }};'}
        body = {"files": {name: content for name, content in text.items() if not name.startswith("tests/")}}
        return world.call("POST", "/governance/v1/policy-sets", body | ({"if-current": expected} if expected else {}))

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(apply, range(10)))
        assert [answer.status_code for answer in answers] == [200] * 10, [answer.text[:300] for answer in answers]
        assert sorted(answer.json()["number"] for answer in answers) == list(range(start + 1, start + 11))
        raced = list(pool.map(lambda index: apply(index, start + 10).status_code, range(10)))
    assert sorted(raced) == [200] + [409] * 9
    applied = [entry["applied-at-ms"] for entry in world.get("/governance/v1/policy-sets")["policy-sets"]]
    assert applied == sorted(applied, reverse=True)


def test_as_of(world, bundle, initial):
    world.moraine("policy", "apply", bundle)
    time.sleep(0.01)
    before = now_ms()
    number = world.current()["number"]
    time.sleep(0.01)
    add_policy(bundle, "nobody-reads", 'forbid (principal == Gov::User::"sam", action == Gov::Action::"readData", resource);')
    shutil.rmtree(bundle / "tests")
    world.moraine("policy", "apply", bundle)
    assert world.get("/governance/v1/policy-sets/current", params={"as-of-ms": before})["number"] == number
    assert why(world, "user:sam", "readData", table("curated"))["decision"] == "deny"
    past = why(world, "user:sam", "readData", table("curated"), **{"as-of-ms": before})
    assert past["decision"] == "allow" and past["policy-set"]["number"] == number
    assert any("today" in note for note in past["notes"])
    # Before there was any policy, nothing can be said.
    answer = world.call("POST", "/governance/v1/policies/why",
                        {"principal": "user:sam", "action": "readData", "resource": table("curated"), "as-of-ms": 1000})
    assert answer.status_code == 404 and answer.json()["error"]["type"] == "NoSuchPolicySetException"
    assert "policy set" in world.moraine("policy", "show", "--as-of", "2001-01-01", code=3)


# ---- Why

def test_why_names_the_policy(world):
    answer = why(world, "ann", "readData", table("curated"))
    assert answer["decision"] == "allow" and answer["principal"] == "user:ann"
    [policy] = answer["policies"]
    assert (policy["id"], policy["effect"], policy["for"]) == ("analyst-read", "permit", "role:analyst")
    assert 'principal in Gov::Role::"analyst"' in policy["text"]
    facts = {(fact["uid"]["type"], fact["uid"]["id"]) for fact in answer["facts"]}
    assert {("Gov::User", "ann"), ("Gov::Role", "analyst"), ("Gov::Zone", "lake/curated"), ("Gov::Catalog", "catalog")} <= facts
    denied = why(world, "user:eve", "overwrite", table("raw"))
    assert denied["decision"] == "deny" and [policy["id"] for policy in denied["policies"]] == ["raw-append-only"]
    assert "append-only" in denied["policies"][0]["reason"]
    assert denied["context"]["branch"] == "main"
    branch = why(world, "user:eve", "append", table("curated"), context={"branch": "fix"})
    assert branch["decision"] == "allow" and branch["context"]["branch"] == "fix"
    nothing = why(world, "user:nobody", "readData", table("curated"))
    assert nothing["decision"] == "deny" and len(nothing["notes"]) == 2, nothing


def test_why_on_the_command_line(world):
    assert "analyst-read" in world.moraine("policy", "why", "ann", "readData", "on", "table", "curated.loans")
    seen = world.moraine("policy", "why", "eve", "overwrite", "on", "table", "raw.loans", code=5)
    assert seen.startswith("DENIED") and "raw is append-only" in seen
    world.moraine("policy", "why", "eve", "append", "on", "table", "curated.loans", code=5)
    world.moraine("policy", "why", "eve", "append", "on", "table", "curated.loans", "--context", '{"branch": "b"}')
    assert json.loads(world.moraine("policy", "why", "ann", "getMetadata", "on", "catalog", "-o", "json", code=5).splitlines()[0])["decision"] == "deny"


@pytest.mark.parametrize("body, status", [
    ({"principal": "user:ann", "action": "fly", "resource": {"kind": "catalog"}}, 400),
    ({"principal": "user:ann", "action": "readData", "resource": {"kind": "catalog"}}, 400),
    ({"principal": "role:analyst", "action": "list", "resource": {"kind": "catalog"}}, 400),
    ({"principal": "user:ann", "action": "list", "resource": {"kind": "shelf"}}, 400),
    ({"principal": "user:ann", "action": "list", "resource": {"kind": "catalog"}, "context": {"branch": 3}}, 400),
    ({"principal": "user:ann", "action": "list", "resource": {"kind": "catalog"}, "as-of-ms": -1}, 400),
    ({"principal": "user:ann", "action": "list", "resource": {"kind": "table", "warehouse": "lake", "namespace": ["raw"], "name": "x"}}, 404),
    ({"principal": "user:ann", "action": "list", "resource": {"kind": "zone", "warehouse": "lake", "name": "x"}}, 404),
    ({"principal": "user:ann", "action": "list", "resource": {"kind": "warehouse", "warehouse": "x"}}, 404),
])
def test_questions_without_an_answer(world, body, status):
    answer = world.call("POST", "/governance/v1/policies/why", body)
    assert answer.status_code == status, answer.text


def test_who_can_and_what_can_agree_with_why(world):
    grants = [("read", {"kind": "zone", "warehouse": "lake", "name": "raw"}, "service:loader"), ("write", table("sandbox"), "team:risk"),
              ("define", {"kind": "namespace", "warehouse": "lake", "namespace": ["curated"]}, "user:tom")]
    ids = []
    for privilege, target, principal in grants:
        ids.append(world.post("/governance/v1/grants", {"privilege": privilege, "object": target, "principal": principal})["grant"]["id"])
    objects = [{"kind": "catalog"}, {"kind": "warehouse", "warehouse": "lake"}] + [
        target for zone in ["raw", "curated", "sandbox"] for target in
        ({"kind": "zone", "warehouse": "lake", "name": zone}, {"kind": "namespace", "warehouse": "lake", "namespace": [zone]}, table(zone))]
    what = {name: {json.dumps(entry["resource"], sort_keys=True): set(entry["actions"])
                   for entry in world.pages("POST", "/governance/v1/policies/what-can", {"principal": name}, "objects", 3)} for name in PEOPLE}
    seen = {"allow": 0, "deny": 0}
    actions = ["list", "readData", "append", "overwrite", "createTable", "evolveSchema", "drop", "grant", "applyPolicies", "setTags"]
    for action, target in itertools.product(actions, objects):
        answer = world.call("POST", "/governance/v1/policies/who-can", {"action": action, "resource": target})
        if answer.status_code == 400:  # The schema knows no such question.
            continue
        listed = world.pages("POST", "/governance/v1/policies/who-can", {"action": action, "resource": target}, "principals", 2)
        who = {entry["principal"]: [policy["id"] for policy in entry["policies"]] for entry in listed}
        assert len(who) == len(listed)
        for name in PEOPLE:
            one = why(world, name, action, target)
            seen[one["decision"]] += 1
            expected = one["decision"] == "allow"
            assert (name in who) == expected, (name, action, target)
            assert (action in what[name].get(json.dumps(target, sort_keys=True), set())) == expected, (name, action, target)
            if expected:
                assert who[name] == [policy["id"] for policy in one["policies"]]
                alone = world.post("/governance/v1/policies/what-can", {"principal": name, "resource": target})
                assert action in alone["objects"][0]["actions"]
    assert seen["allow"] > 40 and seen["deny"] > 200
    granted = why(world, "tom", "append", table("sandbox"))
    assert granted["policies"][0]["grant"]["principal"] == "team:risk"
    assert "write granted to team:risk on table sandbox.loans" in world.moraine("policy", "who-can", "append", "on", "table", "sandbox.loans")
    assert "append" in world.moraine("policy", "what-can", "tom", "on", "table", "sandbox.loans")
    for grant in ids:
        assert world.call("DELETE", f"/governance/v1/grants/{grant}").status_code == 204


# ---- Grants

def test_grant_and_revoke(world):
    asked = ["readData", "on", "table", "raw.loans"]
    world.moraine("policy", "why", "tom", *asked, code=5)
    assert world.moraine("grant", "read", "on", "table", "raw.loans", "to", "risk") == "Granted read on table raw.loans to risk.\n"
    assert "already" in world.moraine("grant", "read", "on", "table", "raw.loans", "to", "team:risk")
    world.moraine("policy", "why", "tom", *asked)
    during = now_ms()
    time.sleep(0.01)
    assert "team:risk" in world.moraine("grants", "on", "table", "raw.loans")
    assert world.moraine("grants", "on", "table", "raw.loans", "--privilege", "write", "-q") == ""
    # It follows the table.
    world.moraine("table", "rename", "raw.loans", "raw.lent")
    assert "table raw.lent" in world.moraine("grants", "--to", "risk")
    world.moraine("policy", "why", "tom", "readData", "on", "table", "raw.lent")
    world.moraine("table", "rename", "raw.lent", "raw.loans")
    world.moraine("revoke", "read", "on", "table", "raw.loans", "from", "team:risk")
    world.moraine("revoke", "read", "on", "table", "raw.loans", "from", "team:risk", code=3)
    world.moraine("policy", "why", "tom", *asked, code=5)
    assert why(world, "tom", "readData", table("raw"), **{"as-of-ms": during})["decision"] == "allow"
    assert world.moraine("grants", "--to", "risk", "-q") == ""
    [past] = world.get("/governance/v1/grants", params={"principal": "team:risk", "privilege": "read", "history": "true"})["grants"]
    assert past["revoked-at-ms"] >= past["granted-at-ms"] and past["granted-by"] and past["revoked-by"]
    assert [grant["id"] for grant in world.get("/governance/v1/grants", params={"as-of-ms": during, "principal": "team:risk"})["grants"]] == [past["id"]]
    world.moraine("revoke", past["id"], code=3)


def test_a_new_table_of_the_old_name_has_no_grants(world):
    world.post("/v1/lake/namespaces/sandbox/tables", {"name": "brief", "schema": SCHEMA})
    world.moraine("grant", "read", "on", "table", "sandbox.brief", "to", "service:loader")
    world.moraine("policy", "why", "service:loader", "readData", "on", "table", "sandbox.brief")
    world.moraine("table", "drop", "sandbox.brief", "-y")
    world.post("/v1/lake/namespaces/sandbox/tables", {"name": "brief", "schema": SCHEMA})
    world.moraine("policy", "why", "service:loader", "readData", "on", "table", "sandbox.brief", code=5)
    world.moraine("table", "drop", "sandbox.brief", "-y")


def test_a_namespace_takes_its_grants_along(world):
    world.moraine("namespace", "create", "sandbox.gone")
    world.moraine("grant", "manage", "on", "namespace", "sandbox.gone", "to", "tom")
    world.moraine("namespace", "drop", "sandbox.gone", "-y")
    assert "lake/sandbox/gone" in world.moraine("grants", "--history", "--to", "tom")
    world.moraine("namespace", "create", "sandbox.gone")
    assert world.moraine("grants", "on", "namespace", "sandbox.gone", "-q") == ""
    world.moraine("namespace", "drop", "sandbox.gone", "-y")


@pytest.mark.parametrize("words, code", [
    (["read", "on", "table", "raw.loans", "to", "nobody"], 2),
    (["fly", "on", "table", "raw.loans", "to", "ann"], 2),
    (["read", "table", "raw.loans", "to", "ann"], 2),
    (["read", "on", "table", "raw.loans"], 2),
    (["read", "on", "table", "to", "ann"], 2),
    (["read", "on", "shelf", "x", "to", "ann"], 2),
    (["read", "on", "table", "raw.away", "to", "ann"], 3),
    (["read", "on", "zone", "away", "to", "ann"], 3),
    (["read", "on", "view", "raw.loans", "to", "ann"], 3),
])
def test_grants_that_cannot_be(world, words, code):
    assert "Error: " in world.moraine("grant", *words, code=code)


def test_names_are_only_names(world):
    """Names that would mean something to SQL or to Cedar."""
    evil = "x'; DROP TABLE grants; --"
    assert why(world, f"user:{evil}", "getMetadata", {"kind": "catalog"})["decision"] == "deny"
    assert why(world, 'user:a") permit (', "getMetadata", {"kind": "catalog"})["decision"] == "deny"
    assert world.call("POST", "/governance/v1/grants", {"principal": evil, "privilege": "read", "object": {"kind": "catalog"}}).status_code == 422
    levels = ['a/b', 'c"d%2F']
    world.post("/v1/lake/namespaces", {"namespace": levels[:1]})
    world.post("/v1/lake/namespaces", {"namespace": levels})
    target = {"kind": "namespace", "warehouse": "lake", "namespace": levels}
    made = world.post("/governance/v1/grants", {"principal": "user:tom", "privilege": "see", "object": target})["grant"]
    assert made["object-name"] == 'lake/a%2Fb/c"d%252F'
    assert why(world, "tom", "getMetadata", target)["decision"] == "allow"
    # The way to it may be seen, and no more.
    assert why(world, "tom", "list", {**target, "namespace": levels[:1]})["decision"] == "allow"
    assert why(world, "tom", "getMetadata", {**target, "namespace": levels[:1]})["decision"] == "deny"
    world.call("DELETE", f"/governance/v1/grants/{made['id']}")

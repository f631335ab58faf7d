"""The policies that a new catalog begins with decide as their tests say, here and in the real engine."""

import json
from pathlib import Path

import cedarpy
import pytest

from test_cedar import cedar, cedar_ids, check_files

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "policies" / "moraine.cedar"
SCHEMA = ROOT / "policies" / "moraine.cedarschema"
TESTS = sorted(path for path in (ROOT / "policies" / "tests").glob("*.json") if path.name != "entities.json")


def test_here():
    requests, verdicts = check_files(ROOT, TESTS)
    assert requests >= 60 and verdicts == len(TESTS)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_in_the_real_engine(path):
    test = json.loads(path.read_text())
    policies = (ROOT / test["policies"]).read_text()
    schema = (ROOT / test["schema"]).read_text()
    entities = json.loads((ROOT / test["entities"]).read_text())
    assert cedarpy.validate_policies(policies, schema).validation_passed
    names = cedar_ids(policies)
    for request in test["requests"]:
        parts = {key: f'{request[key]["type"]}::{json.dumps(request[key]["id"])}' for key in ["principal", "action", "resource"]}
        result = cedarpy.is_authorized({**parts, "context": request["context"]}, policies, entities, schema)
        reasons = [names[int(reason.removeprefix("policy"))] for reason in result.diagnostics.reasons]
        found = (result.decision.value.lower(), sorted(reasons), list(result.diagnostics.errors))
        assert found == (request["decision"], sorted(request["reason"]), request["errors"]), request["description"]


def test_every_policy_decides_something():
    decided = {reason for path in TESTS for request in json.loads(path.read_text())["requests"] for reason in request["reason"]}
    static = {name for name in cedar_ids(POLICIES.read_text()) if not name.startswith("grant-")}
    assert static - decided == set()


def test_every_forbid_says_what_to_do():
    document = json.loads(cedar("translate", "-p", POLICIES).stdout)
    for name, policy in document["staticPolicies"].items():
        assert (policy["effect"] == "forbid") == ("reason" in policy["annotations"]), name


def test_layout():
    assert cedar("format", "--check", "-l", "120", "-p", POLICIES).stdout == ""

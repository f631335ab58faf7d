"""`moraine cedar` against the real engine: a bounded run of cedar_fuzz.py with a fixed seed, and what it once found."""

import json

import pytest

from cedar_engines import Moraine, Reference
from cedar_fuzz import PERMIT_ALL, Fuzzer, alike, deliberate, differences, find_program

UID = {"type": "User", "id": "a"}


@pytest.fixture(scope="module")
def engines():
    reference = Reference()
    yield Moraine(find_program()), reference
    reference.close()


def case(policies=PERMIT_ALL, context="{}", entities="[]", schema=None):
    request = {"principal": UID, "action": {"type": "Action", "id": "read"}, "resource": UID, "context": context}
    return {"policies": policies, "schema": schema, "validated": None, "entities": entities, "requests": [request]}


def both(engines, question):
    ours, theirs = engines[0].ask_all([question])[0], engines[1].ask(question)
    return ours["answers"][0], theirs["answers"][0]


@pytest.mark.timeout(120)
def test_random_cases_are_answered_alike():
    said = []
    fuzzer = Fuzzer(find_program(), seed=20250, log=said.append)
    # A slow machine gets through fewer cases; they come in the same order.
    passed = fuzzer.run(cases=200, seconds=20)
    assert passed, "\n".join(said)
    # That the two agree says something only where there was something to agree on.
    for name in ["allow", "deny", "with erring policies", "policies refused", "entities refused", "request refused", "valid", "not valid"]:
        assert fuzzer.counts[name] >= 5, fuzzer.counts
    assert fuzzer.counts["round trips"] >= 10
    assert fuzzer.counts["cedarpy died"] == 0


@pytest.mark.parametrize("escape", [
    '{"__extn": {"fn": "ip", "arg": "::1", "more": 1.0}}',
    '{"__extn": {"fn": "ip", "arg": "::1", "args": [9223372036854775808]}}',
    '{"__entity": {"type": "User", "id": "a", "more": [{"x": -0}]}}',
])
def test_numbers_are_exact_where_they_are_ignored(engines, escape):
    ours, theirs = both(engines, case(context=f'{{"a": {escape}}}'))
    assert ours["refused"] == theirs["refused"] == "request"
    ours, theirs = both(engines, case(entities=json.dumps([{"uid": UID, "attrs": {"a": 0}, "parents": []}]).replace("0", escape)))
    assert ours["refused"] == theirs["refused"] == "entities"


def test_other_members_of_an_escape_are_ignored(engines):
    ours, theirs = both(engines, case(context='{"a": {"__extn": {"fn": "ip", "arg": "::1", "more": [null, "x", 1]}}}'))
    assert alike(ours, theirs) and ours["decision"] == "allow"


@pytest.mark.parametrize("question, refused", [
    (case("permit (principal, action, resource) when { unknown(\"x\") };"), "policies"),
    (case(context='{"a": 1, "a": 1}'), "request"),
    (case(json.dumps({"staticPolicies": {}, "templateLinks": [], "templates": {"t": {
        "effect": "permit", "principal": {"op": "All"}, "action": {"op": "All"}, "resource": {"op": "All"}, "conditions": []}}})), "policies"),
])
def test_differences_on_purpose(engines, question, refused):
    """Ours refuses, the real engine does not, and `deliberate` knows why."""
    ours, theirs = both(engines, question)
    assert ours["refused"] == refused and theirs.get("refused") != refused
    assert deliberate(question, 0, ours, theirs)


@pytest.mark.parametrize("opening, closing", [("(", ")"), ("[", "]"), ("{a: ", "}"), ("!(", ")"), ("if true then (", ") else true")])
def test_ten_thousand_levels_are_refused(engines, opening, closing):
    """The real engine would die of these, so it is not asked."""
    question = case(f"permit (principal, action, resource) when {{ {opening * 10_000}true{closing * 10_000} }};")
    ours = engines[0].ask_all([question])[0]["answers"][0]
    assert ours["refused"] == "policies"
    assert deliberate(question, 0, ours, {})


def test_a_difference_is_found_and_made_small(engines):
    """A fuzzer that cannot fail shows nothing: here our answers are tampered with."""
    class Wrong(Moraine):
        def ask_all(self, cases):
            answers = super().ask_all(cases)
            for question, answer in zip(cases, answers):
                for one in answer["answers"]:
                    if "forbid" in question["policies"] and "decision" in one:
                        one["decision"] = "allow"
            return answers

    said = []
    fuzzer = Fuzzer(find_program(), seed=1, log=said.append)
    fuzzer.moraine = Wrong(find_program())
    noise = 'permit (principal == User::"nobody", action, resource) when { context.a > 1 + 2 };\n'
    question = case(noise * 3 + "forbid (principal, action, resource) unless { context has b };\n" + noise * 3, context='{"a": 7}')
    fuzzer.compare([dict(question, index=7)])
    fuzzer.reference.close()
    assert len(said) == 1 and said[0].startswith("DIFFERENCE, seed 1, case 7, request 0"), said
    assert '"decision": "allow"' in said[0] and '"decision": "deny"' in said[0]
    policies = said[0].split("policies: ")[1].split("\n  entities")[0]
    assert policies.startswith("forbid") and len(policies) < 60, policies


def test_differences_count_validations(engines):
    ours, theirs = {"answers": [], "valid": {"valid": True, "faults": []}}, {"answers": [], "valid": {"valid": False, "faults": ["policy0"]}}
    assert differences({}, ours, theirs) == [(None, ours["valid"], theirs["valid"])]

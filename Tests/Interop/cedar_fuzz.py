"""Ask `moraine cedar` and cedarpy the same questions, made from a grammar, and tell where their answers differ.

    python Tests/Interop/cedar_fuzz.py --requests 100000 --seed 1

Compared: which texts are refused and where (policies, schema, entities, request), decisions, determining policies, which policies err,
validation verdicts and the policies at fault, and what becomes of policies and schemas on the way to their other form and back.
A difference is printed as small as it can be made, with its seed and both answers. The exit status is 1 when there was one.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import sys
import time

import cedar_cases
from cedar_engines import Moraine, Reference, is_json, named

CASES_AT_ONCE = 50
CASES_A_ROUND_TRIP = 10
PERMIT_ALL = "permit (principal, action, resource);"


def deliberate(case, number, ours, theirs):
    """Why the two may differ here; `None` where they may not. The only place that says so."""
    text = case["policies"]
    if "unknown" in text and "refused" in ours:
        return "unknown: cedarpy is built with Cedar's experimental partial evaluation and knows its function `unknown`, which Cedar lacks"
    if deepest(text) > 100:
        return "nesting: Cedar goes by the stack that is left (cedarpy can die of it), ours by fixed limits"
    if shape(ours) == "policies" and is_json(text) and "A template has no slot" in ours["why"]:
        return "templates: a template without a slot is refused in JSON, where nothing would tell it from a static policy"
    if number is not None and shape(ours) == "request" and has_key_twice(case["requests"][number]["context"]):
        return "duplicates: Cedar refuses a key given twice in entities; in a context it takes the last one, we refuse it there as well"
    return None


def has_key_twice(text):
    twice = []

    def members(pairs):
        twice.append(len(dict(pairs)) < len(pairs))

    json.loads(text, object_pairs_hook=members)
    return any(twice)


def deepest(text):
    """How deep brackets nest, a rough measure: brackets in strings count."""
    depth = most = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        most = max(most, depth)
    return most


def shape(answer):
    """What an answer is about, by which a smaller case is known to differ in the same way."""
    if answer is None:
        return None
    if "refused" in answer:
        return answer["refused"]
    return "decision" if "decision" in answer else answer["valid"]


def without_why(answer):
    """What is compared: messages are each engine's own."""
    return answer and {key: value for key, value in answer.items() if key != "why"}


def differences(case, ours, theirs):
    """Pairs of unlike answers, each with the number of its request; `None` for the validation."""
    pairs = [(number, *pair) for number, pair in enumerate(zip(ours["answers"], theirs["answers"], strict=True))]
    if theirs["valid"] is not None and ours["valid"] is not None:
        pairs.append((None, ours["valid"], theirs["valid"]))
    return [pair for pair in pairs if not alike(pair[1], pair[2])]


def alike(ours, theirs):
    return without_why(ours) == without_why(theirs)


class Fuzzer:
    def __init__(self, program, seed, log=print):
        self.seed, self.log = seed, log
        self.moraine, self.reference = Moraine(program), Reference()
        self.counts = collections.Counter()
        self.failures = []

    def run(self, requests=None, seconds=None, cases=None):
        """Runs until so many requests were answered alike, or so long, or so many cases; whether there was no difference."""
        index, end = 0, time.monotonic() + (seconds or float("inf"))
        while self.counts["requests"] < (requests or float("inf")) and time.monotonic() < end and index < (cases or float("inf")):
            count = min(CASES_AT_ONCE, (cases or CASES_AT_ONCE + index) - index)
            made = [cedar_cases.case(self.random(number), number) for number in range(index, index + count)]
            index += count
            answers = self.compare(made)
            derived = [self.as_json(case, theirs["json"]) for case, theirs in zip(made, answers) if theirs and theirs.get("json")]
            self.compare([case for case in derived if case])
            for case, theirs in zip(made, answers):
                if case["index"] % CASES_A_ROUND_TRIP == 0 and theirs is not None:
                    self.round_trips(case, theirs)
        self.reference.close()
        return not self.failures

    def random(self, *name):
        return random.Random("/".join(map(str, [self.seed, *name])))

    def as_json(self, case, document):
        """The case with its policies as JSON: ids as keys, templates linked, now and then something damaged."""
        choice = self.random(case["index"], "json")
        names = named_or_none(document)
        if choice.random() < 0.5 or names is None:
            return None
        document = {key: {names[name]: policy for name, policy in sorted(document[key].items())} for key in ["staticPolicies", "templates"]}
        document["templateLinks"] = []
        for name, template in document["templates"].items():
            for number in range(choice.randint(0, 3)):
                request, values = choice.choice(case["requests"]), {}
                for slot in ["principal", "resource"]:
                    # One in twenty links lacks what its template asks for, or has too much.
                    if (template[slot].get("slot") or "slot" in template[slot].get("in", {})) != (choice.random() < 0.05):
                        values["?" + slot] = request[slot]
                document["templateLinks"].append({"newId": f"link-{name}-{number}", "templateId": name, "values": values})
        text = json.dumps(document, ensure_ascii=False)
        if choice.random() < 0.3:
            text = cedar_cases.damaged_json(choice, document)
            case = dict(case, requests=case["requests"][:3])
        return dict(case, policies=text, validated=None) if is_json(text) else None

    def compare(self, cases):
        """cedarpy's answers; differences are noted."""
        theirs = [self.reference.ask(case) for case in cases]
        for case, ours, answer in zip(cases, self.moraine.ask_all(cases), theirs):
            self.counts["cases"] += 1
            if answer is None:
                self.counts["cedarpy died"] += 1
                self.log(f"cedarpy died, seed {self.seed}, of {json.dumps(case)}")
                continue
            unlike = differences(case, ours, answer)
            for number, mine, other in unlike:
                reason = deliberate(case, number, mine, other)
                if reason:
                    self.counts[f"unlike on purpose: {reason.split(':')[0]}"] += 1
                else:
                    self.fail(case, number, mine, other)
                    break
            self.count(answer, {number for number, _, _ in unlike})
        return theirs

    def count(self, theirs, unlike):
        for number, answer in enumerate(theirs["answers"]):
            if number not in unlike:
                self.counts["requests"] += "decision" in answer
                self.counts[answer.get("decision") or f"{answer['refused']} refused"] += 1
                self.counts["with erring policies"] += bool(answer.get("errors"))
        if theirs["valid"] is not None and None not in unlike:
            self.counts["validations"] += 1
            self.counts[{True: "valid", False: "not valid"}.get(theirs["valid"].get("valid"), "not to be validated")] += 1

    def fail(self, case, number, ours, theirs):
        # What many cases have in common is shown once or twice.
        kind = (shape(ours), shape(theirs), re.sub(r"\W*\w*[^\w\s]\w*\W*", " ", str(ours.get("why") or theirs.get("why"))[:60]))
        self.failures.append(kind)
        if self.failures.count(kind) > 2 or len(self.failures) > 40:
            return
        small = self.shrunk(case, number)
        mine, other = self.ask(small)
        _, mine, other = (differences(small, mine, other) or [(None, ours, theirs)])[0]
        self.log(f"DIFFERENCE, seed {self.seed}, case {case['index']}, "
                 f"{'validation' if number is None else f'request {number}'}\n"
                 + "\n".join(f"  {key}: {small[key]}" for key in ["policies", "schema", "validated", "entities", "requests"] if small.get(key))
                 + f"\n  ours:   {json.dumps(mine, ensure_ascii=False)}\n  theirs: {json.dumps(other, ensure_ascii=False)}")

    def ask(self, case):
        return self.moraine.ask_all([case])[0], self.reference.ask(case)

    def shrunk(self, case, number):
        """The case with one request at most, and without what it differs without, too."""
        case = dict(case, requests=[] if number is None else [case["requests"][number]])
        if number is not None:
            case["validated"] = None
        kind = self.kinds(case, *self.ask(case))
        if not kind:
            return case
        for part, nothing in [("policies", ""), ("policies", PERMIT_ALL), ("entities", "[]"), ("schema", None)]:
            simple = dict(case, **{part: nothing})
            theirs = self.reference.ask(simple)
            if theirs is not None and kind & self.kinds(simple, self.moraine.ask_all([simple])[0], theirs):
                case = simple
        for part, cut in [("policies", statements), ("policies", pieces), ("entities", pieces), ("validated", pieces), ("schema", pieces),
                          ("policies", pieces)]:
            size, tries = max(1, len(cut(case[part])) // 2) if case.get(part) else 0, 20
            while size >= 1 and tries > 0:
                tries -= 1
                smaller = self.smaller(case, part, cut, size, kind)
                if smaller is None:
                    size //= 2
                else:
                    case = smaller
        return case

    def smaller(self, case, part, cut, size, kind):
        """The case without one run of so many words of the part, which still differs; `None` if each of them is needed."""
        words = cut(case[part])
        cuts = [dict(case, **{part: "".join(words[:start] + words[start + size:])}) for start in range(0, len(words), size)]
        # Asking a hundred at a time keeps large cases from taking minutes.
        for cut, ours in zip(cuts, self.moraine.ask_all(cuts[:100])):
            theirs = self.reference.ask(cut)
            if theirs is not None and kind & self.kinds(cut, ours, theirs):
                return cut
        return None

    def kinds(self, case, ours, theirs):
        return {(shape(mine), shape(other)) for _, mine, other in differences(case, ours, theirs)} if theirs is not None else set()

    # Text to JSON and back.

    def round_trips(self, case, theirs):
        """Policies and schema through the other form, on both sides."""
        if theirs.get("json") and named_or_none(theirs["json"]) and not deliberate(case, None, {"refused": "policies"}, {}):
            self.policies_there_and_back(case, theirs["json"])
        if case["validated"] and "refused" not in theirs["valid"]:
            self.schema_there_and_back(case)

    def policies_there_and_back(self, case, document):
        """Every path through both engines ends in the policies it began with."""
        text = case["policies"]
        expected = {key: {named(document)[name]: policy for name, policy in document[key].items()} for key in ["staticPolicies", "templates"]}
        expected["templateLinks"] = []
        ours = self.moraine.translate("--policies", text)
        self.same(case, "policies to JSON", ours and json.loads(ours), expected)
        back = ours and self.moraine.translate("--policies", ours)
        self.same(case, "our JSON to text, read by cedarpy", self.bodies(back), every(document))
        self.same(case, "our layout, read by cedarpy", self.bodies(self.moraine.format(text)), every(document))
        statics = dict(document, templates={})
        printed = self.reference.ask({"translate": {"policies": json.dumps(statics)}})
        if not printed or not printed.get("text"):
            return
        again = self.moraine.translate("--policies", printed["text"])
        self.same(case, "cedarpy's text, read by us", again and every(json.loads(again)), self.bodies(printed["text"]))

    def bodies(self, text):
        """What cedarpy reads in a text of policies, without ids and in a fixed order."""
        answer = text is not None and self.reference.ask({"translate": {"policies": text}})
        return every(json.loads(answer["text"])) if answer and "text" in answer else answer

    def schema_there_and_back(self, case):
        """cedarpy's text of a schema is the same after it was through our hands."""
        text = case["validated"]
        print_theirs = lambda text: text and self.reference.ask({"translate": {"schema": text}}).get("text")
        expected = print_theirs(text)
        ours = self.moraine.translate("--schema", text)
        self.same(case, "schema to its other form", lines(print_theirs(ours)), lines(expected))
        back = ours and self.moraine.translate("--schema", ours)
        self.same(case, "schema there and back", lines(print_theirs(back)), lines(expected))
        read = self.moraine.translate("--schema", expected)
        self.same(case, "cedarpy's schema, read by us", lines(print_theirs(read)), lines(expected))

    def same(self, case, what, ours, theirs):
        self.counts["round trips"] += 1
        if ours == theirs:
            return
        self.failures.append((what,))
        if self.failures.count((what,)) > 2:
            return
        part = "validated" if "schema" in what else "policies"
        self.log(f"DIFFERENCE, seed {self.seed}, case {case['index']}, {what}\n  {part}: {case[part]}\n"
                 f"  ours:   {json.dumps(ours, ensure_ascii=False)}\n  theirs: {json.dumps(theirs, ensure_ascii=False)}")


def named_or_none(document):
    try:
        return named(document)
    except ValueError:
        return None


def every(document):
    policies = [*document["staticPolicies"].values(), *document["templates"].values()]
    others = lambda policy: {name: text for name, text in policy.get("annotations", {}).items() if name != "id"}
    bare = [dict(policy, annotations=others(policy)) for policy in policies]
    return sorted(json.dumps(policy, sort_keys=True, ensure_ascii=False) for policy in bare)


def lines(text):
    """The lines of a printed schema in a fixed order. `@note` and `@note("")` mean the same: we write down which of them a schema had
    (null in JSON), Cedar only for policies."""
    return text and sorted(text.replace('("")', "").split("\n"))


def statements(text):
    """The text in policies, as far as line ends tell."""
    return text.splitlines(keepends=True)


def pieces(text):
    """The text in words, strings, spaces and signs."""
    return re.findall(r'"(?:\\.|[^"\\])*"|\w+|\s+|.', text, re.DOTALL)


def find_program():
    found = os.environ.get("MORAINE_BIN")
    return pathlib.Path(found) if found else pathlib.Path(__file__).resolve().parents[2] / ".build" / "debug" / "moraine"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, help="stop when so many requests were decided alike")
    parser.add_argument("--seconds", type=float, help="stop after so long")
    parser.add_argument("--cases", type=int, help="stop after so many cases")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    if not (options.requests or options.seconds or options.cases):
        options.requests = 100_000
    fuzzer = Fuzzer(find_program(), options.seed)
    passed = fuzzer.run(options.requests, options.seconds, options.cases)
    for name, count in sorted(fuzzer.counts.items()):
        print(f"{count:9,} {name}")
    print(f"cedar_fuzz: {'passed' if passed else f'FAILED, {len(fuzzer.failures)} differences'}, seed {options.seed}")
    sys.exit(not passed)


if __name__ == "__main__":
    main()

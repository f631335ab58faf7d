"""Two engines of Cedar behind one question: cedarpy, in a process of its own since a policy can crash it, and the `moraine cedar` commands.

A case is asked as `{"policies": TEXT, "schema": TEXT or null, "validated": TEXT or null, "entities": TEXT, "requests": [...]}` with
contexts as texts. An answer is `{"answers": [...], "valid": ...}`: for each request the stage that refused it ("policies", "schema",
"entities", "request") or its decision, reasons and erroring policies, and for `validated`, the schema to validate against, the stage that
refused it or the verdict and the policies that are at fault. Run as a program this is the worker of cedarpy: JSON lines in, JSON lines out.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile


def is_json(text):
    return text.lstrip(" \t\r\n").startswith("{")


class Reference:
    """cedarpy, restarted when it crashes."""

    def __init__(self):
        self.process = None

    def ask(self, question):
        """The answer, or `None` when the process died of the question."""
        if self.process is None:
            command = [sys.executable, __file__]
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8")
        try:
            self.process.stdin.write(json.dumps(question) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line.endswith("\n"):
            return json.loads(line)
        self.close()
        return None

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


class Moraine:
    """The `moraine cedar` commands; texts travel as files, which they read once."""

    def __init__(self, program):
        self.program = str(program)

    def ask_all(self, cases):
        """The answers to the cases, in order."""
        with tempfile.TemporaryDirectory(prefix="cedar-fuzz-") as name:
            folder = pathlib.Path(name)
            decide, validate = [], []
            for number, case in enumerate(cases):
                files = {}
                for part in ["policies", "schema", "validated", "entities"]:
                    if case.get(part) is not None:
                        files[part] = {"path": str(folder / f"{number}.{part}")}
                        (folder / f"{number}.{part}").write_bytes(case[part].encode("utf-8", "surrogatepass"))
                common = {"policies": files["policies"], "entities": files["entities"]}
                if "schema" in files:
                    common.update(schema=files["schema"], validateRequest=True)
                for request in case["requests"]:
                    # The context stays the text that it is.
                    fields = [f"{json.dumps(key)}: {json.dumps(request[key])}" for key in ["principal", "action", "resource"]]
                    fields.append(f'"context": {request["context"]}')
                    decide.append(json.dumps(common)[:-1] + f', "request": {{{", ".join(fields)}}}}}')
                if "validated" in files:
                    validate.append(json.dumps({"policies": files["policies"], "schema": files["validated"]}))
            decisions, verdicts = iter(self.batch("authorize", decide)), iter(self.batch("validate", validate))
            return [{"answers": [self.decision(next(decisions)) for _ in case["requests"]],
                     "valid": self.verdict(next(verdicts)) if case.get("validated") is not None else None} for case in cases]

    def batch(self, command, lines):
        if not lines:
            return []
        run = subprocess.run([self.program, "cedar", command, "--batch"], input="".join(line + "\n" for line in lines).encode(),
                             capture_output=True, timeout=600)
        answers = [json.loads(line) for line in run.stdout.splitlines()]
        if run.returncode != 0 or len(answers) != len(lines):
            if len(lines) == 1:
                return [{"error": f"CRASH {run.returncode} {run.stderr[-2000:]}"}]
            half = len(lines) // 2
            return self.batch(command, lines[:half]) + self.batch(command, lines[half:])
        return answers

    @staticmethod
    def decision(answer):
        if "error" in answer:
            return {"refused": Moraine.stage(answer["error"]), "why": answer["error"]}
        return {"decision": answer["decision"], "reason": sorted(answer["reason"]), "errors": sorted(answer["errors"])}

    @staticmethod
    def verdict(answer):
        if "error" in answer:
            return {"refused": Moraine.stage(answer["error"]), "why": answer["error"]}
        faults = sorted({error["policy"] for error in answer["errors"]})
        return {"valid": answer["valid"], "faults": faults, "why": [error["message"] for error in answer["errors"]]}

    @staticmethod
    def stage(error):
        found = re.match(r"\S*/\d+\.(policies|schema|validated|entities)\b", error)
        stage = found[1] if found else "crash" if error.startswith("CRASH") else "request"
        return "schema" if stage == "validated" else stage

    def translate(self, option, text):
        """The other form of policies or a schema, or `None`."""
        run = subprocess.run([self.program, "cedar", "translate", option, "-"], input=text.encode("utf-8", "surrogatepass"), capture_output=True)
        return run.stdout.decode() if run.returncode == 0 else None

    def format(self, text):
        run = subprocess.run([self.program, "cedar", "format"], input=text.encode("utf-8", "surrogatepass"), capture_output=True)
        return run.stdout.decode() if run.returncode == 0 else None


def answer(question):
    """cedarpy's answer; only ever in the worker."""
    import cedarpy

    result = {"answers": [], "valid": None}
    policies, schema, entities = question["policies"], question.get("schema"), question["entities"]
    stage, names = "policies", {}
    try:
        handle = (cedarpy.PolicySet.from_json_str if is_json(policies) else cedarpy.PolicySet.from_str)(policies)
        if not is_json(policies):
            result["json"] = json.loads(cedarpy.policies_to_json_str(policies))
            names = named(result["json"])
        stage = "schema"
        schema = read_schema(cedarpy, schema) if schema is not None else None
        stage = "entities"
        known = cedarpy.Entities.from_json_str(entities, schema)
        stage = None
    except (ValueError, UnicodeError) as problem:
        refusal = {"refused": stage, "why": str(problem)}
    for request in question["requests"]:
        result["answers"].append(refusal if stage else decide(cedarpy, request, handle, known, schema, names))
    if question.get("validated") is not None:
        result["valid"] = validate(cedarpy, policies, question["validated"], names, refusal if stage == "policies" else None)
    return result


def decide(cedarpy, request, handle, entities, schema, names):
    try:
        found = cedarpy.is_authorized(request, handle, entities, schema)._authz_resp
    except (ValueError, UnicodeError) as problem:
        return {"refused": "request", "why": str(problem)}
    diagnostics = found["diagnostics"]
    if found["decision"] not in ("Allow", "Deny"):
        return {"refused": "request", "why": diagnostics["errors"]}
    # The message is "error while evaluating policy `ID`: …", and an id may hold a backquote.
    errors = [re.match(r"error while evaluating policy `(.*?)`: ", error, re.DOTALL)[1] for error in diagnostics["errors"]]
    rename = lambda ids: sorted(names.get(identifier, identifier) for identifier in ids)
    return {"decision": found["decision"].lower(), "reason": rename(diagnostics["reason"]), "errors": rename(errors),
            "why": diagnostics["errors"]}


def validate(cedarpy, policies, text, names, refusal):
    try:
        schema = read_schema(cedarpy, text)
    except (ValueError, UnicodeError) as problem:
        return {"refused": "schema", "why": str(problem)}
    if refusal or is_json(policies):
        return refusal
    found = cedarpy.validate_policies(policies, schema)
    faults = sorted({names.get(error.policy_id, error.policy_id) for error in found.errors})
    return {"valid": found.validation_passed, "faults": faults, "why": [error.error for error in found.errors]}


def read_schema(cedarpy, text):
    return (cedarpy.Schema.from_json_str if is_json(text) else cedarpy.Schema.from_str)(text)


def named(document):
    """Ids by position to ids by `@id`, as the `cedar` command names them; a name given twice is an error."""
    names = {}
    for policies in [document["staticPolicies"], document["templates"]]:
        for position, policy in policies.items():
            annotations = policy.get("annotations", {})
            names[position] = (annotations["id"] or "") if "id" in annotations else position
    if len(set(names.values())) != len(names):
        raise ValueError("duplicate id")
    return names


def other_form(question):
    """`{"policies": TEXT}` or `{"schema": TEXT}` in the other form, or an error; only ever in the worker."""
    import cedarpy

    try:
        if "schema" in question:
            return {"text": str(read_schema(cedarpy, question["schema"]))}
        text = question["policies"]
        return {"text": cedarpy.policies_from_json_str(text) if is_json(text) else cedarpy.policies_to_json_str(text)}
    except (ValueError, UnicodeError) as problem:
        return {"error": str(problem)}


def main():
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(other_form(question["translate"]) if "translate" in question else answer(question)), flush=True)


if __name__ == "__main__":
    main()

"""Cedar's own engine through cedarpy, in a process of its own; speaks the lines of Benchmarks/Cedar/CedarBenchmark.swift.

Policies with their links, and entities, are parsed once, beforehand. What is timed is `is_authorized_batch`: it reads the requests from
Python, decides, and writes answers as JSON, which cedarpy parses. `engine` is the time that the engine says it took to decide.
"""

import glob
import json
import os
import sys
import time

import cedarpy


def read(folder, name):
    with open(os.path.join(folder, name)) as file:
        return file.read()


def with_text_context(request):
    """cedarpy takes contexts as JSON text; here they are written beforehand."""
    return {**request, "context": json.dumps(request["context"])}


def letters(results):
    return "".join("a" if result.allowed else "d" for result in results)


class Engine:
    def __init__(self, folder):
        self.folder = folder
        self.base = cedarpy.PolicySet.from_str(read(folder, "policies.cedar"))
        self.policies = self.base
        self.entities = cedarpy.Entities.from_json_str(read(folder, "entities.json"))
        self.requests = [with_text_context(request) for request in json.loads(read(folder, "requests.json"))]
        self.listed = [with_text_context(request) for request in json.loads(read(folder, "filter.json"))]

    def prepare(self, links):
        started = time.perf_counter_ns()
        self.policies = self.base.with_linked_batch(json.loads(read(self.folder, f"{links}.links.json")))
        return {"nanoseconds": [time.perf_counter_ns() - started]}

    def decide(self, count):
        return self.batch(self.requests[: int(count)])

    def filter(self, count):
        return self.batch(self.listed[: int(count)])

    def batch(self, requests):
        cedarpy.is_authorized_batch(requests[:10], self.policies, self.entities)
        started = time.perf_counter_ns()
        results = cedarpy.is_authorized_batch(requests, self.policies, self.entities)
        taken = time.perf_counter_ns() - started
        engine = [result.metrics["authz_duration_micros"] for result in results]
        return {"nanoseconds": [taken], "engine-microseconds": engine, "decisions": letters(results)}

    def corpus(self, folder):
        started = time.perf_counter_ns()
        requests = agreed = 0
        for path in sorted(glob.glob(os.path.join(folder, "corpus-tests", "*.json"))):
            if path.endswith(".entities.json"):
                continue
            with open(path) as file:
                test = json.load(file)
            try:
                policies = cedarpy.PolicySet.from_str(read(folder, test["policies"]))
                entities = cedarpy.Entities.from_json_str(read(folder, test["entities"]))
                results = cedarpy.is_authorized_batch([with_text_context(request) for request in test["requests"]], policies, entities)
            except ValueError:
                requests += len(test["requests"])
                continue
            for request, result in zip(test["requests"], results):
                requests += 1
                agreed += result.decision.value.lower() == request["decision"] and set(result.diagnostics.reasons) == set(request["reason"])
        return {"nanoseconds": [time.perf_counter_ns() - started], "requests": requests, "agreed": agreed}


def main():
    engine = Engine(sys.argv[1])
    for line in sys.stdin:
        command, argument = line.split()
        print(json.dumps(getattr(engine, command)(argument)), flush=True)


if __name__ == "__main__":
    main()

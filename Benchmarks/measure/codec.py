"""JSON: this package's reader and writer against Foundation's and jansson."""

import json
import os
import subprocess


def run(session, report):
    done = subprocess.run([os.path.join(session.binaries, "JSONBenchmark")], capture_output=True, text=True, check=True)
    speeds = json.loads(done.stdout)
    report.part(f"JSON, {speeds.pop('document-bytes') / 1e6:.2f} MB of table metadata")
    for name, speed in speeds.items():
        report.add(name.replace("-", " "), speed, "MB/s")
    for work in ["parse", "write"]:
        report.at_least(f"{work} / Foundation", speeds[work] / speeds[f"{work}-foundation"], "times", 5)
        report.at_least(f"{work} / jansson", speeds[work] / speeds[f"{work}-jansson"], "times", 1)

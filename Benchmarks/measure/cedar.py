"""Cedar: this package's authorizer, and Cedar's own engine through cedarpy where it is installed, in turns, on the same files.

Ours: the time of one `authorize` with policies and entities compiled beforehand, the request read beforehand, determining policies and
errors in the answer; a list is one batch call. cedarpy's: one `is_authorized_batch` with policies, links and entities parsed beforehand,
which takes the requests from Python and gives answers back as objects; beside it what the engine itself says it took, in whole
microseconds. It looks at every policy, so that it is asked less often where there are many.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile

from . import cedar_world
from .report import median

HERE = os.path.dirname(os.path.abspath(__file__))
POLICIES = os.path.join(os.path.dirname(HERE), "Cedar", "catalog.cedar")
# Grants, what they are called, and how many requests cedarpy is asked in a round.
CASES = [
    ("none", "20 policies", 1_000), ("1000", "20 policies, 1,000 grants", 100), ("10000", "20 policies, 10,000 grants", 20),
    ("10000-own", "20 policies, 10,000 grants to the one who asks", 20),
]


class Engine:
    """A process that answers a line with a line."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args[0]} ended at {line!r}")
        return json.loads(answer)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)


def run(session, report):
    folder = os.path.join(session.folder, "cedar")
    os.mkdir(folder)
    cedar_world.write(folder)
    shutil.copy(POLICIES, os.path.join(folder, "policies.cedar"))
    has_reference = importlib.util.find_spec("cedarpy") is not None
    ours = Engine([os.path.join(session.binaries, "CedarBenchmark"), folder])
    theirs = Engine([sys.executable, os.path.join(HERE, "cedar_engine.py"), folder]) if has_reference else None
    report.part(f"Cedar, {cedar_world.TABLES:,} tables, {cedar_world.USERS} users")
    if not theirs:
        print(f"  cedarpy is not installed for {sys.executable}: measuring this package alone")
    try:
        for case in CASES:
            measure(session, report, ours, theirs, *case)
        measure_corpus(session, report, ours, theirs)
    finally:
        for engine in [ours, theirs]:
            if engine:
                engine.stop()


def measure(session, report, ours, theirs, grants, title, asked):
    for engine in [ours, theirs]:
        if engine:
            engine.ask(f"prepare {grants}")
    # Until processor and memory have seen it once, the first case would be the slowest.
    for _ in range(3):
        ours.ask("decide"), ours.ask("filter")
    one, many = Turns(), Turns()
    for _ in range(session.rounds):
        one.take(ours.ask("decide"), theirs and theirs.ask(f"decide {asked}"))
        many.take(ours.ask("filter"), theirs and theirs.ask(f"filter {asked}"))
    report.at_most(f"{title}: a decision", median(one.ours) / 1e3, "µs", 2 if grants == "none" else 5)
    if theirs:
        one.report_reference(report, f"of {asked:,}")
    filtered = f"{title}: {cedar_world.TABLES:,} tables filtered", median(many.ours) / 1e6, "ms"
    if title.endswith("to the one who asks"):
        report.add(*filtered)
    else:
        report.at_most(*filtered, 10)
    if theirs:
        many.report_reference(report, f"of {asked:,} tables")
        report.at_most(f"{title}: answers unlike cedarpy's", one.differences + many.differences, "answers", 0)


class Turns:
    """What both engines took for the same questions, turn by turn."""

    def __init__(self):
        self.ours, self.whole, self.engine = [], [], []
        self.differences = 0

    def take(self, ours, theirs):
        self.ours += ours["nanoseconds"]
        if theirs:
            decisions = theirs["decisions"]
            self.whole.append(theirs["nanoseconds"][0] / len(decisions))
            self.engine += theirs["engine-microseconds"]
            self.differences += sum(a != b for a, b in zip(ours["decisions"], decisions))

    def report_reference(self, report, batch):
        report.add("  cedarpy, a decision, the engine alone", median(self.engine), "µs", note=f"in a batch {batch}")
        report.add("  cedarpy, a decision, with the way through Python", median(self.whole) / 1e3, "µs", note=f"in a batch {batch}")


def measure_corpus(session, report, ours, theirs):
    conformance = os.environ.get("MORAINE_CONFORMANCE")
    if not conformance:
        print("  MORAINE_CONFORMANCE does not name the conformance data: not measuring Cedar's corpus")
        return
    folder = os.path.join(session.folder, "corpus")
    with tarfile.open(os.path.join(conformance, "cedar", "corpus-tests.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    answer = ours.ask(f"corpus {folder}")
    report.at_most(f"the corpus, {answer['requests']:,} requests, read and decided", answer["nanoseconds"][0] / 1e9, "s", 30)
    report.at_most("the corpus: answers unlike the reference", answer["requests"] - answer["agreed"], "answers", 0)
    if theirs:
        answer = theirs.ask(f"corpus {folder}")
        note = f"{answer['requests'] - answer['agreed']:,} requests not readable" if answer["requests"] > answer["agreed"] else ""
        report.add("  cedarpy, the corpus read and decided", answer["nanoseconds"][0] / 1e9, "s", note=note)

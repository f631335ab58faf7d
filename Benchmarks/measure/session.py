"""What a part of the benchmark works with: a database of its own, servers, the load generator."""

import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time

from .http import Connection
from .machine import resident_megabytes
from .postgres import Cluster

SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scripts")


class Server:
    """A process that prints a line beginning with `ready` once it serves."""

    def __init__(self, command, log):
        started = time.monotonic()
        self.log = open(log, "a")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        self.startup_seconds = time.monotonic() - started
        if not line.startswith("ready"):
            raise SystemExit(f"{command[0]} did not start; see {log}")
        self.port = int(line.rsplit(":", 1)[1])
        self.pid = self.process.pid

    def connect(self):
        return Connection(self.port)

    def resident_megabytes(self, peak=False):
        return resident_megabytes(self.pid, peak)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Session:
    def __init__(self, binaries, quick=False, against=None, keep=None):
        """`keep` names a folder whose database is used again by the next session; without, everything is made anew and deleted."""
        self.keep = os.path.abspath(keep) if keep else None
        self.binaries = binaries
        self.against = against
        self.quick = quick
        self.rounds = 2 if quick else 5
        self.seconds = 1 if quick else 2
        self.servers = []

    def __enter__(self):
        if self.keep:
            os.makedirs(self.keep, exist_ok=True)
        self.folder = self.keep or tempfile.mkdtemp(prefix="moraine-bench-")
        os.chmod(self.folder, 0o755)
        # Files in memory stand for an object store whose disks are not PostgreSQL's.
        self.memory_folder = self.keep or tempfile.mkdtemp(prefix="moraine-bench-", dir="/dev/shm")
        self.cluster = Cluster(os.path.join(self.folder, "postgres"))
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()
        if self.keep:
            return self.cluster.stop("fast")
        self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.memory_folder, ignore_errors=True)

    def start(self, command, log):
        server = Server(command, os.path.join(self.folder, log))
        self.servers.append(server)
        return server

    def stop(self, server):
        self.servers.remove(server)
        server.stop()

    def moraine_command(self, binary=None):
        return [
            binary or os.path.join(self.binaries, "moraine"), "serve", "--dev", "--port", "0", "--log-level", "warning",
            "--database-url", self.cluster.url,
            "--warehouse", f"main=file://{self.folder}/main", "--warehouse", f"memory=file://{self.memory_folder}/memory",
        ]

    def moraine(self, binary=None):
        return self.start(self.moraine_command(binary), "moraine.log")

    def builds(self):
        """The server under test by name; with `--against`, another build beside it."""
        servers = {"moraine": self.moraine()}
        if self.against:
            servers["against"] = self.moraine(self.against)
        return servers

    def memory_server(self, body):
        path = os.path.join(self.folder, "body.json")
        with open(path, "wb") as file:
            file.write(body)
        return self.start([os.path.join(self.binaries, "MemoryServer"), str(18_999), path], "memory.log")

    def load(self, server, script, connections, *arguments, seconds=None, token=None):
        """Runs wrk with one of the scripts: requests a second, latencies in milliseconds, and the share of a core that wrk took."""
        threads = min(2, connections)
        seconds = seconds or self.seconds
        command = [
            "wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "-s", os.path.join(SCRIPTS, script + ".lua"),
            *(["-H", f"Authorization: Bearer {token}"] if token else []),
            f"http://127.0.0.1:{server.port}", "--", str(threads), *map(str, arguments),
        ]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "BENCHMARK_SCRIPTS": SCRIPTS})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode != 0 or not lines:
            raise SystemExit(f"wrk failed: {done.stdout}{done.stderr}")
        result = json.loads(lines[-1])
        result["client-cores"] = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / seconds
        if result["errors"] > 0:
            raise SystemExit(f"{script}: {result['errors']} of {result['requests']} requests failed")
        return result

"""Servers for the tests: the real binary, on a private PostgreSQL of its own or on one that several share."""

import contextlib
import glob
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("MORAINE_BIN", str(ROOT / ".build" / "debug" / "moraine"))


def open_folder(prefix):
    """A folder that other accounts may enter: PostgreSQL does not run as root."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    return folder


class Server:
    """One `moraine serve` process."""

    def __init__(self, arguments, log, environment=None):
        self.arguments = [BINARY, "serve", *arguments]
        self.log_path = pathlib.Path(log)
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.url = None

    def start(self, port=0, timeout=60):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.arguments, "--port", str(port)], stdout=subprocess.PIPE, stderr=log, env=self.environment, start_new_session=True)
        line = []
        reader = threading.Thread(target=lambda: line.append(self.process.stdout.readline().decode()), daemon=True)
        reader.start()
        reader.join(timeout)
        match = re.match(r"ready (https?://\S+)", line[0]) if line else None
        if not match:
            self.kill()
            raise AssertionError(f"the server did not get ready:\n{self.log_path.read_text()[-4000:]}")
        self.url = match.group(1)
        return self

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    def restart(self):
        """Starts it again where it was."""
        return self.start(port=self.port)

    def kill(self):
        """SIGKILL: no goodbye."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                assert self.process.wait(30) == 0, "the server did not stop cleanly"
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("the server did not stop within 30 s")

    def errors(self):
        """Lines logged at level error or worse."""
        lines = []
        for text in self.log_path.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(text)
            except ValueError:
                # What the server tells people, not a log line.
                if not text.startswith("moraine: "):
                    lines.append(text)
                continue
            if entry.get("level") in ("error", "critical"):
                lines.append(text)
        return lines


class Postgres:
    """A private PostgreSQL that tests may restart."""

    def __init__(self):
        folder = open_folder("moraine-postgres-")
        self.binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))[-1]
        self.folder = folder
        self.socket = tempfile.mkdtemp(prefix="mpg", dir="/tmp")
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            for path in (self.folder, self.socket):
                shutil.chown(path, "postgres")
        self.run("initdb", "-D", self.folder / "data", "-A", "trust", "-U", "moraine", "--no-sync")
        self.start()

    @property
    def url(self):
        return f"host={self.socket} port=5432 user=moraine dbname=postgres"

    def run(self, program, *arguments):
        command = [f"{self.binaries}/{program}", *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self):
        options = f"-c listen_addresses= -c unix_socket_directories={self.socket} -c max_connections=100"
        self.run("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self, mode="fast"):
        self.run("pg_ctl", "-D", self.folder / "data", "-w", "-m", mode, "stop")

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def close(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self.socket, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_until(condition, timeout=30, what="it"):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {timeout} s")


def is_ready(url):
    try:
        return requests.get(f"{url}/health/ready", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False

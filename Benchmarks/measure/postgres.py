"""A private PostgreSQL with its defaults, durable, and with pg_stat_statements."""

import glob
import os
import pwd
import re
import shutil
import subprocess


def programs():
    """The folder of the newest PostgreSQL's programs."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if not found:
        raise SystemExit("PostgreSQL's server programs are missing: apt-get install postgresql")
    return os.path.dirname(max(found, key=lambda path: int(path.split("/")[4])))


class Cluster:
    SETTINGS = {
        "listen_addresses": "''",
        "max_connections": "200",
        "shared_preload_libraries": "pg_stat_statements",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "30min",
    }

    def __init__(self, folder):
        """Makes one in the folder, or starts the one that is there."""
        self.folder = folder
        self.programs = programs()
        # PostgreSQL does not run as root.
        self.account = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.path.exists(self.data):
            self._start()
            return
        os.makedirs(folder)
        if os.geteuid() == 0:
            shutil.chown(folder, self.account)
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-instructions")
        with open(os.path.join(self.data, "postgresql.conf"), "a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in self.SETTINGS.items())
            file.write(f"unix_socket_directories = '{folder}'\n")
        self._start()
        self.query("CREATE DATABASE moraine")
        self.query("CREATE EXTENSION pg_stat_statements", "moraine")

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    @property
    def url(self):
        return f"postgresql:///moraine?host={self.folder}&user=postgres"

    def _start(self):
        self._run("pg_ctl", "-D", self.data, "-l", os.path.join(self.folder, "log"), "-w", "start")

    def stop(self, mode="immediate"):
        self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def _run(self, program, *arguments):
        command = [os.path.join(self.programs, program), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid", self.account, "--regid", self.account, "--clear-groups", *command]
        done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{program} failed: {done.stderr}")

    def query(self, sql, database="moraine"):
        """The answer's rows, each a list of texts."""
        if sql.startswith("CREATE DATABASE"):
            database = "postgres"
        done = subprocess.run(
            ["psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "postgres", "-d", database],
            input=sql, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"psql failed: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def cost(self, pattern):
        """Calls, milliseconds of execution and bytes of log written so far by the statements that match."""
        row = self.query(
            "SELECT coalesce(sum(calls), 0), coalesce(sum(total_exec_time), 0), coalesce(sum(wal_bytes), 0) FROM pg_stat_statements"
            f" WHERE query LIKE '{pattern}'")[0]
        return [float(value) for value in row]

    def pgbench(self, script, clients, seconds, variables=None):
        """Runs a script of the folder next to this one; returns transactions a second."""
        command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", f"{max(1, round(seconds))}", "-f", script]
        for name, value in (variables or {}).items():
            command += ["-D", f"{name}={value}"]
        done = subprocess.run([*command, "-h", self.folder, "-U", "postgres", "moraine"], capture_output=True, text=True)
        found = re.search(r"tps = ([0-9.]+) \(without", done.stdout)
        if done.returncode != 0 or not found or "failed transactions: 0" not in done.stdout:
            raise SystemExit(f"pgbench failed: {done.stdout}{done.stderr}")
        return float(found[1])

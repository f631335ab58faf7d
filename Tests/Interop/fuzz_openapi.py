"""Fuzz a running server with requests made from openapi/moraine.yaml.

Run as a program it starts schemathesis, which loads this file again for its hooks and checks.
The exit status is not zero when a check failed, a connection was dropped or nothing could be sent;
the report names the seed and gives each failing request as a curl command.
"""

import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys

import requests

from servers import Server, open_folder

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "openapi" / "moraine.yaml"
FIELDS = [{"id": 1, "name": "id", "type": "long", "required": True}]
SEEDED = {"namespace": ["sales", "sales\x1feu"], "table": ["orders", "orders_2"], "view": ["recent"]}


def seed(url, prefix):
    """Create the namespaces, tables and view the examples name; those present already are left alone."""
    base = f"{url}/v1/{prefix}".rstrip("/") + "/namespaces"
    schema = {"type": "struct", "schema-id": 0, "fields": FIELDS}
    version = {
        "version-id": 1, "timestamp-ms": 1735689600000, "schema-id": 0, "summary": {},
        "representations": [{"type": "sql", "sql": "SELECT 1 AS id", "dialect": "spark"}],
        "default-namespace": ["sales"],
    }
    bodies = [(base, {"namespace": name.split("\x1f")}) for name in SEEDED["namespace"]]
    bodies += [(f"{base}/sales/tables", {"name": name, "schema": schema}) for name in SEEDED["table"]]
    bodies += [
        (f"{base}/sales/views", {"name": name, "schema": schema, "view-version": version, "properties": {}})
        for name in SEEDED["view"]
    ]
    for address, body in bodies:
        answer = requests.post(address, json=body, timeout=30)
        if answer.status_code not in (200, 409):
            raise RuntimeError(f"seeding: POST {address} answered {answer.status_code}: {answer.text[:300]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=os.environ.get("MORAINE_URL"), help="for example http://127.0.0.1:8181")
    parser.add_argument("--start", action="store_true", help="start a server for it, on a database and a folder of its own")
    parser.add_argument("--prefix", default="main", help="warehouse to work in")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    if options.start:
        folder = open_folder("moraine-fuzz-")
        server = Server(["--dev", "--data-dir", str(folder)], folder / "log").start()
        try:
            status = fuzz(server.url, options)
            errors = server.errors()
            for line in errors[:20]:
                print(line)
            sys.exit(status or bool(errors))
        finally:
            server.stop()
            shutil.rmtree(folder)
    if not options.url:
        parser.error("--url, MORAINE_URL or --start is needed")
    sys.exit(fuzz(options.url.rstrip("/"), options))


def fuzz(url, options):
    """Runs schemathesis; its exit status."""
    program = shutil.which("schemathesis", path=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        sys.exit("fuzz_openapi: schemathesis is not installed")
    seed(url, options.prefix)
    environment = dict(
        os.environ, SCHEMATHESIS_HOOKS="fuzz_openapi", PYTHONPATH=str(HERE), MORAINE_FUZZ_URL=url,
        MORAINE_FUZZ_PREFIX=options.prefix, MORAINE_FUZZ_SEED=str(options.seed),
    )
    command = [
        program, "run", str(DOCUMENT), "--url", url, "--seed", str(options.seed), "--workers", "1",
        "--checks", "not_a_server_error,error_body", "--max-time", str(int(options.minutes * 60)),
        "--max-examples", "1000000", "--continue-on-failure", "--request-timeout", "30", "--no-color",
        "--suppress-health-check", "all", "--generation-database", "none",
    ]
    status = subprocess.run(command, env=environment, cwd="/").returncode
    print(f"fuzz_openapi: {'passed' if status == 0 else 'FAILED'}, seed {options.seed}, {options.minutes} minutes")
    return status


if os.environ.get("SCHEMATHESIS_HOOKS") == "fuzz_openapi" and __name__ != "__main__":
    import schemathesis

    choice = random.Random(int(os.environ["MORAINE_FUZZ_SEED"]))
    calls = 0

    @schemathesis.hook
    def before_call(context, case, kwargs):
        """Aim three of four requests at seeded names, and restore these now and then: requests drop them."""
        global calls
        if calls % 200 == 0:
            try:
                seed(os.environ["MORAINE_FUZZ_URL"], os.environ["MORAINE_FUZZ_PREFIX"])
            except RuntimeError as problem:
                print(f"fuzz_openapi: {problem}", file=sys.stderr)
        calls += 1
        if case.path_parameters and choice.random() < 0.75:
            for name in case.path_parameters:
                if name == "prefix":
                    case.path_parameters[name] = os.environ["MORAINE_FUZZ_PREFIX"]
                elif name in SEEDED:
                    case.path_parameters[name] = choice.choice(SEEDED[name]).replace("\x1f", "%1F")

    @schemathesis.check
    def error_body(ctx, response, case):
        """An error has the body {"error": {message, type, code}} whose code is the status."""
        if response.status_code < 400 or case.method.upper() == "HEAD" or case.path.startswith("/v1/oauth/"):
            return
        try:
            error = response.json()["error"]
        except (ValueError, KeyError, TypeError):
            raise AssertionError(f"status {response.status_code} without an error body: {response.content[:200]!r}") from None
        good = isinstance(error, dict) and error.get("code") == response.status_code
        if not (good and isinstance(error.get("message"), str) and isinstance(error.get("type"), str)):
            raise AssertionError(f"error body does not fit status {response.status_code}: {error!r}")


if __name__ == "__main__":
    main()

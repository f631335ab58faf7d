"""A server that asks who asks, with one service for each role and a zone of each kind."""

import re
import shutil
import subprocess

import requests

from servers import Postgres, Server, open_folder

ZONES = ["landing", "raw", "curated", "sandbox", "feature", "unstructured"]
ROLES = ["data_engineer", "data_scientist", "analyst", "auditor", "data_steward", "legal", "model_validator"]


class Governed:
    """`tokens` holds an access token for each role, for `nobody`, who is in none, and for the first administrator, `root`: the service `admin`."""

    def __init__(self, *arguments, environment=None, log_key=False):
        """- log_key: whether the server signs the log, with a key made for it."""
        self.folder = open_folder("moraine-governed-")
        if log_key:
            key = self.folder / "log.key"
            subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
            environment = {**(environment or {}), "MORAINE_LOG_KEY_FILE": str(key)}
        self.postgres = Postgres()
        self.warehouse = self.folder / "warehouse"
        self.server = Server(
            ["--database-url", self.postgres.url, "--warehouse", f"main=file://{self.warehouse}", *arguments], self.folder / "log",
            environment).start()
        self.url = self.server.url
        log = (self.folder / "log").read_text()
        self.credentials = {"root": ":".join(re.search(rf"client-{part} +(\S+)$", log, re.M).group(1) for part in ("id", "secret"))}
        self.tokens = {"root": self.token("root")}
        for zone in ZONES:
            assert self.call("POST", "/governance/v1/warehouses/main/zones", {"name": zone, "kind": zone}).ok
            assert self.call("POST", "/v1/main/namespaces", {"namespace": [zone]}).ok
        for role in ROLES + ["nobody"]:
            self.add(role, *([] if role == "nobody" else [role]))

    def add(self, name, *roles):
        """A service in these roles, with a client of its own and a token."""
        assert self.call("POST", "/management/v1/principals", {"kind": "service", "name": name}).ok
        for role in roles:
            assert self.call("POST", f"/management/v1/principals/role/{role}/members", {"kind": "service", "name": name}).ok
        client = self.call("POST", "/management/v1/clients", {"service": name})
        assert client.ok, client.text
        self.credentials[name] = f'{client.json()["id"]}:{client.json()["secret"]}'
        self.tokens[name] = self.token(name)

    def team(self, name, *members):
        """A team of services."""
        assert self.call("POST", "/management/v1/principals", {"kind": "team", "name": name}).ok
        for member in members:
            assert self.call("POST", f"/management/v1/principals/team/{name}/members", {"kind": "service", "name": member}).ok

    def token(self, name):
        client, secret = self.credentials[name].split(":", 1)
        answer = requests.post(
            f"{self.url}/v1/oauth/tokens",
            data={"grant_type": "client_credentials", "client_id": client, "client_secret": secret, "scope": "catalog"}, timeout=30)
        assert answer.ok, answer.text
        return answer.json()["access_token"]

    def call(self, method, path, json=None, by="root", **options):
        """Asks as one of the services; `by=None` sends no token."""
        headers = {"Authorization": f"Bearer {self.tokens[by]}"} if by else {}
        headers.update(options.pop("headers", {}))
        return requests.request(method, self.url + path, json=json, headers=headers, timeout=60, **options)

    def close(self):
        errors = self.server.errors()
        self.server.stop()
        self.postgres.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not errors, "the server logged errors:\n" + "\n".join(errors)

"""Who gets in: credentials of every kind through pyiceberg, DuckDB and the command line, forgeries, and where secrets end up."""

import base64
import json
import os
import re
import shutil
import stat
import subprocess
import time
import uuid

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from pyiceberg.catalog import load_catalog

from duck import connect
from issuers import Issuer, encoded
from servers import BINARY, Postgres, Server, open_folder

SCHEMA = {"type": "struct", "fields": [{"id": 1, "name": "id", "required": False, "type": "long"}]}


class Guarded:
    """A server that wants to know who asks, with another issuer configured, and every secret that was seen."""

    def __init__(self):
        self.folder = open_folder("moraine-identity-")
        self.postgres = Postgres()
        self.issuer = Issuer()
        self.secrets = set()
        self.arguments = ["--database-url", self.postgres.url, "--warehouse", f"main=file://{self.folder}/warehouse", "--log-level", "trace"]
        self.environment = {"MORAINE_ISSUERS": json.dumps([self.issuer.configuration("sso")])}
        self.server = Server(self.arguments, self.folder / "log", self.environment).start()
        log = (self.folder / "log").read_text()
        self.secret = re.search(r"^moraine:   client-secret  (\S+)$", log, re.M).group(1)
        self.url = self.server.url
        self.admin = self.token("admin", self.secret)

    def close(self):
        self.server.kill()
        self.issuer.close()
        self.postgres.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, path, json=None, token="", **options):
        headers = {"Authorization": f"Bearer {self.admin if token == '' else token}"} if token is not None else {}
        answer = requests.request(method, self.url + path, json=json, headers=headers, timeout=60, **options)
        for member in ("secret", "token", "access_token"):
            if answer.headers.get("Content-Type") == "application/json" and answer.content:
                found = answer.json().get(member)
                if isinstance(found, str):
                    self.secrets.add(found)
        return answer

    def form(self, path="/v1/oauth/tokens", auth=None, **fields):
        self.secrets.update(value for name, value in fields.items() if "token" in name.split("_")[-1:] or "secret" in name)
        answer = requests.post(self.url + path, data=fields, auth=auth, timeout=60)
        if answer.ok and answer.content:
            self.secrets.add(answer.json()["access_token"])
        return answer

    def token(self, client, secret):
        answer = self.form(grant_type="client_credentials", client_id=client, client_secret=secret, scope="catalog")
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def whoami(self, token):
        self.secrets.add(token)
        return self.call("GET", "/management/v1/me", token=token)

    def service(self):
        """A new service with a client: its name and secret."""
        name = "s" + uuid.uuid4().hex[:8]
        assert self.call("POST", "/management/v1/principals", {"kind": "service", "name": name}).ok
        assert self.call("POST", "/management/v1/principals/role/admin/members", {"kind": "service", "name": name}).ok
        return name, self.call("POST", "/management/v1/clients", {"service": name}).json()["secret"]


@pytest.fixture(scope="module")
def guarded():
    guarded = Guarded()
    yield guarded
    guarded.close()


def test_nobody_gets_in_without_a_credential(guarded):
    answer = guarded.call("GET", "/v1/config", token=None)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="moraine"'
    assert answer.json()["error"]["type"] == "NotAuthorizedException"
    with pytest.raises(Exception, match="NotAuthorized"):
        load_catalog("x", uri=guarded.url, warehouse="main").list_namespaces()


def test_pyiceberg_with_a_clients_credential(guarded):
    name, secret = guarded.service()
    catalog = load_catalog("x", uri=guarded.url, warehouse="main", credential=f"{name}:{secret}", scope="catalog")
    catalog.create_namespace(name)
    assert (name,) in catalog.list_namespaces()
    with pytest.raises(Exception):
        load_catalog("x", uri=guarded.url, warehouse="main", credential=f"{name}:{secret[:-1]}x").list_namespaces()


def test_pyiceberg_with_tokens_of_every_kind(guarded):
    personal = guarded.call("POST", "/management/v1/tokens", {"description": "test"}).json()["token"]
    groups = guarded.issuer.token("alice", groups=["engineers"])
    guarded.secrets.add(groups)
    guarded.call("POST", "/management/v1/principals", {"kind": "team", "name": "sso/engineers"})
    guarded.call("POST", "/management/v1/principals/role/admin/members", {"kind": "team", "name": "sso/engineers"})
    for token in (guarded.admin, personal, groups):
        catalog = load_catalog("x", uri=guarded.url, warehouse="main", token=token)
        catalog.list_namespaces()


def test_duckdb_with_a_clients_credential(guarded):
    name, secret = guarded.service()
    assert guarded.call("POST", "/v1/main/namespaces", {"namespace": [name]}).ok
    assert guarded.call("POST", f"/v1/main/namespaces/{name}/tables", {"name": "t", "schema": SCHEMA}).ok
    connection = connect()
    connection.execute(
        f"CREATE SECRET s (TYPE iceberg, CLIENT_ID '{name}', CLIENT_SECRET '{secret}', OAUTH2_SERVER_URI '{guarded.url}/v1/oauth/tokens')")
    connection.execute(f"ATTACH 'main' AS lake (TYPE iceberg, ENDPOINT '{guarded.url}', SECRET s)")
    assert connection.execute(f"SELECT count(*) FROM lake.{name}.t").fetchone() == (0,)


def test_the_token_endpoint_speaks_oauth(guarded):
    name, secret = guarded.service()
    good = guarded.form(grant_type="client_credentials", client_id=name, client_secret=secret)
    assert good.headers["Cache-Control"] == "no-store"
    assert good.json()["token_type"] == "bearer" and good.json()["issued_token_type"].endswith(":access_token")
    assert guarded.form(auth=(name, secret), grant_type="client_credentials").status_code == 200
    for fields, code in [
        (dict(grant_type="client_credentials", client_id=name, client_secret="wrong"), "invalid_client"),
        (dict(grant_type="client_credentials", client_id="nobody", client_secret=secret), "invalid_client"),
        (dict(grant_type="client_credentials", client_id="\0", client_secret=secret), "invalid_client"),
        (dict(grant_type="password"), "unsupported_grant_type"), (dict(), "invalid_request"),
    ]:
        answer = guarded.form(**fields)
        assert answer.status_code in (400, 401) and answer.json()["error"] == code, answer.text
    # Java renews by exchange, the old token in the header too.
    token = good.json()["access_token"]
    exchanged = guarded.form(
        grant_type="urn:ietf:params:oauth:grant-type:token-exchange", subject_token=token,
        subject_token_type="urn:ietf:params:oauth:token-type:access_token")
    assert exchanged.status_code == 200 and guarded.whoami(exchanged.json()["access_token"]).json()["name"] == name


def test_another_issuers_subjects_and_groups(guarded):
    guarded.call("POST", "/management/v1/principals", {"kind": "team", "name": "sso/risk"})
    guarded.call("POST", "/management/v1/principals/role/analyst/members", {"kind": "team", "name": "sso/risk"})
    me = guarded.whoami(guarded.issuer.token("alice", groups=["risk", "others"])).json()
    assert (me["kind"], me["name"], me["token-groups"]) == ("user", "sso/alice", ["sso/risk", "sso/others"])
    assert "analyst" in me["roles"] and "sso/risk" in me["teams"]
    assert guarded.whoami(guarded.issuer.token("job", idtyp="app")).json()["kind"] == "service"
    # Exchanged for one of ours, it speaks for the same.
    exchanged = guarded.form(
        grant_type="urn:ietf:params:oauth:grant-type:token-exchange", subject_token=guarded.issuer.token("alice"),
        subject_token_type="urn:ietf:params:oauth:token-type:jwt").json()["access_token"]
    assert guarded.whoami(exchanged).json()["name"] == "sso/alice"
    # A subject that looks like one of ours, or like a way out of its name.
    for subject in ("admin", "../admin", "a/b", "x' OR '1'='1", 'q"; DROP TABLE principals; --'):
        answer = guarded.whoami(guarded.issuer.token(subject))
        assert answer.status_code == 200 and answer.json()["name"] == f"sso/{subject}" and answer.json()["roles"] == []
    assert guarded.whoami(guarded.issuer.token("a\x1fb")).status_code == 401
    # Disabled here, whoever vouches for it.
    assert guarded.call("POST", "/management/v1/principals", {"kind": "user", "name": "sso/mallory"}).ok
    assert guarded.whoami(guarded.issuer.token("mallory")).status_code == 200
    assert guarded.call("POST", "/management/v1/principals/user/sso%2Fmallory", {"is-enabled": False}).ok
    assert guarded.whoami(guarded.issuer.token("mallory")).status_code == 401


def test_forgeries(guarded):
    issuer = guarded.issuer
    now = int(time.time())
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = json.loads(base64.urlsafe_b64decode(guarded.admin.split(".")[1] + "=="))
    forged = {
        "other key": issuer.token(key=stranger),
        "none": issuer.token(header={"alg": "none"}),
        "hmac with the public key": issuer.token(header={"alg": "HS256"}),
        "other algorithm": issuer.token(header={"alg": "RS512"}),
        "key of its own": issuer.token(key=stranger, header={"jwk": issuer.public(), "jku": issuer.url + "/keys"}),
        "unknown key": issuer.token(header={"kid": "k2"}),
        "expired": issuer.token(exp=now - 3600, iat=now - 7200),
        "never expires": issuer.token(exp=None),
        "not yet": issuer.token(nbf=now + 3600),
        "wrong audience": issuer.token(aud="other"),
        "no audience": issuer.token(aud=None),
        "unknown issuer": issuer.token(iss="https://elsewhere.example"),
        "our issuer, their key": issuer.token("admin", iss="moraine", aud="moraine", header={"typ": "at+jwt"}),
        "their word for ours": issuer.token("admin", orig_iss="moraine"),
        "our claims, unsigned": f"{encoded({'alg': 'none', 'typ': 'at+jwt'})}.{encoded(own)}.",
        "our claims, their key": issuer.token(header={"kid": "x", "typ": "at+jwt"}, **own),
        "an id token": issuer.token(header={"typ": "id+jwt"}),
        "critical extension": issuer.token(header={"crit": ["exp"]}),
        "nothing": "", "a dot": ".", "dots": "..", "spaces": "a b",
    }
    refusals = set()
    for name, token in forged.items():
        answer = guarded.call("GET", "/management/v1/me", token=token or "x")
        if name == "their word for ours":
            # Ignored: an issuer speaks for its own subjects.
            assert answer.status_code == 200 and answer.json()["name"] == "sso/admin"
            continue
        assert answer.status_code == 401, f"{name}: {answer.status_code} {answer.text}"
        refusals.add(answer.text)
    assert len(refusals) == 1, refusals


def test_what_was_taken_back_is_worthless(guarded):
    name, secret = guarded.service()
    token = guarded.token(name, secret)
    assert guarded.whoami(token).status_code == 200
    assert guarded.form("/v1/oauth/revoke", token=token).status_code == 200
    for _ in range(3):
        assert guarded.whoami(token).status_code == 401
    assert guarded.form("/v1/oauth/revoke", token="nonsense").status_code == 200


def test_tls(guarded, tmp_path):
    run = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key", "-out", tmp_path / "cert"], capture_output=True)
    assert run.returncode == 0, run.stderr
    server = Server(
        [*guarded.arguments, "--tls-certificate", str(tmp_path / "cert"), "--tls-key", str(tmp_path / "key")], tmp_path / "log",
        guarded.environment).start()
    try:
        assert server.url.startswith("https://")
        headers = {"Authorization": f"Bearer {guarded.admin}"}
        answer = requests.get(f"{server.url}/v1/config", headers=headers, verify=str(tmp_path / "cert"), timeout=30)
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{server.url}/v1/config", headers=headers, timeout=30)
        # The second server on this database shows no credential again.
        assert "client-secret" not in (tmp_path / "log").read_text()
    finally:
        server.stop()


@pytest.mark.parametrize("arguments", [["--host", "0.0.0.0"], ["--dev", "--host", "0.0.0.0"], ["--tls-key", "/x"],
                                       ["--tls-certificate", "/nowhere", "--tls-key", "/nowhere"]])
def test_a_server_that_would_let_strangers_in_does_not_start(guarded, arguments):
    run = subprocess.run(
        [BINARY, "serve", "--port", "0", *guarded.arguments, *arguments], capture_output=True, timeout=60,
        env={**os.environ, **guarded.environment})
    assert run.returncode != 0 and not run.stdout.startswith(b"ready"), run
    assert b"--" in run.stderr


def moraine(guarded, home, *arguments, stdin="", **environment):
    return subprocess.run(
        [BINARY, *arguments], input=stdin, capture_output=True, text=True, timeout=60,
        env={**os.environ, "XDG_CONFIG_HOME": str(home), "MORAINE_SERVER": guarded.url, **environment})


def test_the_command_line_logs_in(guarded, tmp_path):
    refused = moraine(guarded, tmp_path, "warehouse", "list")
    assert refused.returncode == 5 and "moraine login" in refused.stderr
    name, secret = guarded.service()
    done = moraine(guarded, tmp_path, "login", "--client-id", name, stdin=secret + "\n")
    assert done.returncode == 0, done.stderr
    file = tmp_path / "moraine" / "config.yaml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = re.search(r"moraine_pat_\w+", file.read_text()).group(0)
    guarded.secrets.add(kept)
    assert kept not in done.stdout + done.stderr
    assert json.loads(moraine(guarded, tmp_path, "whoami", "-o", "json").stdout)["name"] == name

    for arguments in (
        ["principal", "create", f"user:{name}-u", "--clear", "pii"], ["team", "create", f"{name}-t"],
        ["team", "add", f"{name}-t", f"user:{name}-u"], ["role", "add", "analyst", f"team:{name}-t"],
        ["principal", "update", f"user:{name}-u", "--disable-access"], ["principal", "show", f"user:{name}-u"],
        ["team", "members", f"{name}-t"], ["role", "list"], ["team", "remove", f"{name}-t", f"user:{name}-u"],
        ["principal", "create", f"service:{name}-s"], ["client", "create", f"{name}-s"], ["client", "rotate", f"{name}-s"],
        ["client", "show", f"{name}-s"], ["client", "list"], ["client", "drop", f"{name}-s", "--yes"], ["token", "list"],
        ["principal", "drop", f"service:{name}-s", "--yes"],
    ):
        run = moraine(guarded, tmp_path, *arguments)
        assert run.returncode == 0, (arguments, run.stderr)
        guarded.secrets.update(re.findall(r"moraine_cs_\w+", run.stdout))
    again = moraine(guarded, tmp_path, "token", "create")
    assert again.returncode == 5 and "cannot make another" in again.stderr

    assert moraine(guarded, tmp_path, "logout").returncode == 0
    assert kept not in file.read_text()
    assert guarded.whoami(kept).status_code == 401
    with_token = moraine(guarded, tmp_path, "login", "--with-token", stdin=guarded.issuer.token("carol"))
    assert with_token.returncode == 0, with_token.stderr
    assert json.loads(moraine(guarded, tmp_path, "whoami", "-o", "json").stdout)["name"] == "sso/carol"
    guarded.secrets.update(re.findall(r"moraine_pat_\w+", file.read_text()))


def test_secrets_are_nowhere(guarded):
    """After everything above: no secret is in the log, but the one that was shown on purpose, nor anywhere in the database."""
    guarded.secrets.discard("nonsense")
    guarded.secrets.discard("wrong")
    secrets = {secret for secret in guarded.secrets | {guarded.secret, guarded.admin} if len(secret) > 20}
    assert len(secrets) > 20
    # A token's signature or a credential's random part: what stands before it is no secret.
    parts = {secret.rsplit("_" if secret.startswith("moraine_") else ".", 1)[-1] for secret in secrets}
    assert min(map(len, parts)) > 20
    log = (guarded.folder / "log").read_text(errors="replace")
    log = "\n".join(line for line in log.splitlines() if not line.startswith("moraine: "))
    for part in parts:
        assert part not in log
    dump = subprocess.run(
        [f"{guarded.postgres.binaries}/pg_dump", "--data-only", "--inserts", guarded.postgres.url], capture_output=True, text=True, check=True
    ).stdout
    # bytea is dumped in hexadecimal: what stands in it is looked for as such too.
    for part in parts:
        assert part not in dump and part.encode().hex() not in dump
    assert "create-client" in log or "create-client" in dump or b"create-client".hex() in dump

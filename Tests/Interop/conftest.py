import shutil
import socket
import subprocess
import sys
import time
import uuid

import boto3
import pytest
import requests
from pyiceberg.catalog import load_catalog

from servers import Postgres, Server, open_folder

ACCESS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="session")
def moto(tmp_path_factory):
    """An S3 service with the bucket `lake`; its address."""
    log = open(tmp_path_factory.mktemp("moto") / "log", "wb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=log, stderr=log)
    endpoint = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            requests.get(endpoint, timeout=1)
            break
        except requests.ConnectionError:
            time.sleep(0.1)
    s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test-secret")
    s3.create_bucket(Bucket="lake")
    yield endpoint
    process.terminate()
    process.wait()


@pytest.fixture(scope="session")
def server(moto):
    """One server for all tests, on a private PostgreSQL, with a warehouse of local files and one on S3."""
    folder = open_folder("moraine-server-")
    warehouse = folder / "warehouse"
    server = Server(
        ["--dev", "--data-dir", str(folder / "data"), "--warehouse", f"main=file://{warehouse}",
         "--warehouse", f"lake=s3://lake/root?endpoint={moto}&region=us-east-1&path-style-access=true"],
        folder / "log", ACCESS).start()
    server.warehouse = warehouse
    yield server
    errors = server.errors()
    server.stop()
    shutil.rmtree(folder)
    assert not errors, "the server logged errors:\n" + "\n".join(errors)


@pytest.fixture
def catalog(server):
    return load_catalog("moraine", uri=server.url, warehouse="main")


@pytest.fixture
def namespace(catalog):
    """A namespace of the test's own."""
    name = "t" + uuid.uuid4().hex[:10]
    catalog.create_namespace(name)
    return name


@pytest.fixture
def http(server):
    """A plain client that sends and shows everything as it is."""
    session = requests.Session()

    def call(method, path, json=None, **options):
        return session.request(method, server.url + path, json=json, timeout=60, **options)

    return call


@pytest.fixture
def postgres():
    server = Postgres()
    yield server
    server.close()

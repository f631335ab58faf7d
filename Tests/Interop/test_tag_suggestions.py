"""Tags go on along lineage as suggestions: of datasets, and of the columns that values flow into."""

import json
import os
import subprocess
import time

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog

from governed import Governed
from servers import BINARY


@pytest.fixture(scope="module")
def governed():
    governed = Governed()
    yield governed
    governed.close()


def test_tags_are_suggested_along_lineage(governed):
    def moraine(*arguments, by="data_steward"):
        result = subprocess.run(
            [BINARY, *arguments, "--server", governed.url, "--warehouse", "main"], capture_output=True, text=True, timeout=60,
            env={**os.environ, "MORAINE_TOKEN": governed.tokens[by], "HOME": str(governed.folder)})
        assert result.returncode == 0, f"{arguments}: {result.stderr}"
        return result.stdout

    catalog = load_catalog(
        "root", uri=governed.url, warehouse="main", credential=governed.credentials["root"],
        **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})
    columns = pa.schema([(name, pa.string()) for name in ("email", "hashed", "kept")])
    tables = {name: catalog.create_table(name, columns) for name in ("landing.people", "raw.people", "sandbox.contacts")}
    moraine("tag", "define", "domain", "--value", "sales")
    moraine("tag", "set", "landing.people", "domain=sales")
    moraine("tag", "set", "landing.people", "--column", "email", "classification=pii")

    def dataset(name, facets=None):
        return {"namespace": "file", "name": tables[name].location().removeprefix("file://"), **({"facets": facets} if facets else {})}

    def flows(source, target, fields):
        facet = {"_producer": "https://example.com", "_schemaURL": "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json"}
        lineage = {"columnLineage": {**facet, "fields": {
            column: {"inputFields": [{"namespace": "file", "name": dataset(source)["name"], "field": of, "transformations": [
                {"type": "INDIRECT" if masking is None else "DIRECT", "subtype": "FILTER" if masking is None else "TRANSFORMATION",
                 "masking": bool(masking)}]}]} for column, of, masking in fields}}}
        answer = governed.call("POST", "/api/v1/lineage", {
            "eventType": "COMPLETE", "eventTime": "2026-05-03T12:00:00Z", "producer": "https://example.com",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": f"0176a8c2-fe01-7439-87e6-{len(target):012d}"}, "job": {"namespace": "etl", "name": f"{source}-{target}"},
            "inputs": [dataset(source)], "outputs": [dataset(target, lineage)]})
        assert answer.ok, answer.text

    flows("landing.people", "raw.people", [("email", "email", False), ("hashed", "email", True), ("kept", "email", None)])
    flows("raw.people", "sandbox.contacts", [("kept", "email", False)])

    def suggested(table, by="data_steward"):
        answer = json.loads(moraine("tag", "suggestions", table, "-o", "json", by=by))
        return {(one.get("column"), one["key"], one["value"]) for one in answer["suggestions"]}

    deadline = time.monotonic() + 30
    while len(suggested("sandbox.contacts")) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    # Values that were masked, and those that only chose rows, take no tag along.
    assert suggested("raw.people") == {(None, "domain", "sales"), ("email", "classification", "pii")}
    assert suggested("sandbox.contacts") == {(None, "domain", "sales"), ("kept", "classification", "pii")}
    assert suggested("landing.people") == set()
    shown = moraine("tag", "suggestions", "sandbox.contacts")
    assert "landing.people.email" in shown
    # Who may not see where it comes from does not hear of it.
    governed.call("POST", "/governance/v1/grants", {
        "privilege": "see", "principal": "service:nobody",
        "object": {"kind": "table", "warehouse": "main", "namespace": ["sandbox"], "name": "contacts"}})
    assert suggested("sandbox.contacts", by="nobody") == set()

    # A steward accepts one by setting it, and says no to the other: neither is suggested again.
    moraine("tag", "set", "sandbox.contacts", "--column", "kept", "classification=pii")
    moraine("tag", "decline", "sandbox.contacts", "domain=sales", "--reason", "Contacts of suppliers.")
    assert suggested("sandbox.contacts") == set()
    assert "suggests no tags" in moraine("tag", "suggestions", "sandbox.contacts")

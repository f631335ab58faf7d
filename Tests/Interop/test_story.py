"""How a table comes to be relied upon: it lands, is refused where it is not ready, is promoted, published, found, and shown on one page."""

import datetime
import json
import os
import subprocess
import time

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import BadRequestError, ForbiddenError
from pyiceberg.schema import Schema
from pyiceberg.types import DoubleType, LongType, NestedField

from governed import Governed
from servers import BINARY

SCHEMA = Schema(NestedField(1, "id", LongType()), NestedField(2, "balance", DoubleType()))
CONTRACT = """
columns:
  - {name: id, type: long, no-nulls: true}
rows: {minimum: 1, maximum: 1000}
checks:
  - {name: balances_add_up, required: true, maximum-age: 12h}
"""


@pytest.fixture(scope="module")
def governed():
    governed = Governed()
    governed.team("risk", "data_engineer")
    yield governed
    governed.close()


def test_a_table_from_landing_to_those_who_rely_on_it(governed, tmp_path):
    def moraine(*arguments, by="data_engineer"):
        return subprocess.run(
            [BINARY, *arguments, "--server", governed.url, "--warehouse", "main"], capture_output=True, text=True, timeout=60,
            env={**os.environ, "MORAINE_TOKEN": governed.tokens[by], "HOME": str(governed.folder)})

    def done(*arguments, **options):
        result = moraine(*arguments, **options)
        assert result.returncode == 0, f"{arguments}: {result.stderr}"
        return result.stdout

    def refused(*arguments, **options):
        result = moraine(*arguments, **options)
        assert result.returncode != 0, f"{arguments}: {result.stdout}"
        return result.stderr

    def catalog(name):
        return load_catalog(
            name, uri=governed.url, warehouse="main", credential=governed.credentials[name],
            **{"oauth2-server-uri": f"{governed.url}/v1/oauth/tokens"})

    def rows(*ids):
        return pa.table({"id": pa.array(ids, pa.int64()), "balance": pa.array([1.0] * len(ids), pa.float64())})

    # It lands: as it came, with a hole in it.
    engineer = catalog("data_engineer")
    table = engineer.create_table("landing.loans", SCHEMA)
    table.append(rows(1, None, 3))

    # Curated takes nothing that nobody answers for or that nobody describes, made there or moved there.
    with pytest.raises(ForbiddenError, match="owner team and a description"):
        engineer.create_table("curated.loans", SCHEMA)
    contract = tmp_path / "contract.yaml"
    contract.write_text(CONTRACT)
    promote = ("dataset", "promote", "landing.loans", "--to", "curated.loans", "--reason", "Reviewed by risk.", "--contract", str(contract))
    assert "owner team and a description" in refused(*promote)
    done("table", "set", "landing.loans", "owner-team=risk")
    assert "owner team and a description" in refused(*promote)
    done("table", "describe", "landing.loans", "One row a loan, as the bank reports it.", "--column", "id=Number of the loan.", by="data_steward")

    # It must keep its contract: no holes, and a check that passed.
    said = refused(*promote)
    assert "columns.id.no-nulls" in said and "checks.balances_add_up" in said
    table.refresh().overwrite(rows(1, 2, 3))
    said = refused(*promote)
    assert "columns.id.no-nulls" not in said and "checks.balances_add_up" in said
    assert engineer.table_exists("landing.loans") and not engineer.table_exists("curated.loans")
    done("quality", "record", "landing.loans", "--check", "balances_add_up", "--outcome", "passed")
    done(*promote)
    assert not engineer.table_exists("landing.loans")

    # From here on main moves by publishing only.
    done("zone", "update", "curated", "--gated", by="root")
    table = engineer.load_table("curated.loans")
    with pytest.raises(ForbiddenError, match="publish"):
        table.append(rows(4))
    table.manage_snapshots().create_branch(table.current_snapshot().snapshot_id, "audit").commit()
    with pytest.raises(BadRequestError, match="columns.id.no-nulls"):
        engineer.load_table("curated.loans").append(rows(None), branch="audit")
    engineer.load_table("curated.loans").append(rows(4, 5), branch="audit")
    assert "checks.balances_add_up" in refused("dataset", "publish", "curated.loans", "--from", "audit")
    done("quality", "record", "curated.loans", "--ref", "audit", "--check", "balances_add_up", "--outcome", "failed")
    assert "it failed" in refused("dataset", "publish", "curated.loans", "--from", "audit")
    assert catalog("analyst").load_table("curated.loans").scan().to_arrow().num_rows == 3
    done("quality", "record", "curated.loans", "--ref", "audit", "--check", "balances_add_up", "--outcome", "passed")
    done("dataset", "publish", "curated.loans", "--from", "audit")
    assert catalog("analyst").load_table("curated.loans").scan().to_arrow().num_rows == 5

    # Others find it, and read what it is on one page.
    done("tag", "set", "curated.loans", "classification=internal", by="data_steward")
    done("grant", "read", "on", "table", "curated.loans", "to", "service:nobody", by="root")
    found = {}
    deadline = time.time() + 20
    while time.time() < deadline and not found.get("hits"):
        found = json.loads(done("search", "loan balnce", "--zone", "curated", "--owner", "risk", "-o", "json", by="analyst"))
        time.sleep(0.2)
    assert [each["name"] for each in found["hits"]] == ["loans"], found
    page = done("dataset", "show", "curated.loans", by="analyst")
    for text in ["One row a loan, as the bank reports it.", "team:risk", "curated (curated)", "5 rows", "version 1, enforce: kept",
                 "balances_add_up passed", "classification=internal", "Number of the loan.", "Reviewed by risk."]:
        assert text in page, f"{text!r} is missing:\n{page}"
    assert "balances_add_up failed" not in page
    assert "service:nobody" not in page, "who holds what is for those who grant"
    assert "service:nobody" in done("dataset", "show", "curated.loans", by="root")
    assert str(datetime.datetime.now(datetime.UTC).year) in page

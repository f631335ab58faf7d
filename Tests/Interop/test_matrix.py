"""Every operation answers everybody, in a zone of every kind, as matrix.json says."""

import json

import pytest

from matrix import CATALOG, EXPECTED, PRINCIPALS, ZONED, World, matrix, operations


def test_no_operation_is_missing():
    described = set(operations())
    assert described == set(ZONED) | set(CATALOG), "say in matrix.py how the new operation is asked"
    expected = json.loads(EXPECTED.read_text())
    assert described == set(expected), "put the new operation into matrix.json: python Tests/Interop/matrix.py --write, and read it"
    assert all(list(row) == PRINCIPALS for row in expected.values())


def test_strangers_are_let_into_nothing():
    public = {"getToken", "revokeAccess", "live", "ready"}
    for operation, row in json.loads(EXPECTED.read_text()).items():
        if operation not in public:
            assert (row["anonymous"], row["wrong token"]) == (401, 401), operation


@pytest.fixture(scope="module")
def found():
    world = World()
    yield matrix(world)
    world.close()


@pytest.mark.parametrize("operation", operations())
def test_matrix(found, operation):
    assert found[operation] == json.loads(EXPECTED.read_text())[operation]

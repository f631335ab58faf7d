"""Makes the tables beside this file with pyiceberg 0.12 (pip install 'pyiceberg[sql-sqlite,pyarrow,pyiceberg-core]==0.12.0').

Each folder holds a table's last metadata and every manifest list and manifest of its life. Usage: python make.py FOLDER
"""

import pathlib
import shutil
import sys

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField

out = pathlib.Path(sys.argv[1])
warehouse = pathlib.Path("/tmp/warehouse")


def rows(*ids):
    return pa.table({"id": pa.array(ids, pa.int64())})


def life(catalog, version):
    properties = {
        "format-version": str(version),
        "commit.manifest.min-count-to-merge": "3",
        "commit.manifest-merge.enabled": "true",
    }
    table = catalog.create_table(
        f"n.t{version}", Schema(NestedField(1, "id", LongType(), required=False)), properties=properties
    )
    table.append(rows(1, 2))
    table.append(rows(3))
    table.append(rows(4))  # merges the manifests
    table.overwrite(rows(9), overwrite_filter="id = 4")  # a delete and an append
    table.delete("id = 1")  # rewrites a file
    table.delete("id = 77")  # finds nothing
    table.manage_snapshots().create_branch(table.current_snapshot().snapshot_id, "dev").commit()
    table.append(rows(5), branch="dev")
    folder = out / f"v{version}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in (warehouse / f"n/t{version}/metadata").glob("*.avro"):
        shutil.copy(file, folder)
    (folder / "metadata.json").write_text(table.metadata.model_dump_json() + "\n")
    for snapshot in table.metadata.snapshots:
        print(version, snapshot.snapshot_id, snapshot.summary)


shutil.rmtree(warehouse, ignore_errors=True)
warehouse.mkdir()
catalog = SqlCatalog("c", uri=f"sqlite:///{warehouse}/c.db", warehouse=f"file://{warehouse}")
catalog.create_namespace("n")
for version in (1, 2):
    life(catalog, version)
shutil.rmtree(warehouse)

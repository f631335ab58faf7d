"""Makes the documents beside this file with pyiceberg 0.12 (pip install 'pyiceberg[sql-sqlite,pyarrow,pyiceberg-core]==0.12.0').

Each step of a table's life is one file: the metadata before, the updates that pyiceberg made of the operation, and the
metadata that pyiceberg wrote. Usage: python make.py FOLDER
"""

import json
import pathlib
import sys
import tempfile

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, IdentityTransform
from pyiceberg.types import IntegerType, LongType, NestedField, StringType

out = pathlib.Path(sys.argv[1])
steps = []


class RecordingCatalog(SqlCatalog):
    def commit_table(self, table, requirements, updates):
        before = json.loads(table.metadata.model_dump_json())
        location = table.metadata_location
        response = super().commit_table(table, requirements, updates)
        steps.append(
            {
                "before": before,
                "previous-metadata-location": location,
                "requirements": [json.loads(r.model_dump_json(by_alias=True)) for r in requirements],
                "updates": [json.loads(u.model_dump_json(by_alias=True, exclude_none=True)) for u in updates],
                "after": json.loads(response.metadata.model_dump_json()),
            }
        )
        return response


def life(catalog, version):
    schema = Schema(
        NestedField(1, "id", LongType(), required=False), NestedField(2, "region", StringType(), required=False)
    )
    spec = PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "region"))
    table = catalog.create_table(
        f"n.t{version}", schema, partition_spec=spec, properties={"format-version": str(version), "owner": "a"}
    )
    rows = pa.table({"id": pa.array([1, 2], pa.int64()), "region": ["a", "b"]})
    table.append(rows)
    table.append(rows)
    first = table.metadata.snapshots[0].snapshot_id
    second = table.metadata.snapshots[1].snapshot_id
    table.manage_snapshots().create_tag(first, "audit", max_ref_age_ms=86400000).commit()
    table.manage_snapshots().create_branch(second, "dev", min_snapshots_to_keep=3).commit()
    with table.update_schema() as update:
        update.add_column("score", IntegerType(), doc="points")
    with table.update_schema() as update:
        update.update_column("score", LongType()).rename_column("score", "points")
    if version > 1:
        with table.update_spec() as update:
            update.add_field("id", BucketTransform(8), "id_bucket")
        with table.update_sort_order() as update:
            update.asc("id", IdentityTransform())
    with table.transaction() as transaction:
        transaction.set_properties({"a": "1", "b": "2"})
        transaction.remove_properties("owner")
    table.overwrite(rows)
    table.delete("id = 1")
    table.manage_snapshots().remove_branch("dev").commit()
    table.maintenance.expire_snapshots().by_id(second).commit()
    if version < 2:
        with table.transaction() as transaction:
            transaction.upgrade_table_version(2)


with tempfile.TemporaryDirectory() as folder:
    catalog = RecordingCatalog("c", uri=f"sqlite:///{folder}/c.db", warehouse=f"file://{folder}")
    catalog.create_namespace("n")
    for version in (1, 2):
        steps.clear()
        life(catalog, version)
        text = "[\n" + ",\n".join(json.dumps(step, separators=(",", ":")) for step in steps) + "\n]\n"
        (out / f"v{version}.json").write_text(text.replace(folder, "/warehouse"))
        print(version, len(steps))

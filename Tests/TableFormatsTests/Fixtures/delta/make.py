"""Makes the Delta tables beside this file with deltalake 1.6 (pip install 'deltalake==1.6.6' 'pyarrow==26.0.1').

Only the logs are kept, no data. `expected.json` says of each table and version what deltalake says of it. The last tables are one log with
its checkpoint written in other shapes that the protocol allows; deltalake must read them alike. Usage: python make.py FOLDER
"""

import json
import pathlib
import shutil
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Field, Schema, write_deltalake
from deltalake.schema import PrimitiveType

out = pathlib.Path(sys.argv[1])
expected = {}


def describe(path, version):
    table = DeltaTable(path, version=version)
    metadata = table.metadata()
    protocol = table.protocol()
    actions = pa.table(table.get_add_actions(flatten=True)).to_pydict()
    # Of a table opened at an older version, deltalake numbers the history wrong.
    commit = next((c for c in DeltaTable(path).history() if c["version"] == version), {})
    return {
        "version": table.version(),
        "schema": json.loads(table.schema().to_json()),
        "id": str(metadata.id),
        "name": metadata.name,
        "description": metadata.description,
        "partitionColumns": metadata.partition_columns,
        "configuration": metadata.configuration,
        "minReaderVersion": protocol.min_reader_version,
        "minWriterVersion": protocol.min_writer_version,
        "readerFeatures": sorted(protocol.reader_features or []),
        "fileCount": len(actions["path"]),
        "sizeBytes": sum(actions["size_bytes"]),
        "rowCount": sum(actions["num_records"]),
        "timestamp": commit.get("timestamp"),
        "operation": commit.get("operation"),
    }


def keep(name, path, versions):
    expected[name] = [describe(path, version) for version in versions]
    target = out / name / "_delta_log"
    shutil.rmtree(out / name, ignore_errors=True)
    shutil.copytree(pathlib.Path(path) / "_delta_log", target)
    print(name, [(e["version"], e["fileCount"], e["rowCount"]) for e in expected[name]])


def people(start, count):
    return pa.table(
        {
            "id": pa.array(range(start, start + count), pa.int64()),
            "name": [f"n{i}" for i in range(start, start + count)],
            "day": [f"2026-01-0{i % 3 + 1}" for i in range(start, start + count)],
        }
    )


def created(folder):
    path = f"{folder}/created"
    fields = [
        Field("id", PrimitiveType("long"), nullable=False, metadata={"comment": "who it is"}),
        Field("born", PrimitiveType("date")),
        Field("salary", PrimitiveType("decimal(12,2)"), metadata={"comment": "in \"euro\", a year", "pii": "yes"}),
    ]
    DeltaTable.create(
        path, Schema(fields), name="people", description="Who works here", partition_by=["born"],
        configuration={"delta.logRetentionDuration": "interval 30 days"},
    )
    keep("created", path, [0])


def three(folder):
    path = f"{folder}/three"
    write_deltalake(path, people(0, 5), commit_properties=CommitProperties(custom_metadata={"by": "test"}))
    write_deltalake(path, people(5, 4), mode="append")
    write_deltalake(path, people(0, 2), mode="overwrite")
    keep("three", path, range(3))


def nested(folder):
    path = f"{folder}/nested"
    address = pa.struct([pa.field("street", pa.string(), nullable=False), pa.field("floors", pa.list_(pa.int32()))])
    schema = pa.schema(
        [
            pa.field("tiny", pa.int8()), pa.field("small", pa.int16()), pa.field("ok", pa.bool_()), pa.field("ratio", pa.float32()),
            pa.field("raw", pa.binary()), pa.field("at", pa.timestamp("us", "UTC")), pa.field("local", pa.timestamp("us")),
            pa.field("address", address), pa.field("scores", pa.map_(pa.string(), pa.struct([pa.field("v", pa.float64())]))),
            pa.field("rows", pa.list_(pa.list_(pa.string()))),
        ]
    )
    row = {
        "tiny": 1, "small": 2, "ok": True, "ratio": 0.5, "raw": b"x", "at": 0, "local": 0,
        "address": {"street": "s", "floors": [1, 2]}, "scores": [("a", {"v": 1.0})], "rows": [["p"], []],
    }
    write_deltalake(path, pa.Table.from_pylist([row], schema=schema))
    DeltaTable(path).create_checkpoint()
    keep("nested", path, [0])


def busy(folder):
    """26 versions: appends, deletes, an overwrite of one partition, a column more, an optimize, checkpoints at 10 and 20."""
    path = f"{folder}/busy"
    for version in range(26):
        if version == 4:
            DeltaTable(path).delete("id = 3")
        elif version == 7:
            write_deltalake(path, people(100, 3).slice(0, 1), mode="overwrite", predicate="day = '2026-01-02'")
        elif version == 13:
            more = people(200, 3).append_column("score", pa.array([1.0, None, 2.0]))
            write_deltalake(path, more, mode="append", schema_mode="merge")
        elif version == 15:
            DeltaTable(path).delete("day = '2026-01-01'")
        elif version == 22:
            DeltaTable(path).optimize.compact()
        else:
            write_deltalake(
                path, people(10 * version, 6), mode="append", partition_by=["day"],
                name="busy", description="Much happens here",
                schema_mode="merge" if version > 13 else None,
                configuration={"delta.checkpointInterval": "1000"} if version == 0 else None,
            )
        if version in (10, 20):
            DeltaTable(path).create_checkpoint()
    keep("busy", path, range(26))
    variants(folder, path)


def variants(folder, path):
    """The checkpoint of version 20 in other shapes, the log before it gone, the commits behind it kept."""
    name = "00000000000000000020.checkpoint"
    rows = pq.read_table(f"{path}/_delta_log/{name}.parquet")
    identifier = "80a083e8-7026-4e79-81be-64bd76c43a11"
    actions = [c for c in rows.column_names]
    is_add = rows["add"].is_valid()
    other = rows.filter(pa.compute.invert(is_add))
    adds = rows.filter(is_add)

    def variant(kind, write):
        target = pathlib.Path(folder) / kind
        shutil.copytree(path, target)
        log = target / "_delta_log"
        for file in log.iterdir():
            if file.name == "_last_checkpoint" or "checkpoint" in file.name or int(file.name[:20]) < 20:
                file.unlink()
        write(log)
        keep(kind, str(target), [20, 23, 25])
        assert [e["fileCount"] for e in expected[kind]] == [expected["busy"][v]["fileCount"] for v in (20, 23, 25)]

    def gzip_v2_pages(log):
        pq.write_table(rows, log / f"{name}.parquet", compression="gzip", data_page_version="2.0", row_group_size=7)

    def parts(log):
        third = rows.num_rows // 3
        for part, piece in enumerate([rows.slice(0, third), rows.slice(third, third), rows.slice(2 * third)]):
            pq.write_table(
                piece, log / f"{name}.{part + 1:010}.0000000003.parquet", compression="zstd", use_dictionary=False, data_page_size=200
            )

    def sidecars(log):
        (log / "_sidecars").mkdir()
        half = adds.num_rows // 2
        lines = [{"checkpointMetadata": {"version": 20}}]
        for number, piece in enumerate([adds.slice(0, half), adds.slice(half)]):
            file = log / "_sidecars" / f"{number}.parquet"
            pq.write_table(piece.select(["add", "remove"] if "remove" in actions else ["add"]), file)
            lines.append({"sidecar": {"path": file.name, "sizeInBytes": file.stat().st_size, "modificationTime": 0}})
        for row in other.to_pylist():
            for key, value in row.items():
                if value is not None and key in ("metaData", "protocol"):
                    for inner in ("configuration", "options"):
                        if inner in value:
                            value[inner] = dict(value[inner] or [])
                    if "format" in value:
                        value["format"]["options"] = dict(value["format"]["options"] or [])
                    lines.append({key: {k: v for k, v in value.items() if v is not None}})
        (log / f"{name}.{identifier}.json").write_text("".join(json.dumps(line) + "\n" for line in lines))

    variant("busy-gzip", gzip_v2_pages)
    variant("busy-parts", parts)
    variant("busy-sidecars", sidecars)


with tempfile.TemporaryDirectory() as folder:
    created(folder)
    three(folder)
    nested(folder)
    busy(folder)
(out / "expected.json").write_text(json.dumps(expected, indent=1, default=str) + "\n")

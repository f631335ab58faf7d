"""Makes the Hudi tables beside this file: properties and timelines alone, in the shapes that Hudi 0.15 (`v6`) and 1.0 (`v8`) write.

`expected.json` says what follows from them. Needs fastavro (pip install 'fastavro==1.13.1'). Usage: python make.py FOLDER
"""

import json
import pathlib
import shutil
import sys

import fastavro

out = pathlib.Path(sys.argv[1])
expected = {}


def nullable(kind):
    return ["null", kind]


STAT = {
    "name": "HoodieWriteStat",
    "type": "record",
    "fields": [{"name": n, "type": nullable("string"), "default": None} for n in ("fileId", "path", "prevCommit")]
    + [
        {"name": n, "type": nullable("long"), "default": None}
        for n in ("numWrites", "numDeletes", "numUpdateWrites", "totalWriteBytes", "totalWriteErrors")
    ]
    + [
        {"name": "partitionPath", "type": nullable("string"), "default": None},
        {"name": "numInserts", "type": nullable("long"), "default": None},
        {"name": "logFiles", "type": nullable({"type": "array", "items": "string"}), "default": None},
        {"name": "cdcStats", "type": nullable({"type": "map", "values": "long"}), "default": None},
        {
            "name": "runtimeStats",
            "type": nullable(
                {"name": "HoodieRuntimeStats", "type": "record", "fields": [{"name": "totalScanTime", "type": nullable("long")}]}
            ),
            "default": None,
        },
    ],
}
COMMIT = {
    "name": "HoodieCommitMetadata",
    "namespace": "org.apache.hudi.avro.model",
    "type": "record",
    "fields": [
        {"name": "partitionToWriteStats", "type": nullable({"type": "map", "values": {"type": "array", "items": STAT}}), "default": None},
        {"name": "compacted", "type": nullable("boolean"), "default": None},
        {"name": "extraMetadata", "type": nullable({"type": "map", "values": "string"}), "default": None},
        {"name": "version", "type": ["int", "null"], "default": 1},
        {"name": "operationType", "type": nullable("string"), "default": None},
    ],
}


def schema(*fields):
    return json.dumps({"type": "record", "name": "trips_record", "namespace": "hoodie.trips", "fields": list(fields)})


ID = {"name": "id", "type": "long", "doc": "of the trip"}
NAME = {"name": "rider", "type": nullable("string"), "default": None}
FARE = {
    "name": "fare",
    "type": nullable(
        {"type": "fixed", "name": "fixed", "namespace": "hoodie.trips.fare", "size": 5, "logicalType": "decimal", "precision": 10, "scale": 2}
    ),
    "default": None,
}
AT = {"name": "at", "type": nullable({"type": "long", "logicalType": "timestamp-micros"}), "default": None}
PLACE = {"type": "record", "name": "Place", "fields": [{"name": "city", "type": "string"}, {"name": "lat", "type": nullable("double")}]}
WAY = {"name": "way", "type": nullable({"type": "array", "items": nullable(PLACE)}), "default": None}
END = {"name": "end", "type": nullable("Place"), "default": None}
TAGS = {"name": "tags", "type": {"type": "map", "values": nullable("int")}}
META = {"name": "_hoodie_commit_time", "type": nullable("string"), "default": None}
FIRST, SECOND = schema(META, ID, NAME, AT), schema(ID, NAME, AT, FARE, WAY, END, TAGS)


def stat(partition, number, writes, inserts, updates, deletes, size):
    return {
        "fileId": f"f{number}-0", "path": f"{partition}/f{number}-0_0-1-2_x.parquet", "prevCommit": "null", "numWrites": writes,
        "numDeletes": deletes, "numUpdateWrites": updates, "totalWriteBytes": size, "totalWriteErrors": 0, "partitionPath": partition,
        "numInserts": inserts, "logFiles": [f"f{number}.log.1"] if updates else None, "cdcStats": {"a": 1} if updates else None,
        "runtimeStats": {"totalScanTime": 3},
    }


def commit(stats, text, operation):
    partitions = {}
    for one in stats:
        partitions.setdefault(one["partitionPath"], []).append(one)
    extra = {"latest_schema": "x"} if text is None else {"schema": text}
    return {"partitionToWriteStats": partitions, "compacted": False, "extraMetadata": extra, "version": 1, "operationType": operation}


def totals(stats):
    names = {"rowCount": "numWrites", "insertedRowCount": "numInserts", "updatedRowCount": "numUpdateWrites",
             "deletedRowCount": "numDeletes", "sizeBytes": "totalWriteBytes"}
    return {"fileCount": len(stats)} | {k: sum(s[v] for s in stats) for k, v in names.items()}


def properties(folder, table_version, layout, more):
    create = FIRST.replace(":", "\\:")
    lines = [
        "#Properties saved on 2026-01-02T03:04:05Z", "#Fri Jan 02 03:04:05 UTC 2026", "hoodie.table.name=trips", "hoodie.database.name=default",
        f"hoodie.table.create.schema={create}", f"hoodie.table.version={table_version}", f"hoodie.timeline.layout.version={layout}",
        "hoodie.table.recordkey.fields=id", "hoodie.table.precombine.field=at", "hoodie.archivelog.folder=archived", "hoodie.table.checksum=1",
        "a.note = two \\", "   lines \\u00e9\\=\\t!",
    ]
    (folder / ".hoodie").mkdir(parents=True)
    (folder / ".hoodie" / "hoodie.properties").write_text("\n".join(lines + more) + "\n")


ONE = [stat("2026-01-01", 1, 5, 5, 0, 0, 1000), stat("2026-01-02", 2, 3, 3, 0, 0, 700)]
TWO = [stat("2026-01-01", 1, 7, 2, 1, 1, 1300)]
THREE = [stat("2026-01-03", 3, 4, 4, 0, 0, 900)]


def version6():
    shutil.rmtree(out / "v6", ignore_errors=True)
    properties(
        out / "v6", 6, 1,
        ["hoodie.table.type=COPY_ON_WRITE", "hoodie.table.partition.fields=day", "hoodie.table.timeline.timezone=UTC"],
    )
    timeline = out / "v6" / ".hoodie"
    for time, action, content in [
        ("20260102030405", "commit", commit(ONE, FIRST, "INSERT")),
        ("20260102030500123", "commit", commit(TWO, SECOND, "UPSERT")),
        ("20260102030600456", "replacecommit", commit(THREE, None, "INSERT_OVERWRITE")),
    ]:
        (timeline / f"{time}.{action}").write_text(json.dumps(content, indent=2))
        (timeline / f"{time}.{action}.requested").write_bytes(b"")
        (timeline / (f"{time}.inflight" if action == "commit" else f"{time}.{action}.inflight")).write_bytes(b"")
    for name in ["20260102030700000.commit.requested", "20260102030700000.inflight", "20260102030650000.clean", "20260102030660000.rollback"]:
        (timeline / name).write_bytes(b"")
    common = {"partitionFields": ["day"], "type": "COPY_ON_WRITE", "isUTC": True}
    expected["v6"] = [
        {"at": "20260102030405", "action": "commit", "timestampMs": 1767323045000, "operation": "INSERT", "columns": "id rider at"}
        | common | totals(ONE),
        {"at": "20260102030500123", "action": "commit", "timestampMs": 1767323100123, "operation": "UPSERT",
         "columns": "id rider at fare way end tags"} | common | totals(TWO),
        {"at": None, "action": "replacecommit", "timestampMs": 1767323160456, "operation": "INSERT_OVERWRITE",
         "columns": "id rider at fare way end tags"} | common | totals(THREE),
    ]


def version8():
    shutil.rmtree(out / "v8", ignore_errors=True)
    properties(
        out / "v8", 8, 2,
        ["hoodie.table.type=MERGE_ON_READ", "hoodie.table.partition.fields=day:TIMESTAMP,rider:SIMPLE", "hoodie.timeline.path=timeline"],
    )
    timeline = out / "v8" / ".hoodie" / "timeline"
    (timeline / "history").mkdir(parents=True)
    # The second was asked for first and completed last.
    for requested, completed, action, content, codec in [
        ("20260102030500123", "20260102030501000", "deltacommit", commit(ONE, FIRST, "INSERT"), "null"),
        ("20260102030400000", "20260102030600000", "deltacommit", commit(TWO, SECOND, "UPSERT"), "deflate"),
        ("20260102030550000", "20260102030559999", "commit", commit(THREE, FIRST, "COMPACT"), "null"),
    ]:
        with open(timeline / f"{requested}_{completed}.{action}", "wb") as file:
            fastavro.writer(file, fastavro.parse_schema(COMMIT), [content], codec=codec, sync_marker=bytes(range(16)))
        (timeline / f"{requested}.{action}.requested").write_bytes(b"")
    for name in ["20260102030700000.deltacommit.inflight", "20260102030650000_20260102030651000.clean"]:
        (timeline / name).write_bytes(b"")
    common = {"partitionFields": ["day", "rider"], "type": "MERGE_ON_READ", "isUTC": False}
    expected["v8"] = [
        {"at": "20260102030500123", "action": "deltacommit", "timestampMs": 1767323101000, "operation": "INSERT", "columns": "id rider at"}
        | common | totals(ONE),
        {"at": "20260102030550000", "action": "commit", "timestampMs": 1767323159999, "operation": "COMPACT", "columns": "id rider at"}
        | common | totals(THREE),
        {"at": None, "action": "deltacommit", "timestampMs": 1767323160000, "operation": "UPSERT",
         "columns": "id rider at fare way end tags"} | common | totals(TWO),
    ]


version6()
version8()
(out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")

"""Tables and snapshots of the sizes that are measured with."""

import json
import time

LOCATION = "s3://warehouse/analytics/orders/data"


def schema(columns):
    types = ["long", "string", "double", "timestamptz", "decimal(18, 4)"]
    return {
        "type": "struct", "schema-id": 0,
        "fields": [
            {"id": n, "name": f"measurement_column_{n}", "required": False, "type": types[n % len(types)], "doc": f"what column {n} holds"}
            for n in range(1, columns + 1)
        ],
    }


def snapshot(identifier, sequence, time_ms):
    """As Spark writes it, about 800 bytes. The arguments may be texts to be replaced later."""
    return {
        "sequence-number": sequence, "snapshot-id": identifier, "timestamp-ms": time_ms,
        "summary": {
            "operation": "append", "spark.app.id": "local-1700000000000", "added-data-files": "4", "added-records": "173421",
            "added-files-size": "40960123", "changed-partition-count": "1", "total-records": "99173421", "total-files-size": "4096012300",
            "total-data-files": "4004", "total-delete-files": "0", "total-position-deletes": "0", "total-equality-deletes": "0",
            "engine-version": "3.5.1", "app-id": "local-1700000000000", "engine-name": "spark", "iceberg-version": "Apache Iceberg 1.9.2",
        },
        "manifest-list": f"{LOCATION}/metadata/snap-{identifier}-1-6f1c2ad4-8d59-4a6e-9d1b-1f2f9b7c3d5e.avro", "schema-id": 0,
    }


def snapshot_template():
    """The text of a snapshot in which ID, SEQUENCE and TIME stand for their values."""
    text = json.dumps(snapshot("ID", "SEQUENCE", "TIME"), separators=(",", ":"))
    for name in ["ID", "SEQUENCE", "TIME"]:
        text = text.replace(f'"{name}"', name)
    return text


def append(first, count, time_ms=None):
    """A commit that appends so many snapshots and makes the last one current."""
    now = time_ms or int(time.time() * 1000)
    updates = [
        {"action": "add-snapshot", "snapshot": snapshot(first + n, first + n, now)} for n in range(count)
    ]
    updates.append({"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": first + count - 1})
    return {"requirements": [], "updates": updates}


def create_tables(connection, path, count, columns=80):
    """Makes the namespace and `count` tables t1, t2, … whose answer to loadTable is about 10 KB."""
    namespace = path.rsplit("/", 1)[1]
    connection.ask("POST", path.rsplit("/", 1)[0], {"namespace": [namespace]})
    # Without a bound the list of former metadata files grows to a hundred, and the first hundred commits get dearer and dearer.
    properties = {"write.metadata.previous-versions-max": "1", "owner": "analytics"}
    for number in range(1, count + 1):
        connection.ask("POST", path + "/tables", {"name": f"t{number}", "schema": schema(columns), "properties": properties})
        connection.ask("POST", f"{path}/tables/t{number}", append(1, 1))


def namespace_path(name, warehouse="main"):
    return f"/v1/{warehouse}/namespaces/{name}"

#!/usr/bin/env python3
"""Writes the golden manifests and manifest lists beside this file, and expected.json: what another reader finds in each.

Needs pyiceberg 0.12, fastavro, python-snappy, zstandard, backports.zstd. v1 and v2 come from pyiceberg; v3, which it cannot write, from fastavro.
"""
import json
import pathlib

import fastavro
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import (DataFile, DataFileContent, FileFormat, ManifestContent, ManifestEntry, ManifestEntryStatus, ManifestFile,
                                write_manifest, write_manifest_list)
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.typedef import Record
from pyiceberg.types import LongType, NestedField, StringType, TimestampType

HERE = pathlib.Path(__file__).parent
SNAPSHOT = 7213950938402341111
SCHEMA = Schema(
    NestedField(1, "id", LongType(), required=True), NestedField(2, "region", StringType(), required=False),
    NestedField(3, "at", TimestampType(), required=False), schema_id=0)
SPEC = PartitionSpec(
    PartitionField(2, 1000, IdentityTransform(), "region"), PartitionField(3, 1001, DayTransform(), "at_day"), spec_id=4)
io = PyArrowFileIO()
expected = {}


def data_file(number, **more):
    fields = dict(
        content=DataFileContent.DATA, file_path=f"s3://lake/sales/data/größe-{number}.parquet", file_format=FileFormat.PARQUET,
        partition=Record("eu" if number % 2 else None, 19000 + number), record_count=1000 + number, file_size_in_bytes=4096 * number,
        column_sizes={1: 100 + number, 2: 1 << 40}, value_counts={1: 1000, 2: 1000, 3: 1000}, null_value_counts={1: 0, 2: 5},
        nan_value_counts={}, lower_bounds={1: b"\x01" + b"\0" * 7, 2: b"a"}, upper_bounds={1: b"\xff" * 8, 2: b"z" * 300}, key_metadata=None,
        split_offsets=[4, 1 << 30], equality_ids=None, sort_order_id=0)
    fields.update(more)
    # pyiceberg keeps everything as v2 and leaves out what v1 does not have when it writes.
    return DataFile.from_args(_table_format_version=2, **fields)


def entry(status, number, sequence=None, snapshot=SNAPSHOT, **more):
    return ManifestEntry.from_args(
        _table_format_version=2, status=status, snapshot_id=snapshot, sequence_number=sequence, file_sequence_number=sequence,
        data_file=data_file(number, **more))


def plain(records):
    """Numbers as JSON, 64-bit whole; only fields that the reader reads."""
    entry_fields = ["status", "snapshot_id", "sequence_number", "file_sequence_number"]
    file_fields = ["content", "file_path", "file_format", "record_count", "file_size_in_bytes", "equality_ids", "sort_order_id",
                   "first_row_id", "referenced_data_file", "content_offset", "content_size_in_bytes"]
    list_fields = ["manifest_path", "manifest_length", "partition_spec_id", "content", "sequence_number", "min_sequence_number",
                   "added_snapshot_id", "added_files_count", "existing_files_count", "deleted_files_count", "added_rows_count",
                   "existing_rows_count", "deleted_rows_count", "first_row_id"]
    result = []
    for record in records:
        if "data_file" in record:
            row = {name: record.get(name) for name in entry_fields}
            row.update({name: record["data_file"].get(name) for name in file_fields})
        else:
            row = {name: record.get(name) for name in list_fields}
        result.append(row)
    return result


def note(name):
    with open(HERE / name, "rb") as file:
        expected[name] = plain(fastavro.reader(file))


def pyiceberg_files(version, codec):
    name = f"v{version}-manifest-{codec}.avro"
    with write_manifest(version, SPEC, SCHEMA, io.new_output(str(HERE / name)), SNAPSHOT, codec) as writer:
        writer.add_entry(entry(ManifestEntryStatus.ADDED, 1))
        writer.add_entry(entry(ManifestEntryStatus.EXISTING, 2, sequence=3, snapshot=SNAPSHOT - 1))
        writer.add_entry(entry(ManifestEntryStatus.DELETED, 3, sequence=2))
        if version > 1:
            writer.add_entry(entry(ManifestEntryStatus.ADDED, 4, content=DataFileContent.EQUALITY_DELETES, equality_ids=[1, 2]))
            writer.add_entry(entry(ManifestEntryStatus.ADDED, 5, content=DataFileContent.POSITION_DELETES))
    note(name)

    name = f"v{version}-list-{codec}.avro"
    output = io.new_output(str(HERE / name))
    with write_manifest_list(version, output, SNAPSHOT, None, None if version == 1 else 9, codec) as writer:
        writer.add_manifests([
            ManifestFile.from_args(
                _table_format_version=2, manifest_path=f"s3://lake/sales/metadata/m{number}.avro", manifest_length=7000 + number,
                partition_spec_id=4, content=ManifestContent.DATA if version == 1 or number < 3 else ManifestContent.DELETES,
                sequence_number=-1 if number == 1 else number, min_sequence_number=-1 if number == 1 else 1, added_snapshot_id=SNAPSHOT,
                added_files_count=number, existing_files_count=0, deleted_files_count=2, added_rows_count=1 << 40, existing_rows_count=0,
                deleted_rows_count=17, partitions=[], key_metadata=b"key" if number == 2 else None)
            for number in (1, 2, 3)
        ])
    note(name)


def field(id, name, type, optional=False):
    return {"name": name, "type": ["null", type] if optional else type, "field-id": id, **({"default": None} if optional else {})}


def int_map(key, value, type):
    pair = {"type": "record", "name": f"k{key}_v{value}", "fields": [field(key, "key", "int"), field(value, "value", type)]}
    return {"type": "array", "items": pair, "logicalType": "map"}


def v3_files():
    file_fields = [
        field(134, "content", "int"), field(100, "file_path", "string"), field(101, "file_format", "string"),
        field(102, "partition", {"type": "record", "name": "r102", "fields": []}), field(103, "record_count", "long"),
        field(104, "file_size_in_bytes", "long"), field(108, "column_sizes", int_map(117, 118, "long"), True),
        field(125, "lower_bounds", int_map(126, 127, "bytes"), True), field(131, "key_metadata", "bytes", True),
        field(132, "split_offsets", {"type": "array", "items": "long", "element-id": 133}, True),
        field(135, "equality_ids", {"type": "array", "items": "int", "element-id": 136}, True), field(140, "sort_order_id", "int", True),
        field(142, "first_row_id", "long", True), field(143, "referenced_data_file", "string", True),
        field(144, "content_offset", "long", True), field(145, "content_size_in_bytes", "long", True)]
    schema = {"type": "record", "name": "manifest_entry", "fields": [
        field(0, "status", "int"), field(1, "snapshot_id", "long", True), field(3, "sequence_number", "long", True),
        field(4, "file_sequence_number", "long", True),
        field(2, "data_file", {"type": "record", "name": "r2", "fields": file_fields})]}
    meta = {"format-version": "3", "partition-spec": "[]", "partition-spec-id": "0", "schema": SCHEMA.model_dump_json()}

    def line(status, number, content=0, format="PARQUET", **more):
        file = {"content": content, "file_path": f"s3://lake/v3/{number}", "file_format": format, "partition": {}, "record_count": 100 + number,
                "file_size_in_bytes": 5000, "column_sizes": [{"key": 1, "value": 9}], "lower_bounds": [{"key": 1, "value": b"x"}],
                "key_metadata": b"k", "split_offsets": [4, 5], **more}
        return {"status": status, "snapshot_id": None, "sequence_number": None if status == 1 else 5,
                "file_sequence_number": None if status == 1 else 5, "data_file": file}

    name = "v3-data-deflate.avro"
    with open(HERE / name, "wb") as out:
        lines = [line(1, 1), line(0, 2, first_row_id=70), line(2, 3), line(1, 4)] + [line(1, n) for n in range(10, 40)]
        fastavro.writer(out, schema, lines, codec="deflate", metadata=meta | {"content": "data"}, sync_interval=300)
    note(name)
    name = "v3-deletes-zstandard.avro"
    with open(HERE / name, "wb") as out:
        vector = dict(content=1, format="PUFFIN", referenced_data_file="s3://lake/v3/1", content_offset=4, content_size_in_bytes=43)
        fastavro.writer(out, schema, [line(1, 1, **vector), line(0, 2, content=2, equality_ids=[3, -1, 2147483647])], codec="zstandard",
                        metadata=meta | {"content": "deletes"})
    note(name)
    name = "v3-list-snappy.avro"
    list_schema = {"type": "record", "name": "manifest_file", "fields": [
        field(500, "manifest_path", "string"), field(501, "manifest_length", "long"), field(502, "partition_spec_id", "int"),
        field(517, "content", "int"), field(515, "sequence_number", "long"), field(516, "min_sequence_number", "long"),
        field(503, "added_snapshot_id", "long"), field(504, "added_files_count", "int"), field(505, "existing_files_count", "int"),
        field(506, "deleted_files_count", "int"), field(512, "added_rows_count", "long"), field(513, "existing_rows_count", "long"),
        field(514, "deleted_rows_count", "long"),
        field(507, "partitions", {"type": "array", "element-id": 508, "items": {"type": "record", "name": "r508", "fields": [
            field(509, "contains_null", "boolean"), field(518, "contains_nan", "boolean", True), field(510, "lower_bound", "bytes", True),
            field(511, "upper_bound", "bytes", True)]}}, True),
        field(519, "key_metadata", "bytes", True), field(520, "first_row_id", "long", True)]}
    counts = dict(added_files_count=1, existing_files_count=2, deleted_files_count=3, added_rows_count=4, existing_rows_count=5,
                  deleted_rows_count=6)
    summary = {"contains_null": True, "contains_nan": False, "lower_bound": b"a", "upper_bound": None}
    with open(HERE / name, "wb") as out:
        fastavro.writer(out, list_schema, [
            {"manifest_path": "s3://lake/v3/m1.avro", "manifest_length": 1, "partition_spec_id": 0, "content": 0, "sequence_number": 6,
             "min_sequence_number": 5, "added_snapshot_id": SNAPSHOT, "partitions": [summary, summary], "first_row_id": 1000, **counts},
            {"manifest_path": "s3://lake/v3/m2.avro", "manifest_length": 2, "partition_spec_id": 0, "content": 1, "sequence_number": 6,
             "min_sequence_number": 6, "added_snapshot_id": SNAPSHOT, "partitions": None, "first_row_id": None, **counts}], codec="snappy")
    note(name)


for version in (1, 2):
    for codec in ("null", "deflate", "zstandard", "snappy"):
        pyiceberg_files(version, codec)
v3_files()
(HERE / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")

"""Makes the Parquet files beside this file with pyarrow 26 (pip install 'pyarrow==26.0.1').

The same rows in every encoding, codec and page version that the reader knows; `expected.json` holds the rows as pyarrow reads them back,
binary as hexadecimal. Usage: python make.py FOLDER
"""

import json
import pathlib
import random
import sys

import pyarrow as pa
import pyarrow.parquet as pq

out = pathlib.Path(sys.argv[1])
random.seed(7)
schema = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("small", pa.int32()),
        pa.field("ok", pa.bool_()),
        pa.field("ratio", pa.float32()),
        pa.field("exact", pa.float64()),
        pa.field("name", pa.string()),
        pa.field("raw", pa.binary(4)),
        pa.field("tags", pa.map_(pa.string(), pa.string())),
        pa.field("lists", pa.list_(pa.list_(pa.int64()))),
        pa.field("inner", pa.struct([pa.field("a", pa.int64()), pa.field("deep", pa.struct([pa.field("words", pa.list_(pa.string()))]))])),
    ]
)


def maybe(value):
    return None if random.random() < 0.3 else value


def row(i):
    return {
        "id": i * 1_000_003 - 4_000_000,
        "small": maybe(random.choice([-(2**31), 2**31 - 1, i])),
        "ok": maybe(i % 3 == 0),
        "ratio": maybe(i / 4),
        "exact": maybe(i / 8),
        "name": maybe("prefix-" + str(i // 3)),
        "raw": maybe(i.to_bytes(4, "big")),
        "tags": maybe([(f"k{j}", maybe(f"v{j}")) for j in range(i % 4)]),
        "lists": maybe([maybe([maybe(j) for j in range(random.randrange(4))]) for _ in range(random.randrange(3))]),
        "inner": maybe({"a": maybe(i), "deep": maybe({"words": maybe([maybe("w") for _ in range(random.randrange(3))])})}),
    }


table = pa.Table.from_pylist([row(i) for i in range(300)], schema=schema)
delta = {
    "id": "DELTA_BINARY_PACKED", "small": "DELTA_BINARY_PACKED", "name": "DELTA_BYTE_ARRAY", "tags.key_value.key": "DELTA_LENGTH_BYTE_ARRAY",
    "tags.key_value.value": "DELTA_BYTE_ARRAY", "lists.list.element.list.element": "DELTA_BINARY_PACKED", "raw": "DELTA_BYTE_ARRAY",
    "ok": "RLE",
}
variants = {
    "plain": {"compression": "none", "use_dictionary": False, "data_page_size": 300},
    "dictionary": {"compression": "snappy", "row_group_size": 90},
    "v2": {"compression": "gzip", "data_page_version": "2.0", "data_page_size": 300, "use_dictionary": ["name"]},
    "delta": {"compression": "zstd", "data_page_version": "2.0", "use_dictionary": False, "column_encoding": delta},
    "old": {"compression": "none", "version": "1.0", "use_compliant_nested_type": False, "row_group_size": 128},
}
rows = None
for name, options in variants.items():
    pq.write_table(table, out / f"{name}.parquet", **{"write_batch_size": 16} | options)
    back = pq.read_table(out / f"{name}.parquet").to_pylist()
    assert rows is None or back == rows, name
    rows = back
    # A few rows of it, small enough to be damaged in every place.
    options |= {"row_group_size": 4, "data_page_size": 60, "write_batch_size": 2}
    pq.write_table(table.slice(0, 7), out / f"few-{name}.parquet", store_schema=False, write_statistics=False, **options)
pq.write_table(table.slice(0, 0), out / "empty.parquet")
pq.write_table(table.slice(0, 3), out / "brotli.parquet", compression="brotli")
(out / "expected.json").write_text("[\n" + ",\n".join(json.dumps(r, default=lambda b: b.hex(), separators=(",", ":")) for r in rows) + "\n]\n")

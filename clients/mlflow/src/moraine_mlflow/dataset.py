"""The dataset that a run is told to have read."""

import json
from typing import Any, Optional, Union

from mlflow.data.dataset import Dataset
from mlflow.types import ColSpec, DataType, Schema
from mlflow.types.schema import AnyType, Array, Map, Object, Property

from moraine_mlflow.source import IcebergDatasetSource, scan_of


class IcebergDataset(Dataset):
    """Rows of one snapshot of an Iceberg table. They are not read for it."""

    _source: IcebergDatasetSource

    def __init__(
        self, source: IcebergDatasetSource, schema: Schema, profile: dict[str, int], name: Optional[str] = None, digest: Optional[str] = None
    ) -> None:
        self._schema = schema
        self._profile = profile
        super().__init__(source=source, name=name or ".".join(source.identifier), digest=digest)

    def _compute_digest(self) -> str:
        return self._source.digest()

    @property
    def source(self) -> IcebergDatasetSource:
        return self._source

    @property
    def schema(self) -> Schema:
        """The columns that are read."""
        return self._schema

    @property
    def profile(self) -> dict[str, int]:
        """Rows, files and bytes of the whole snapshot, from its summary; a filter may leave fewer."""
        return self._profile

    def to_dict(self) -> dict[str, str]:
        schema = json.dumps({"mlflow_colspec": self.schema.to_dict()})
        return {**super().to_dict(), "schema": schema, "profile": json.dumps(self.profile)}


def from_iceberg(
    source: Any, ref: Optional[str] = None, name: Optional[str] = None, digest: Optional[str] = None
) -> IcebergDataset:
    """The dataset of a pyiceberg Table or DataScan, as it is at this moment.

    - ref: the branch or tag that was asked for. Of a table it is what is read; of a scan, which forgets it, it is only checked.
    - name: the table's, unless given.
    - digest: of table, snapshot, filter and columns, unless given.
    """
    scan, _ = scan_of(source, ref)
    return IcebergDataset(
        IcebergDatasetSource.of(source, ref), _schema(scan.projection()), _profile(scan.snapshot()), name=name, digest=digest
    )


def _profile(snapshot: Any) -> dict[str, int]:
    words = {"total-records": "num_rows", "total-data-files": "num_files", "total-delete-files": "num_delete_files", "total-files-size": "size_bytes"}
    summary = snapshot.summary
    found = {word: summary[key] for key, word in words.items() if summary is not None and summary[key] is not None}
    # A summary is what the writer said.
    return {word: int(value) for word, value in found.items() if str(value).isdecimal()}


def _schema(schema: Any) -> Schema:
    return Schema([ColSpec(_type(field.field_type), field.name, required=field.required) for field in schema.fields])


def _type(kind: Any) -> Union[DataType, Array, Map, Object, AnyType]:
    """MLflow's nearest. What it has none for, such as decimals, is text there."""
    from pyiceberg import types

    if isinstance(kind, types.StructType):
        return Object([Property(field.name, _type(field.field_type), required=field.required) for field in kind.fields])
    if isinstance(kind, types.ListType):
        return Array(_type(kind.element_type))
    if isinstance(kind, types.MapType):
        return Map(_type(kind.value_type)) if isinstance(kind.key_type, types.StringType) else AnyType()
    nearest: dict[type, DataType] = {
        types.BooleanType: DataType.boolean,
        types.IntegerType: DataType.integer,
        types.LongType: DataType.long,
        types.FloatType: DataType.float,
        types.DoubleType: DataType.double,
        types.BinaryType: DataType.binary,
        types.FixedType: DataType.binary,
        types.DateType: DataType.datetime,
        types.TimestampType: DataType.datetime,
        types.TimestamptzType: DataType.datetime,
    }
    return nearest.get(type(kind), DataType.string)

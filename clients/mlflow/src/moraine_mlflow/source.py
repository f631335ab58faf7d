"""The source of a dataset: a table's snapshot, and what was read of it."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlflow.data.dataset_source import DatasetSource

from moraine_mlflow.catalogs import open_catalog, without_credentials

if TYPE_CHECKING:
    import pyarrow
    from pyiceberg.catalog import Catalog
    from pyiceberg.schema import Schema
    from pyiceberg.table import DataScan, Table


@dataclass(frozen=True)
class IcebergDatasetSource(DatasetSource):
    """A snapshot of an Iceberg table, and which rows and columns of it."""

    #: Where the catalog is, without credentials; None for a table that was opened by its metadata file.
    catalog_uri: str | None
    warehouse: str | None
    #: Namespace, level by level, and name.
    identifier: tuple[str, ...]
    table_uuid: str
    snapshot_id: int
    #: The branch or tag that was asked for; None when the snapshot was named by its id.
    ref: str | None
    #: The metadata file that the table was read by; None when made from a scan, which does not know it.
    metadata_location: str | None
    #: Of the schema that rows were read with.
    schema_id: int
    #: A JSON expression of the Iceberg REST specification; None for all rows.
    row_filter: Any = None
    #: None for all columns.
    selected_fields: tuple[str, ...] | None = None
    case_sensitive: bool = True
    #: At most so many rows, whichever come first; None for all.
    limit: int | None = None

    @staticmethod
    def _get_source_type() -> str:
        return "iceberg"

    @classmethod
    def of(cls, source: Table | DataScan, ref: str | None = None) -> IcebergDatasetSource:
        """What a table or a scan stands for at this moment.

        - ref: the branch or tag that was asked for. pyiceberg's scans forget it; it must lead to the snapshot that the scan reads.

        Raises ValueError for a table without snapshots, a snapshot that is not there, and a ref that leads elsewhere.
        """
        from pyiceberg.expressions import AlwaysTrue

        from moraine_mlflow import filters

        scan, location = scan_of(source, ref)
        if scan.table_identifier is None:
            raise ValueError("The scan does not say which table it is of; make it with Table.scan()")
        snapshot = scan.snapshot()
        if snapshot is None:
            what = "no snapshot yet" if scan.snapshot_id is None else f"no snapshot {scan.snapshot_id}"
            raise ValueError(f"The table {'.'.join(scan.table_identifier)} has {what}: nothing was read")
        if ref is not None:
            named = scan.table_metadata.snapshot_by_name(ref)
            if named is None or named.snapshot_id != snapshot.snapshot_id:
                raise ValueError(f"The ref {ref} does not lead to snapshot {snapshot.snapshot_id}, which the scan reads")
        elif scan.snapshot_id is None:
            ref = "main"
        schema = _whole_schema(scan)
        properties = scan.catalog.properties if scan.catalog is not None else {}
        uri = properties.get("uri")
        everything = isinstance(scan.row_filter, AlwaysTrue)
        return cls(
            catalog_uri=without_credentials(uri) if uri else None,
            warehouse=properties.get("warehouse"),
            identifier=tuple(scan.table_identifier),
            table_uuid=str(scan.table_metadata.table_uuid),
            snapshot_id=snapshot.snapshot_id,
            ref=ref,
            metadata_location=location,
            schema_id=schema.schema_id,
            row_filter=None if everything else filters.to_json(scan.row_filter, schema, scan.case_sensitive),
            selected_fields=None if "*" in scan.selected_fields else tuple(scan.selected_fields),
            case_sensitive=scan.case_sensitive,
            limit=scan.limit,
        )

    # What MLflow calls.

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        # Whoever holds a table has imported this; others need not wait for it.
        module = sys.modules.get("pyiceberg.table")
        return module is not None and isinstance(raw_source, (module.Table, module.DataScan))

    @classmethod
    def _resolve(cls, raw_source: Any) -> IcebergDatasetSource:
        return cls.of(raw_source)

    def to_dict(self) -> dict[str, Any]:
        """As it is recorded. The snapshot's id is text: many readers of JSON round whole numbers of 64 bits."""
        document = {
            "catalog_uri": self.catalog_uri,
            "warehouse": self.warehouse,
            "identifier": list(self.identifier),
            "table_uuid": self.table_uuid,
            "snapshot_id": str(self.snapshot_id),
            "ref": self.ref,
            "metadata_location": self.metadata_location,
            "schema_id": self.schema_id,
            "row_filter": self.row_filter,
            "selected_fields": list(self.selected_fields) if self.selected_fields is not None else None,
            "case_sensitive": None if self.case_sensitive else False,
            "limit": self.limit,
        }
        return {key: value for key, value in document.items() if value is not None}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> IcebergDatasetSource:
        fields = source_dict.get("selected_fields")
        return cls(
            catalog_uri=source_dict.get("catalog_uri"),
            warehouse=source_dict.get("warehouse"),
            identifier=tuple(source_dict["identifier"]),
            table_uuid=source_dict["table_uuid"],
            snapshot_id=int(source_dict["snapshot_id"]),
            ref=source_dict.get("ref"),
            metadata_location=source_dict.get("metadata_location"),
            schema_id=int(source_dict["schema_id"]),
            row_filter=source_dict.get("row_filter"),
            selected_fields=tuple(fields) if fields is not None else None,
            case_sensitive=source_dict.get("case_sensitive", True),
            limit=source_dict.get("limit"),
        )

    def digest(self) -> str:
        """32 hexadecimal digits of which rows and columns these are: equal wherever and by whatever name they were read."""
        parts = {
            "table_uuid": self.table_uuid,
            "snapshot_id": str(self.snapshot_id),
            "schema_id": self.schema_id,
            "row_filter": self.row_filter,
            "selected_fields": self.selected_fields,
            "case_sensitive": self.case_sensitive,
            "limit": self.limit,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:32]

    # Reading it again.

    def load(self, catalog: Catalog | None = None, **properties: str) -> pyarrow.Table:
        """The very rows and columns that were recorded, wherever the table has moved since. See `scan`."""
        return self.scan(catalog, **properties).to_arrow()

    def scan(self, catalog: Catalog | None = None, **properties: str) -> DataScan:
        """A scan of what was recorded.

        - catalog: where the table is; else the recorded address, with the credentials that pyiceberg's configuration has for it.
        - properties: of that catalog, such as token.

        Raises ValueError when another table has the name now, or when the snapshot is gone.
        """
        from pyiceberg.expressions import AlwaysTrue
        from pyiceberg.table import DataScan

        from moraine_mlflow import filters

        if catalog is None:
            if self.catalog_uri is None:
                raise ValueError("It is not recorded where the catalog is; give one")
            catalog = open_catalog(self.catalog_uri, self.warehouse, properties)
        table = catalog.load_table(self.identifier)
        name = ".".join(self.identifier)
        if str(table.metadata.table_uuid) != self.table_uuid:
            raise ValueError(f"The table {name} is another than the one that was read: {table.metadata.table_uuid}, not {self.table_uuid}")
        if table.metadata.snapshot_by_id(self.snapshot_id) is None:
            raise ValueError(f"The snapshot {self.snapshot_id} of the table {name} is gone")
        schema = next((schema for schema in table.metadata.schemas if schema.schema_id == self.schema_id), None)
        if schema is None:
            raise ValueError(f"The schema {self.schema_id} of the table {name} is gone")
        # pyiceberg reads a snapshot with the schema that it was written with, which need not be the one that it was read with.
        snapshots = [
            snapshot.model_copy(update={"schema_id": self.schema_id}) if snapshot.snapshot_id == self.snapshot_id else snapshot
            for snapshot in table.metadata.snapshots
        ]
        return DataScan(
            table_metadata=table.metadata.model_copy(update={"snapshots": snapshots}),
            io=table.io,
            row_filter=AlwaysTrue() if self.row_filter is None else filters.from_json(self.row_filter, schema, self.case_sensitive),
            selected_fields=("*",) if self.selected_fields is None else self.selected_fields,
            case_sensitive=self.case_sensitive,
            snapshot_id=self.snapshot_id,
            limit=self.limit,
        )


def scan_of(source: Table | DataScan, ref: str | None) -> tuple[DataScan, str | None]:
    """The scan that a table, at a ref, or a scan stands for, and the metadata file where that is known."""
    from pyiceberg.table import DataScan, Table

    if isinstance(source, Table):
        return (source.scan() if ref is None else source.scan().use_ref(ref)), source.metadata_location
    if isinstance(source, DataScan):
        return source, None
    raise TypeError(f"Expected a pyiceberg Table or DataScan, found {type(source).__name__}")


def _whole_schema(scan: DataScan) -> Schema:
    """The schema that a scan reads with, before columns are chosen: a chosen one has lost its id."""
    return scan.update(selected_fields=("*",)).projection()

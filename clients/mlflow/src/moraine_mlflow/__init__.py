"""Records in MLflow exactly which snapshot of an Iceberg table a run read, and reads it again."""

# MLflow loads the entry points of this package while it is imported itself. It comes first, so that they find whole modules.
import mlflow.data  # noqa: F401

from moraine_mlflow.dataset import IcebergDataset, from_iceberg
from moraine_mlflow.source import IcebergDatasetSource

__all__ = ["IcebergDataset", "IcebergDatasetSource", "from_iceberg"]

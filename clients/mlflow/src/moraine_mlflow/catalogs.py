"""Where a table's catalog is, and how it is reached again: with credentials of one's own, never with recorded ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog


def without_credentials(uri: str) -> str:
    """The URI without user, password, query and fragment, any of which may hold a secret."""
    address = re.split("[?#]", uri, maxsplit=1)[0]
    scheme, colon, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    return scheme + colon + authority.rpartition("@")[2] + slash + path


def open_catalog(uri: str, warehouse: str | None, properties: dict[str, str]) -> Catalog:
    """The catalog at a recorded address.

    pyiceberg's configuration is searched for a catalog at the same address, and its credentials are used. A run may have been
    recorded by anyone, so the credentials of a catalog elsewhere are never sent to the address that it names.
    """
    from pyiceberg.catalog import AVAILABLE_CATALOGS, CatalogType, infer_catalog_type

    name, configured = _configured(uri, warehouse)
    merged = {"uri": uri, **({"warehouse": warehouse} if warehouse else {}), **configured, **properties}
    kind = CatalogType(merged["type"].lower()) if "type" in merged else infer_catalog_type(name, dict(merged))
    if kind is None:
        raise ValueError(f"What kind of catalog {uri} is cannot be told; give the property type")
    return AVAILABLE_CATALOGS[kind](name, merged)


def _configured(uri: str, warehouse: str | None) -> tuple[str, dict[str, str]]:
    from pyiceberg.utils.config import Config

    configuration = Config()
    nearest: tuple[str, dict[str, str]] | None = None
    for name in configuration.get_known_catalogs():
        found = {key: str(value) for key, value in (configuration.get_catalog_config(name) or {}).items() if value is not None}
        if "uri" not in found or without_credentials(found["uri"]).rstrip("/") != uri.rstrip("/"):
            continue
        if found.get("warehouse") == warehouse:
            return name, found
        nearest = nearest or (name, {key: value for key, value in found.items() if key != "warehouse"})
    return nearest or ("moraine", {})

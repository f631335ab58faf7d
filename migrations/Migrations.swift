/// The migrations in order: name and script. A landed one is never edited; a change is a new file, named here and in `Package.swift`.
package let migrations: [(name: String, sql: [UInt8])] = [
  ("0001_catalog", PackageResources._001_catalog_sql),
  ("0002_zones", PackageResources._002_zones_sql),
  ("0003_access", PackageResources._003_access_sql),
  ("0004_stewardship", PackageResources._004_stewardship_sql),
  ("0005_contracts", PackageResources._005_contracts_sql),
  ("0006_datasets", PackageResources._006_datasets_sql),
  ("0007_search", PackageResources._007_search_sql),
  ("0008_events", PackageResources._008_events_sql),
  ("0009_models", PackageResources._009_models_sql),
  ("0010_lineage", PackageResources._010_lineage_sql),
  ("0011_retention", PackageResources._011_retention_sql),
  ("0012_refresh", PackageResources._012_refresh_sql),
  ("0013_features", PackageResources._013_features_sql),
  ("0014_search_speed", PackageResources._014_search_speed_sql),
  ("0015_tag_suggestions", PackageResources._015_tag_suggestions_sql),
  ("0016_models_are_objects", PackageResources._016_models_are_objects_sql),
]

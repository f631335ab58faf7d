/// The migrations in order: name and script. A landed one is never edited; a change is a new file, named here and in `Package.swift`.
package let migrations: [(name: String, sql: [UInt8])] = [
  ("0001_catalog", PackageResources._001_catalog_sql),
  ("0002_zones", PackageResources._002_zones_sql),
  ("0003_access", PackageResources._003_access_sql),
  ("0006_datasets", PackageResources._006_datasets_sql),
]

// The schema's history, in order. Each file is embedded in the binary when it is built.
package let migrations: [(name: String, sql: [UInt8])] = [
  ("0001_catalog", PackageResources._001_catalog_sql)
]

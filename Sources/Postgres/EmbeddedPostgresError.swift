/// Why a private PostgreSQL could not be had.
package enum EmbeddedPostgresError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No `/usr/lib/postgresql/*/bin` with the programs we need (of the version the data folder was made by, if one is given).
  case programsMissing(version: Int?)
  /// Another server of ours has the folder.
  case folderInUse(String)
  /// A file operation on the data folder failed.
  case folder(String)
  case cannotStart(String)
  /// It ended, or was not ready in time; with the end of its log.
  case failed(String, log: String)

  package var description: String {
    switch self {
    case .programsMissing(nil): "no PostgreSQL in /usr/lib/postgresql: install the package postgresql (version 15 or later)"
    case .programsMissing(let version?):
      "the data folder was made by PostgreSQL \(version), which is not in /usr/lib/postgresql: install postgresql-\(version), or pg_upgrade the folder"
    case .folderInUse(let folder): "another server uses \(folder)"
    case .folder(let message), .cannotStart(let message): message
    case .failed(let message, let log): "PostgreSQL did not start: \(message)\(log.isEmpty ? "" : "; its log ends with:\n\(log)")"
    }
  }
}

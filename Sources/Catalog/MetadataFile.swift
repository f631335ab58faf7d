import CatalogStore
import Compression
import Iceberg
import Logging
import ObjectStorage
import Postgres

/// The names and the reading and writing of metadata files (table spec, "File System Tables" and "Metastore Tables").
enum MetadataFile {
  /// Where the next metadata file goes: `<location>/metadata/<version>-<uuid>.metadata.json`, or below `write.metadata.path`.
  ///
  /// - Parameter previous: the present metadata file, whose version this one follows; `nil` for the first.
  static func next(
    in storage: WarehouseStorage, location: String, properties: [String: String], after previous: String?
  ) throws -> ObjectLocation {
    let folder: ObjectLocation
    if let path = properties["write.metadata.path"] {
      folder = try storage.location(path, of: "property write.metadata.path")
    } else {
      folder = try storage.location(location, of: "location").appending("metadata")
    }
    let version = previous.flatMap(self.version).map { $0 + 1 } ?? 0
    let padded = String(repeating: "0", count: max(0, 5 - String(version).count)) + String(version)
    let codec = properties["write.metadata.compression-codec"]?.lowercased() ?? "none"
    guard ["none", "gzip"].contains(codec) else {
      throw CatalogError.badRequest("The property write.metadata.compression-codec is \"\(codec)\"; it may be none or gzip")
    }
    return try folder.appending("\(padded)-\(PostgresUUID.random())\(codec == "gzip" ? ".gz" : "").metadata.json")
  }

  /// The number that a metadata file's name begins with.
  static func version(of location: String) -> Int? {
    let bytes = location.utf8
    let name = bytes[(bytes.lastIndex(of: UInt8(ascii: "/")).map(bytes.index(after:)) ?? bytes.startIndex)...]
    guard let dash = name.firstIndex(of: UInt8(ascii: "-")) else { return nil }
    let digits = location[name.startIndex..<dash]
    return Int(digits).flatMap { $0 >= 0 && $0 < 1 << 40 ? $0 : nil }
  }

  static func write(_ document: [UInt8], to location: ObjectLocation, in storage: WarehouseStorage) async throws {
    let bytes = isCompressed(location.description) ? try Gzip.compress(document) : document
    do {
      try await storage.objects.create(location, bytes)
    } catch {
      throw CatalogError.unavailable("The metadata file could not be written: \(error)")
    }
  }

  /// - Throws: ``CatalogError/fileNotFound(_:)``, ``CatalogError/badRequest(_:)`` for a location outside the warehouse.
  static func read(_ text: String, in storage: WarehouseStorage, maximumSizeBytes: Int) async throws -> [UInt8] {
    let location = try storage.location(text, of: "metadata location")
    do throws(ObjectStoreError) {
      let bytes = try await storage.objects.read(location, maximumSizeBytes: maximumSizeBytes)
      guard isCompressed(text) || bytes.starts(with: [0x1F, 0x8B]) else { return bytes }
      do throws(CompressionError) {
        return try Gzip.decompress(bytes, maximumSizeBytes: maximumSizeBytes)
      } catch {
        throw ObjectStoreError.other("\(text) is not a gzip file: \(error)")
      }
    } catch {
      switch error {
      case .notFound: throw CatalogError.fileNotFound("Failed to open input stream for file: \(text)")
      case .tooLarge, .other: throw CatalogError.badRequest("The metadata file cannot be read: \(error)")
      default: throw CatalogError.unavailable("The metadata file cannot be read: \(error)")
      }
    }
  }

  private static func isCompressed(_ location: String) -> Bool {
    location.hasSuffix(".gz.metadata.json") || location.hasSuffix(".metadata.json.gz")
  }
}

/// A metadata file that a commit is about to point at.
struct PendingFile: Sendable {
  let location: ObjectLocation
  let document: [UInt8]
  let storage: WarehouseStorage
}

extension Catalog {
  /// Writes metadata files, then runs the transaction that points at them.
  ///
  /// ```
  /// write files ──► swap pointer ──► known to be done      files stay
  ///       │              ├─────────► known to have failed  files are removed
  ///       │              └─────────► nobody knows          files stay; the sweep looks again later
  ///       └ failed ──────────────────────────────────────► files are removed
  /// ```
  /// - Returns: what `transaction` returns: whether it happened.
  func withMetadataFiles(_ files: [PendingFile], _ transaction: () async throws -> Bool) async throws -> Bool {
    for file in files where file.document.count > options.maximumMetadataSizeBytes {
      throw CatalogError.unprocessable(
        "The metadata would have \(file.document.count) bytes; \(options.maximumMetadataSizeBytes) are allowed. Expire snapshots or remove properties"
      )
    }
    do {
      for file in files { try await MetadataFile.write(file.document, to: file.location, in: file.storage) }
      let isDone = try await transaction()
      if !isDone { await discard(files) }
      return isDone
    } catch CatalogError.stateUnknown(let message) {
      throw CatalogError.stateUnknown(message)
    } catch {
      await discard(files)
      throw error
    }
  }

  private func discard(_ files: [PendingFile]) async {
    for file in files {
      do {
        try await file.storage.objects.delete([file.location])
      } catch {
        logger.warning("a metadata file of a failed commit stays behind until the sweep", metadata: ["file": "\(file.location)"])
      }
    }
  }
}

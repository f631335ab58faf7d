import Iceberg
import JSON

/// What an instant's file says of its write (Hudi, `HoodieCommitMetadata`).
package struct HudiCommit: Hashable, Sendable {
  /// Files written, and their bytes.
  package private(set) var fileCount: Int64 = 0
  package private(set) var sizeBytes: Int64 = 0
  /// Rows in the files written; rows that were only carried along count, too.
  package private(set) var rowCount: Int64 = 0
  package private(set) var insertedRowCount: Int64 = 0
  package private(set) var updatedRowCount: Int64 = 0
  package private(set) var deletedRowCount: Int64 = 0
  /// The files written. Those that hold changes may grow afterwards, so of them no size is said.
  package private(set) var files: [LiveFile] = []
  /// Such as `UPSERT` or `INSERT_OVERWRITE_TABLE`.
  package private(set) var operation: String?
  /// The table's Avro schema; not every operation writes it.
  private(set) var schemaText: String?

  /// Reads JSON, as Hudi 0.x writes it, or Avro, as 1.x does. An empty file says nothing.
  init(_ bytes: [UInt8]) throws(TableFormatError) {
    if bytes.isEmpty { return }
    if bytes.starts(with: [0x4F, 0x62, 0x6A, 0x01]) {
      do throws(AvroError) {
        try readAvro(bytes)
      } catch {
        throw TableFormatError(error.reason == .tooLarge ? .tooLarge : .malformed, error.description)
      }
    } else {
      do throws(JSONError) {
        try readJSON(bytes)
      } catch {
        throw .malformed(error.description)
      }
    }
  }

  private mutating func readJSON(_ bytes: [UInt8]) throws(JSONError) {
    let root = try JSONDocument(parsing: bytes).root.object()
    if let partitions = try root.optional("partitionToWriteStats")?.object() {
      for partition in partitions {
        for json in try partition.value.array() {
          let stat = try json.object()
          try add { name throws(JSONError) in try stat.optional(name)?.int64() }
          let (path, size) = (try stat.optional("path")?.string(), try stat.optional("fileSizeInBytes")?.int64())
          if let path { addFile(path, size) }
        }
      }
    }
    operation = try root.optional("operationType")?.string()
    schemaText = try root.optional("extraMetadata")?.object().optional("schema")?.string()
  }

  private static let kept: Set<String> = [
    "partitionToWriteStats", "extraMetadata", "operationType", "totalWriteBytes", "numWrites", "numInserts", "numUpdateWrites",
    "numDeletes", "path", "fileSizeInBytes",
  ]

  private mutating func readAvro(_ bytes: [UInt8]) throws(AvroError) {
    var records = try AvroValueReader(bytes, keeping: Self.kept)
    guard let record = try records.next() else { return }
    for stats in record["partitionToWriteStats"].members.values {
      for stat in stats.items {
        add { stat["\($0)"].int }
        if let path = stat["path"].text { addFile(path, stat["fileSizeInBytes"].int) }
      }
    }
    operation = record["operationType"].text
    schemaText = record["extraMetadata"]["schema"].text
  }

  private mutating func addFile(_ path: String, _ sizeBytes: Int64?) {
    let isLog = path.split(separator: "/").last?.contains(".log.") == true
    files.append(LiveFile(path: path, sizeBytes: isLog ? nil : sizeBytes.flatMap { $0 > 0 ? $0 : nil }, rowCount: nil))
  }

  /// Adds what one file's statistics say.
  private mutating func add<Failure>(_ number: (StaticString) throws(Failure) -> Int64?) throws(Failure) {
    fileCount += 1
    try Self.add(number("totalWriteBytes"), to: &sizeBytes)
    try Self.add(number("numWrites"), to: &rowCount)
    try Self.add(number("numInserts"), to: &insertedRowCount)
    try Self.add(number("numUpdateWrites"), to: &updatedRowCount)
    try Self.add(number("numDeletes"), to: &deletedRowCount)
  }

  private static func add(_ value: Int64?, to total: inout Int64) {
    let (sum, overflow) = total.addingReportingOverflow(max(0, value ?? 0))
    total = overflow ? .max : sum
  }
}

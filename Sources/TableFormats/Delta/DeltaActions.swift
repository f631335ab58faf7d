import JSON

/// A file of the table or its end. A file is one by its path and by which of its rows are marked as deleted.
struct DeltaFile {
  let key: String
  let sizeBytes: Int64
  /// Rows less those that are deleted; `nil` when it is not said.
  let rowCount: Int64?

  let hasVector: Bool

  init(path: String, vector: DeletionVector?, sizeBytes: Int64, recordCount: Int64?) {
    key = percentDecoded(path) + (vector.map { "\u{0}" + $0.id } ?? "")
    hasVector = vector != nil
    self.sizeBytes = max(0, sizeBytes)
    rowCount = recordCount.map { max(0, $0 &- (vector?.cardinality ?? 0)) }
  }

  var live: LiveFile {
    let path = hasVector ? key.utf8.firstIndex(of: 0).map { String(key[..<$0]) } ?? key : key
    return LiveFile(path: path, sizeBytes: sizeBytes, rowCount: rowCount, hasDeletionVector: hasVector)
  }

  struct DeletionVector {
    /// Unique among those of one file (PROTOCOL.md, "Deletion Vector Descriptor Schema").
    let id: String
    let cardinality: Int64

    init(storage: String, path: String, offset: Int64?, cardinality: Int64) {
      id = storage + path + (offset.map { "@\($0)" } ?? "")
      self.cardinality = max(0, cardinality)
    }
  }

  /// `numRecords` of the statistics. Some writers put numbers into them that JSON does not know: then nothing is said.
  static func recordCount(statistics: String) -> Int64? {
    let document = try? JSONDocument(parsing: Array(statistics.utf8), limits: .lenient)
    return try? document?.root.object().optional("numRecords")?.int64()
  }
}

extension JSONLimits {
  /// Paths and statistics may hold U+0000; they are not stored.
  static let lenient = JSONLimits(allowsNUL: true)
}

/// The path without percent-escapes: writers differ in what they escape.
func percentDecoded(_ path: String) -> String {
  guard path.utf8.contains(UInt8(ascii: "%")) else { return path }
  var bytes: [UInt8] = []
  var rest = Array(path.utf8)[...]
  while let byte = rest.popFirst() {
    let digits = rest.prefix(2)
    if byte == UInt8(ascii: "%"), digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    {
      bytes.append(value)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// One thing that a log says (PROTOCOL.md, "Actions"), as far as it matters here.
enum DeltaAction {
  case add(DeltaFile)
  case remove(DeltaFile)
  case metadata(DeltaMetadata)
  case protocolVersion(DeltaProtocol)
  case commit(DeltaCommit)
  /// The path of a file that holds a part of the checkpoint.
  case sidecar(String)
}

// MARK: In commits, and in checkpoints that are JSON

extension DeltaAction {
  /// - Returns: `nil` for actions that do not matter here.
  init?(json: JSONValue) throws(JSONError) {
    let action = try json.object()
    if let add = action.optional("add") {
      self = .add(try DeltaFile(json: add))
    } else if let remove = action.optional("remove") {
      self = .remove(try DeltaFile(json: remove))
    } else if let metadata = action.optional("metaData") {
      self = .metadata(try DeltaMetadata(json: metadata))
    } else if let version = action.optional("protocol") {
      self = .protocolVersion(try DeltaProtocol(json: version))
    } else if let commit = action.optional("commitInfo") {
      self = .commit(try DeltaCommit(json: commit))
    } else if let sidecar = action.optional("sidecar") {
      self = .sidecar(try sidecar.object().required("path").string())
    } else {
      return nil
    }
  }
}

extension DeltaFile {
  init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    var vector: DeletionVector?
    if let descriptor = try object.optional("deletionVector")?.object() {
      vector = DeletionVector(
        storage: try descriptor.required("storageType").string(), path: try descriptor.required("pathOrInlineDv").string(),
        offset: try descriptor.optional("offset")?.int64(), cardinality: try descriptor.required("cardinality").int64())
    }
    self.init(
      path: try object.required("path").string(), vector: vector, sizeBytes: try object.optional("size")?.int64() ?? 0,
      recordCount: try object.optional("stats").flatMap { stats throws(JSONError) in DeltaFile.recordCount(statistics: try stats.string()) }
    )
  }
}

extension DeltaMetadata {
  init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    id = try object.required("id").string()
    name = try object.optional("name")?.string()
    description = try object.optional("description")?.string()
    schemaText = try object.required("schemaString").string()
    partitionColumns = try object.optional("partitionColumns")?.array().decode { name throws(JSONError) in try name.string() } ?? []
    configuration = try object.optional("configuration")?.object().strings() ?? [:]
    createdAtMs = try object.optional("createdTime")?.int64()
  }
}

extension DeltaProtocol {
  init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    minimumReaderVersion = try object.required("minReaderVersion").int32()
    minimumWriterVersion = try object.required("minWriterVersion").int32()
    readerFeatures = try object.optional("readerFeatures")?.array().decode { name throws(JSONError) in try name.string() } ?? []
    writerFeatures = try object.optional("writerFeatures")?.array().decode { name throws(JSONError) in try name.string() } ?? []
  }
}

extension DeltaCommit {
  /// Nothing in it is prescribed, so what is not as expected is as if it were not there.
  init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    timestampMs = (try? object.optional("inCommitTimestamp")?.int64()) ?? (try? object.optional("timestamp")?.int64())
    operation = try? object.optional("operation")?.string()
    userName = try? object.optional("userName")?.string()
    engine = try? object.optional("engineInfo")?.string()
  }
}

// MARK: In checkpoints that are Parquet

extension DeltaAction {
  /// The columns that are read. What a checkpoint removed is gone already.
  static let wantedColumns: Set<String> = [
    "add.path", "add.size", "add.stats", "add.stats_parsed.numRecords", "add.deletionVector", "metaData", "protocol", "sidecar.path",
  ]

  /// - Returns: `nil` for actions that do not matter here.
  init?(_ row: ParquetRecord) throws(TableFormatError) {
    if !row["add"].isNull {
      self = .add(try DeltaFile(row["add"]))
    } else if !row["metaData"].isNull {
      self = .metadata(try DeltaMetadata(row["metaData"]))
    } else if !row["protocol"].isNull {
      self = .protocolVersion(try DeltaProtocol(row["protocol"]))
    } else if !row["sidecar"].isNull {
      self = .sidecar(try required(row["sidecar"]["path"].text, "sidecar.path"))
    } else {
      return nil
    }
  }
}

private func required<Value>(_ value: Value?, _ name: StaticString) throws(TableFormatError) -> Value {
  guard let value else { throw .malformed("\"\(name)\" is missing or of another type") }
  return value
}

extension DeltaFile {
  init(_ add: ParquetValue) throws(TableFormatError) {
    var vector: DeletionVector?
    let descriptor = add["deletionVector"]
    if !descriptor.isNull {
      vector = DeletionVector(
        storage: try required(descriptor["storageType"].text, "add.deletionVector.storageType"),
        path: try required(descriptor["pathOrInlineDv"].text, "add.deletionVector.pathOrInlineDv"), offset: descriptor["offset"].int,
        cardinality: try required(descriptor["cardinality"].int, "add.deletionVector.cardinality"))
    }
    let count = add["stats_parsed"]["numRecords"].int ?? add["stats"].text.flatMap { DeltaFile.recordCount(statistics: $0) }
    self.init(path: try required(add["path"].text, "add.path"), vector: vector, sizeBytes: add["size"].int ?? 0, recordCount: count)
  }
}

extension DeltaMetadata {
  init(_ value: ParquetValue) throws(TableFormatError) {
    id = try required(value["id"].text, "metaData.id")
    name = value["name"].text
    description = value["description"].text
    schemaText = try required(value["schemaString"].text, "metaData.schemaString")
    partitionColumns = (value["partitionColumns"].items ?? []).compactMap(\.text)
    configuration = [:]
    for entry in value["configuration"].entries ?? [] { if let key = entry.key.text { configuration[key] = entry.value.text } }
    createdAtMs = value["createdTime"].int
  }
}

extension DeltaProtocol {
  init(_ value: ParquetValue) throws(TableFormatError) {
    minimumReaderVersion = Int32(clamping: try required(value["minReaderVersion"].int, "protocol.minReaderVersion"))
    minimumWriterVersion = Int32(clamping: try required(value["minWriterVersion"].int, "protocol.minWriterVersion"))
    readerFeatures = (value["readerFeatures"].items ?? []).compactMap(\.text)
    writerFeatures = (value["writerFeatures"].items ?? []).compactMap(\.text)
  }
}

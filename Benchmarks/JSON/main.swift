import CJansson
import Foundation
import JSON

/// One snapshot as a catalog keeps it: typed fields, a map, and what it does not know.
struct BenchmarkSnapshot: JSONEncodable {
  var id: Int64
  var parent: Int64?
  var sequenceNumber: Int64
  var timestampMs: Int64
  var summary: [String: String]
  var manifestList: String
  var schemaID: Int32
  var unknown: JSONFields

  static let known: [StaticString] = [
    "sequence-number", "snapshot-id", "parent-snapshot-id", "timestamp-ms", "summary", "manifest-list", "schema-id",
  ]

  init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    sequenceNumber = try object.required("sequence-number").int64()
    id = try object.required("snapshot-id").int64()
    parent = try object.optional("parent-snapshot-id")?.int64()
    timestampMs = try object.required("timestamp-ms").int64()
    summary = try object.required("summary").object().strings()
    manifestList = try object.required("manifest-list").string()
    schemaID = try object.required("schema-id").int32()
    unknown = object.unknown(besides: Self.known)
  }

  func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("sequence-number", sequenceNumber)
      $0.field("snapshot-id", id)
      if let parent { $0.field("parent-snapshot-id", parent) }
      $0.field("timestamp-ms", timestampMs)
      $0.field("summary", summary)
      $0.field("manifest-list", manifestList)
      $0.field("schema-id", schemaID)
      $0.fields(unknown)
    }
  }
}

/// The same as Foundation reads and writes it.
struct CodableSnapshot: Codable {
  var sequenceNumber: Int64
  var id: Int64
  var parent: Int64?
  var timestampMs: Int64
  var summary: [String: String]
  var manifestList: String
  var schemaID: Int32

  enum CodingKeys: String, CodingKey {
    case sequenceNumber = "sequence-number"
    case id = "snapshot-id"
    case parent = "parent-snapshot-id"
    case timestampMs = "timestamp-ms"
    case summary
    case manifestList = "manifest-list"
    case schemaID = "schema-id"
  }
}

struct CodableMetadata: Codable { var snapshots: [CodableSnapshot] }

/// Table metadata with 2,000 snapshots, about 0.9 MB.
func metadataDocument() -> [UInt8] {
  JSONWriter.text(reservingBytes: 1 << 20) { writer in
    writer.object {
      $0.field("format-version", 2)
      $0.field("table-uuid", "9c12d441-03fe-4693-9a96-a0705ddf69c1")
      $0.field("snapshots", array: { writer in for place in 0..<2_000 { writeSnapshot(place, to: &writer) } })
    }
  }
}

func writeSnapshot(_ place: Int, to writer: inout JSONWriter) {
  writer.object {
    $0.field("sequence-number", place + 1)
    $0.field("snapshot-id", 3_051_729_675_574_597_004 + Int64(place) * 7_919)
    if place > 0 { $0.field("parent-snapshot-id", 3_051_729_675_574_597_004 + Int64(place - 1) * 7_919) }
    $0.field("timestamp-ms", 1_700_000_000_000 + Int64(place) * 60_000)
    $0.field(
      "summary",
      [
        "operation": "append", "added-data-files": "4", "added-records": "\(1_000 + place)", "added-files-size": "\(81_920 + place)",
        "changed-partition-count": "1", "total-records": "\(place * 1_000)", "total-data-files": "\(place * 4)",
      ])
    $0.field(
      "manifest-list", "s3://warehouse/analytics/events/metadata/snap-\(3_051_729_675_574_597_004 + place)-1-9c12d441-03fe-4693.avro")
    $0.field("schema-id", 0)
    $0.field("first-row-id", place * 1_000)
  }
}

/// Megabytes a second: the best of the rounds, after one to warm up.
func megabytesPerSecond(_ byteCount: Int, rounds: Int, _ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  try body()
  var best = Duration.seconds(3_600)
  for _ in 0..<rounds { best = min(best, try clock.measure(body)) }
  return Double(byteCount) / 1e6 / (best / .seconds(1))
}

func report(_ name: String, ours: Double, jansson: Double?, foundation: Double) {
  func text(_ value: Double) -> String { String(Int(value.rounded())) }
  let ratio = ours / (jansson ?? foundation)
  print(
    "\(name) ours=\(text(ours)) jansson=\(jansson.map(text) ?? "-") foundation=\(text(foundation)) ratio=\((ratio * 10).rounded() / 10)"
  )
}

func janssonTree(_ bytes: [UInt8]) -> UnsafeMutablePointer<json_t>? {
  bytes.withUnsafeBytes { json_loadb($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, Int(JSON_REJECT_DUPLICATES), nil) }
}

/// What was computed is added up here, so that nothing measured can be optimized away.
nonisolated(unsafe) var checksum = 0

func readSnapshots(_ bytes: [UInt8]) throws -> [BenchmarkSnapshot] {
  try JSONDocument(parsing: bytes).root.object().required("snapshots").array().decode { json throws(JSONError) in
    try BenchmarkSnapshot(json: json)
  }
}

let bytes = metadataDocument()
let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 20
let data = Data(bytes)

report(
  "json.parse.mb_per_s",
  ours: try megabytesPerSecond(bytes.count, rounds: rounds) { checksum &+= try JSONDocument(parsing: bytes).root.raw.count },
  jansson: megabytesPerSecond(bytes.count, rounds: rounds) { if let tree = janssonTree(bytes) { json_decref(tree) } },
  foundation: try megabytesPerSecond(bytes.count, rounds: max(1, rounds / 10)) {
    checksum &+= (try JSONSerialization.jsonObject(with: data) as? [String: Any])?.count ?? 0
  })

let snapshots = try readSnapshots(bytes)
let decoded = try JSONDecoder().decode(CodableMetadata.self, from: data)
if let tree = janssonTree(bytes) {
  report(
    "json.write.mb_per_s",
    ours: megabytesPerSecond(bytes.count, rounds: rounds) {
      checksum &+= JSONWriter.text(reservingBytes: bytes.count) { $0.values(snapshots) }.count
    },
    jansson: megabytesPerSecond(bytes.count, rounds: rounds) { free(json_dumps(tree, Int(JSON_COMPACT))) },
    foundation: try megabytesPerSecond(bytes.count, rounds: max(1, rounds / 10)) { checksum &+= try JSONEncoder().encode(decoded).count })
  json_decref(tree)
}

report(
  "json.into_model.mb_per_s",
  ours: try megabytesPerSecond(bytes.count, rounds: rounds) { checksum &+= try readSnapshots(bytes).count },
  jansson: nil,
  foundation: try megabytesPerSecond(bytes.count, rounds: max(1, rounds / 10)) {
    checksum &+= try JSONDecoder().decode(CodableMetadata.self, from: data).snapshots.count
  })
print("json.document bytes=\(bytes.count) snapshots=\(snapshots.count) checksum=\(checksum)")

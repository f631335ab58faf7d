import Iceberg
import JSON
import Testing

private typealias M = ModelText

@Suite struct PartitionSpecTests {
  private static let columns = [
    M.field(1, "id", "long"), M.field(2, "ts", "timestamp"), M.field(3, "s", M.structure(M.field(4, "in", "string"))),
    M.field(5, "l", M.list(6, M.structure(M.field(7, "x", "int")))), M.field(8, "v", "variant"), M.field(9, "f", "float"),
    M.field(10, "id_bucket", "int"),
  ].joined(separator: ",")

  private static func field(_ source: Int, _ name: String, _ transform: String, id: Int? = nil) -> String {
    let id = id.map { #","field-id":\#($0)"# } ?? ""
    return #"{"source-id":\#(source),"name":"\#(name)","transform":"\#(transform)"\#(id)}"#
  }

  private static func spec(_ fields: String...) throws -> UnboundPartitionSpec {
    try M.read(#"{"fields":[\#(fields.joined(separator: ","))]}"#)
  }

  // MARK: Texts

  @Test func golden() throws {
    let text =
      #"{"spec-id":4,"fields":[{"name":"id_b","transform":"bucket[16]","source-id":1,"field-id":1000},"#
      + #"{"name":"many","transform":"zorder[2]","source-ids":[1,2],"field-id":1001,"x":1}],"y":{}}"#
    let spec: PartitionSpec = try M.read(text)
    #expect(M.write(spec) == text)
    #expect(spec.fields.map(\.transform) == [.bucket(count: 16), .unknown("zorder[2]")])
    #expect(spec.lastAssignedFieldID == 1001 && spec.hasSequentialIDs)
    #expect(PartitionSpec.unpartitioned.lastAssignedFieldID == 999 && PartitionSpec.unpartitioned.hasSequentialIDs)
    #expect(M.write(PartitionSpec.unpartitioned) == #"{"spec-id":0,"fields":[]}"#)
  }

  /// One source in `source-ids` is written as `source-id`, as the specification asks.
  @Test func oneOfSeveralSources() throws {
    let spec: PartitionSpec = try M.read(
      #"{"spec-id":0,"fields":[{"name":"a","transform":"IDENTITY","source-ids":[3],"source-id":null,"field-id":null}]}"#)
    #expect(M.write(spec) == #"{"spec-id":0,"fields":[{"name":"a","transform":"identity","source-id":3,"field-id":1000}]}"#)
  }

  private static let malformedFields: [(String, String)] = [
    (#"{"name":"a","transform":"identity"}"#, "Missing required field \"source-id\" at $.fields[0]"),
    (#"{"name":"a","source-id":1}"#, "Missing required field \"transform\" at $.fields[0]"),
    (#"{"transform":"day","source-id":1}"#, "Missing required field \"name\" at $.fields[0]"),
    (
      #"{"name":"a","transform":"bucket[0]","source-id":1}"#,
      "Invalid number of buckets: 0 (must be > 0) at $.fields[0].transform"
    ),
    (#"{"name":"a","transform":"Truncate[0]","source-id":1}"#, "Invalid truncate width: 0 (must be > 0) at $.fields[0].transform"),
    (
      #"{"name":"a","transform":"bucket[4294967297]","source-id":1}"#,
      "Invalid number of buckets: bucket[4294967297] (must be > 0) at $.fields[0].transform"
    ),
    (
      #"{"name":"a","transform":"zorder","source-ids":[]}"#,
      "Expected at least one source id, found none at $.fields[0].source-ids"
    ),
  ]

  @Test(arguments: malformedFields)
  func malformed(field: String, message: String) {
    #expect(M.refusal { _ = try Self.spec(field) } == message)
  }

  // MARK: Transforms

  private static let transformTexts: [(String, Transform, String)] = [
    ("identity", .identity, "identity"), ("Year", .year, "year"), ("month", .month, "month"), ("day", .day, "day"),
    ("HOUR", .hour, "hour"), ("void", .void, "void"), ("bucket[7]", .bucket(count: 7), "bucket[7]"),
    ("truncate[3]", .truncate(width: 3), "truncate[3]"), ("Custom[3]", .unknown("Custom[3]"), "Custom[3]"),
    ("bucket[+7]", .unknown("bucket[+7]"), "bucket[+7]"), ("bucket[]", .unknown("bucket[]"), "bucket[]"),
    ("bucket(7)", .unknown("bucket(7)"), "bucket(7)"), ("days", .unknown("days"), "days"), ("", .unknown(""), ""),
  ]

  @Test(arguments: transformTexts)
  func transforms(text: String, transform: Transform, written: String) throws {
    #expect(Transform(text) == transform)
    #expect(transform.description == written)
    let read: Transform = try Transform(json: JSONDocument(parsing: "\"\(text)\"").root)
    #expect(read == transform)
  }

  /// Which types each transform takes (table spec, "Partition Transforms").
  @Test func applicability() {
    let types = [
      "boolean", "int", "long", "float", "double", "date", "time", "timestamp", "timestamptz", "timestamp_ns", "timestamptz_ns", "string",
      "uuid", "binary", "decimal(9, 2)", "fixed[3]", "unknown", "variant", "geometry", "geography",
    ]
    func refused(_ transform: Transform) -> [String] { types.filter { PrimitiveType($0).map(transform.accepts) == false } }
    func accepted(_ transform: Transform) -> [String] { types.filter { PrimitiveType($0).map(transform.accepts) == true } }
    let timestamps = ["timestamp", "timestamptz", "timestamp_ns", "timestamptz_ns"]
    #expect(refused(.identity) == ["variant", "geometry", "geography"])
    #expect(refused(.void).isEmpty && refused(.unknown("x")).isEmpty)
    for transform in [Transform.year, .month, .day] { #expect(accepted(transform) == ["date"] + timestamps) }
    #expect(accepted(.hour) == timestamps)
    #expect(accepted(.truncate(width: 1)) == ["int", "long", "string", "binary", "decimal(9, 2)"])
    #expect(
      refused(.bucket(count: 1)) == ["boolean", "float", "double", "unknown", "variant", "geometry", "geography"])
  }

  // MARK: Binding

  @Test func binding() throws {
    let unbound = try Self.spec(Self.field(1, "a", "identity"), Self.field(2, "b", "day", id: 1003), Self.field(4, "c", "void"))
    #expect(unbound.bound(id: 2, lastFieldID: 0).fields.map(\.fieldID) == [1000, 1003, 1001])
    let later = unbound.bound(id: 2, lastFieldID: 1005)
    #expect(later.fields.map(\.fieldID) == [1006, 1003, 1007] && later.id == 2)
    #expect(later.lastAssignedFieldID == 1007 && !later.hasSequentialIDs)
    #expect(later.isCompatible(with: unbound.bound(id: 9, lastFieldID: 0)))
    #expect(!later.isCompatible(with: .unpartitioned))
  }

  /// At the end of the ids nothing overflows.
  @Test func lastIDs() throws {
    let schema = try M.schema(Self.columns)
    let spec = try Self.spec(Self.field(1, "a", "identity"), Self.field(2, "b", "day")).bound(id: 0, lastFieldID: .max - 1)
    #expect(spec.fields.map(\.fieldID) == [.max, .max] && spec.lastAssignedFieldID == .max)
    #expect(M.refusal { try spec.validate(against: schema) } == "Cannot use partition field id more than once: 2147483647")
  }

  // MARK: Checks

  private static let checks: [([String], String?)] = [
    ([], nil),
    ([field(1, "id", "identity"), field(2, "ts_day", "day"), field(4, "in_trunc", "truncate[4]")], nil),
    // The reference lets any transform bear the name of its own source.
    ([field(1, "id", "bucket[4]")], nil),
    // A void field outlives its source.
    ([field(99, "gone", "void")], nil), ([field(99, "id", "void")], nil), ([field(8, "v", "void")], nil),
    ([field(1, "id", "future[1]")], nil),
    ([field(1, "id_bucket", "bucket[4]")], "Cannot create identity partition sourced from different field in schema: id_bucket"),
    ([field(2, "id", "identity")], "Cannot create identity partition sourced from different field in schema: id"),
    ([field(1, "", "identity")], "Cannot use empty partition name: "),
    ([field(1, "a", "identity"), field(2, "a", "day")], "Cannot use partition name more than once: a"),
    (
      [field(1, "a", "identity", id: 1000), field(2, "b", "day", id: 1000)], "Cannot use partition field id more than once: 1000"
    ),
    ([field(99, "a", "identity")], "Cannot find source column for partition field: 1000: a: identity(99)"),
    ([field(3, "a", "identity")], "Cannot partition by non-primitive source field: struct<4: in: optional string>"),
    ([field(8, "a", "identity")], "Cannot partition by non-primitive source field: variant"),
    ([field(9, "a", "bucket[2]")], "Invalid source type float for transform: bucket[2]"),
    ([field(1, "a", "day")], "Invalid source type long for transform: day"),
    ([field(7, "a", "identity")], "Invalid partition field parent: list<struct<7: x: optional int>>"),
  ]

  @Test(arguments: checks)
  func validation(fields: [String], message: String?) throws {
    let schema = try M.schema(Self.columns)
    let unbound: UnboundPartitionSpec = try M.read(#"{"spec-id":0,"fields":[\#(fields.joined(separator: ","))]}"#)
    let spec = unbound.bound(id: 0, lastFieldID: PartitionSpec.baseFieldID)
    #expect(M.refusal { try spec.validate(against: schema) } == message)
  }
}

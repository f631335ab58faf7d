import Iceberg
import Testing

@Suite struct PrimitiveTypeTests {
  /// As read, as written, and the format version that brought it.
  private static let spellings: [(String, String, Int)] = [
    ("boolean", "boolean", 1), ("int", "int", 1), ("long", "long", 1), ("float", "float", 1), ("double", "double", 1), ("date", "date", 1),
    ("time", "time", 1), ("timestamp", "timestamp", 1), ("timestamptz", "timestamptz", 1), ("string", "string", 1), ("uuid", "uuid", 1),
    ("binary", "binary", 1), ("timestamp_ns", "timestamp_ns", 3), ("timestamptz_ns", "timestamptz_ns", 3), ("unknown", "unknown", 3),
    ("variant", "variant", 3), ("decimal(9,2)", "decimal(9, 2)", 1), ("decimal( 38 , 38 )", "decimal(38, 38)", 1),
    ("decimal(1, 0)", "decimal(1, 0)", 1), ("fixed[16]", "fixed[16]", 1), ("fixed[ 16 ]", "fixed[16]", 1), ("STRING", "string", 1),
    ("geometry", "geometry", 3), ("geometry(OGC:CRS84)", "geometry", 3), ("geometry(srid:3857)", "geometry(srid:3857)", 3),
    ("geometry (projjson:a,b)", "geometry(projjson:a,b)", 3), ("geography", "geography", 3),
    ("geography(OGC:CRS84, spherical)", "geography", 3), ("geography(srid:4326)", "geography(srid:4326)", 3),
    ("geography(srid:4326, KARNEY)", "geography(srid:4326, karney)", 3),
    ("geography(OGC:CRS84, vincenty)", "geography(OGC:CRS84, vincenty)", 3),
  ]

  @Test(arguments: spellings)
  func spelling(read: String, written: String, version: Int) throws {
    let type = try #require(PrimitiveType(read))
    #expect(type.description == written)
    #expect(PrimitiveType(written) == type)
    #expect(type.minimumFormatVersion == version)
  }

  private static let refusedTexts: [String] = [
    "", "integer", "int ", "decimal", "decimal()", "decimal(9)", "decimal(9,2,1)", "decimal[9,2]", "decimal(39,2)", "decimal(0,0)",
    "decimal(5,6)", "decimal(+9,2)", "decimal(9,-2)", "decimal(9,2", "fixed", "fixed(16)", "fixed[16)", "fixed[-1]", "fixed[]",
    "fixed[99999999999]", "fixed[16]]", "geometry()", "geometry(", "geometry[x]", "geometry x", "geometry(a))", "geography(srid:1, flat)",
    "geography(, karney)", "geography(a, karney, b)", "timestamp_ms", "decimal(9٣,2)",
  ]

  @Test(arguments: refusedTexts)
  func refused(_ text: String) { #expect(PrimitiveType(text) == nil) }

  @Test func promotion() throws {
    let types = try [
      "int", "long", "float", "double", "date", "timestamp", "timestamptz", "timestamp_ns", "timestamptz_ns", "string", "binary",
      "decimal(9, 2)", "decimal(12, 2)", "decimal(12, 3)", "fixed[4]", "unknown",
    ].map { try #require(PrimitiveType($0)) }
    func allowed(_ version: Int) -> Set<String> {
      var pairs: Set<String> = []
      for old in types {
        for new in types where old != new && old.isPromotable(to: new, formatVersion: version) { pairs.insert("\(old) > \(new)") }
      }
      return pairs
    }
    let always: Set = ["int > long", "float > double", "decimal(9, 2) > decimal(12, 2)"]
    #expect(allowed(1) == always)
    #expect(allowed(2) == always)
    let fromUnknown = types.filter { $0 != .unknown }.map { "unknown > \($0)" }
    #expect(allowed(3) == always.union(["date > timestamp", "date > timestamp_ns"]).union(fromUnknown))
    #expect(types.allSatisfy { $0.isPromotable(to: $0, formatVersion: 1) })
  }
}

import Iceberg

/// Random schemas; equal seeds make equal schemas.
struct SchemaGenerator {
  private var state: UInt64
  private var ids: [Int32] = []

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func number(below bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }

  /// Ids are unique and neither dense nor in order.
  mutating func schema() -> Schema {
    ids = (0..<4_000).map { Int32($0) }
    return Schema(id: Int32(number(below: 9)), fields: fields(depth: 0))
  }

  private mutating func id() -> Int32 { ids.remove(at: number(below: ids.count)) }

  private mutating func fields(depth: Int) -> [NestedField] {
    (0..<1 + number(below: 5)).map { place in
      var field = NestedField(
        id: id(), name: ["a", "b.c", "ü", "\"", "key", "element"][number(below: 6)] + "\(place)", isRequired: number(below: 2) == 0,
        type: type(depth: depth), doc: number(below: 3) == 0 ? "line\nline \\ \u{1F9CA}" : nil)
      if number(below: 5) == 0 { field.initialDefault = Array("1.50".utf8) }
      if number(below: 5) == 0 { field.writeDefault = Array(#"{"k":[1,null]}"#.utf8) }
      return field
    }
  }

  private mutating func type(depth: Int) -> IcebergType {
    switch number(below: depth > 3 ? 5 : 8) {
    case 5: return .structure(fields(depth: depth + 1))
    case 6: return .list(ListType(elementID: id(), isElementRequired: number(below: 2) == 0, element: type(depth: depth + 1)))
    case 7:
      return .map(
        MapType(
          keyID: id(), key: type(depth: depth + 1), valueID: id(), isValueRequired: number(below: 2) == 0, value: type(depth: depth + 1)))
    default:
      let choices: [PrimitiveType] = [
        .boolean, .long, .timestamptzNs, .decimal(precision: 20, scale: 3), .fixed(length: 7), .geography(crs: nil, algorithm: "thomas"),
      ]
      return .primitive(choices[number(below: choices.count)])
    }
  }
}

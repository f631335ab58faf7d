import Governance
import Iceberg
import JSON
import SeededRandom

/// A table with columns of many kinds, and what a reader under restrictions sees of it.
enum RestrictedTable {
  static func field(_ id: Int32, _ name: String, _ type: PrimitiveType, isRequired: Bool = false) -> NestedField {
    NestedField(id: id, name: name, isRequired: isRequired, type: .primitive(type))
  }

  static let columns = TableColumns(
    schema: Schema(
      id: 0,
      fields: [
        field(1, "id", .long, isRequired: true), field(2, "name", .string), field(3, "ssn", .string, isRequired: true),
        field(4, "birth", .date),
        NestedField(
          id: 5, name: "address", isRequired: false,
          type: .structure([
            field(6, "street", .string), field(7, "city", .string, isRequired: true),
            field(8, "place", .geometry(crs: nil), isRequired: true),
          ])),
        NestedField(
          id: 9, name: "notes", isRequired: true,
          type: .map(
            MapType(keyID: 10, key: .primitive(.string), valueID: 11, isValueRequired: true, value: .primitive(.string)))),
        field(12, "region", .int), field(13, "shape", .geometry(crs: nil), isRequired: true),
      ]))

  /// Fields that hold values, with what they lie in.
  static let leaves: [(id: Int32, parent: Int32?)] = [
    (1, nil), (2, nil), (3, nil), (4, nil), (6, 5), (7, 5), (8, 5), (10, 9), (11, 9), (12, nil), (13, nil),
  ]
  static let regions = [0, 1, 2, 3]

  /// What is done to a leaf; `nil`: nothing.
  static func action(on leaf: (id: Int32, parent: Int32?), _ restrictions: ReadRestrictions) -> MaskAction? {
    restrictions.projections.first { $0.fieldID == leaf.id || $0.fieldID == leaf.parent }?.action
  }

  static func shows(_ region: Int, _ restrictions: ReadRestrictions) throws -> Bool {
    try restrictions.rowFilter.holds(ofRegion: region)
  }

  /// Whether `one` tells no more of a value than `other`: all that it shows can be worked out from what `other` shows.
  static func reveals(_ one: MaskAction?, noMoreThan other: MaskAction?) -> Bool {
    guard let other, one != other else { return true }
    switch (one, other) {
    case (.replaceWithNull?, _), (.maskToFixedValue?, _): return true
    case (.maskAlphanum?, .showFirst4), (.maskAlphanum?, .showLast4): return true
    case (.truncateToYear?, .truncateToMonth), (.sha256QueryLocal?, .sha256Global): return true
    default: return false
    }
  }

  static func randomPermit(_ generator: inout SeededGenerator) throws -> PermitTerms {
    let one = Int.random(in: 0...3, using: &generator)
    let two = Int.random(in: 0...3, using: &generator)
    let filters: [String?] = [
      nil, nil, "region = \(one)", "region = \(one)", "region = \(one) or region = \(two)", "region in (\(one), \(two))", "false",
      "absent = 1",
      "true",
    ]
    let names = [
      "id", "name", "ssn", "birth", "address", "address.street", "address.city", "address.place", "notes", "notes.key",
      "notes.value", "region", "shape", "absent",
    ]
    let masks = names.filter { _ in Int.random(in: 0...4, using: &generator) == 0 }.map {
      "\($0): \(MaskAction.allCases.randomElement(using: &generator)!.rawValue)"
    }
    return try PermitTerms(
      rowFilter: filters.randomElement(using: &generator)!, columnMask: masks.isEmpty ? nil : masks.joined(separator: ", "))
  }
}

extension Predicate {
  /// Of a row that differs from others in its region, field 12, alone.
  fileprivate func holds(ofRegion region: Int) throws -> Bool {
    switch self {
    case .constant(let value): value
    case .or(let left, let right): try left.holds(ofRegion: region) || right.holds(ofRegion: region)
    case .comparison(.equal, 12, let literal): Int(String(decoding: literal.jsonText, as: UTF8.self)) == region
    case .membership(true, 12, let literals): literals.contains { Int(String(decoding: $0.jsonText, as: UTF8.self)) == region }
    default: throw Unexpected(predicate: self)
    }
  }

  private struct Unexpected: Error { let predicate: Predicate }
}

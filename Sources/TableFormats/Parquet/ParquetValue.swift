/// A value of a row. Lists and maps are as they stand in the schema, groups around repeated groups; ``items`` and ``entries`` see through.
package indirect enum ParquetValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  /// Of texts, binary, and types of a fixed size, decimals among them.
  case bytes(ArraySlice<UInt8>)
  /// The items of a repeated field.
  case list([ParquetValue])
  case record(ParquetRecord)

  /// The member of that name; null when it is not in the file, or this is no record.
  package subscript(name: String) -> ParquetValue {
    if case .record(let record) = self { record[name] } else { .null }
  }

  package var isNull: Bool { self == .null }

  package var int: Int64? { if case .int(let value) = self { value } else { nil } }

  /// The text; `nil` when it is null, no text, or not UTF-8.
  package var text: String? { if case .bytes(let bytes) = self { String(validating: bytes, as: UTF8.self) } else { nil } }

  /// The items of a list (LogicalTypes.md, "Lists"): of its repeated field, and in a group of one field, that field. `nil` when it is null.
  package var items: [ParquetValue]? {
    switch self {
    case .list(let values): values.map { if case .record(let record) = $0, record.values.count == 1 { record.values[0] } else { $0 } }
    case .record(let record) where record.values.count == 1: record.values[0].items
    default: nil
    }
  }

  /// Keys and values of a map (LogicalTypes.md, "Maps"), in order. `nil` when it is null.
  package var entries: [(key: ParquetValue, value: ParquetValue)]? {
    guard case .record(let record) = self, record.values.count == 1, case .list(let values) = record.values[0] else { return nil }
    return values.map { entry in
      guard case .record(let pair) = entry else { return (.null, .null) }
      return (pair.values.first ?? .null, pair.values.count > 1 ? pair.values[1] : .null)
    }
  }
}

package struct ParquetRecord: Hashable, Sendable {
  package let names: [String]
  package let values: [ParquetValue]

  package subscript(name: String) -> ParquetValue { names.firstIndex(of: name).map { values[$0] } ?? .null }
}

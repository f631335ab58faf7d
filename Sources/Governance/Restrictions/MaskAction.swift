import Iceberg

/// What a reader must do with a column's values before it shows them (REST specification, `Action`).
package enum MaskAction: String, Sendable, CaseIterable {
  case maskAlphanum = "mask-alphanum"
  case maskToFixedValue = "mask-to-fixed-value"
  case replaceWithNull = "replace-with-null"
  case showFirst4 = "show-first-4"
  case showLast4 = "show-last-4"
  case truncateToYear = "truncate-to-year"
  case truncateToMonth = "truncate-to-month"
  case sha256Global = "sha-256-global"
  case sha256QueryLocal = "sha-256-query-local"

  /// Whether nothing of a value is left.
  package var hides: Bool { self == .maskToFixedValue || self == .replaceWithNull }

  /// Whether the specification lists the column's type under "Applicable to".
  func suits(_ column: TableColumns.Column) -> Bool {
    // Masked keys may coincide, and readers then lose entries.
    guard !column.isInKey else { return false }
    switch self {
    case .maskAlphanum, .showFirst4, .showLast4: return column.field.type == .primitive(.string)
    case .maskToFixedValue: return Self.hasFixedValue(column.field.type)
    case .replaceWithNull: return !column.field.isRequired
    case .truncateToYear, .truncateToMonth:
      switch column.field.type.primitive {
      case .date, .timestamp, .timestamptz, .timestampNs, .timestamptzNs: return true
      default: return false
      }
    case .sha256Global, .sha256QueryLocal:
      switch column.field.type.primitive {
      case .string, .int, .long, .binary: return true
      default: return false
      }
    }
  }

  private static func hasFixedValue(_ type: IcebergType) -> Bool {
    switch type {
    case .primitive(.unknown), .primitive(.geometry), .primitive(.geography): false
    case .primitive, .list, .map: true
    case .structure(let fields): fields.allSatisfy { hasFixedValue($0.type) }
    }
  }

  static func suiting(_ column: TableColumns.Column) -> [MaskAction] { allCases.filter { $0.suits(column) } }

  // MARK: Several at once

  /// The actions of which this one's result can be made: it reveals no more than any of them.
  private var atLeast: Set<MaskAction> {
    switch self {
    case .replaceWithNull, .maskToFixedValue: Set(Self.allCases)
    case .maskAlphanum: [.maskAlphanum, .showFirst4, .showLast4]
    case .truncateToYear: [.truncateToYear, .truncateToMonth]
    // Equal values look equal under both, but only within one query under the local one, whose salt resists guessing, too.
    case .sha256QueryLocal: [.sha256QueryLocal, .sha256Global]
    case .showFirst4, .showLast4, .truncateToMonth, .sha256Global: [self]
    }
  }

  /// The one action that reveals no more than any of `actions` and suits the column; `nil` when none does.
  ///
  /// Actions of different kinds, such as a hash and the last four characters, have nothing in common: the column is hidden, by null where
  /// it may be null. An action that does not suit the column's type hides it, too.
  static func leastRevealing(of actions: Set<MaskAction>, for column: TableColumns.Column) -> MaskAction? {
    if actions.count == 1, let only = actions.first, only.suits(column) { return only }
    let hiding = [MaskAction.replaceWithNull, .maskToFixedValue].first { $0.suits(column) }
    guard actions.allSatisfy({ $0.suits(column) }) else { return hiding }
    // The most telling of those that reveal no more than any of them: at most one of these does.
    let candidates = allCases.filter { !$0.hides && actions.isSubset(of: $0.atLeast) }
    return candidates.first { candidate in candidates.allSatisfy { candidate.atLeast.isSubset(of: $0.atLeast) } } ?? hiding
  }
}

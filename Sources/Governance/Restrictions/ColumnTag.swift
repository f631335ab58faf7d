/// A classification of one column.
package struct ColumnTag: Hashable, Sendable {
  package let fieldID: Int32
  package let key: String
  package let value: String

  package init(fieldID: Int32, key: String, value: String) {
    self.fieldID = fieldID
    self.key = key
    self.value = value
  }
}

/// What a tag demands of columns that carry it, from readers who are not cleared for its value.
package struct TagMask: Hashable, Sendable {
  let key: String
  package let value: String
  /// `nil`: the column is hidden.
  let action: MaskAction?

  package init(key: String, value: String, action: MaskAction? = nil) {
    self.key = key
    self.value = value
    self.action = action
  }

  /// The classifications that restrict who may read hide their columns.
  package static let standard = ["pii", "phi", "financial", "secret"].map { TagMask(key: "classification", value: $0) }

  /// The actions as a set that hides the column where none is named.
  var actions: Set<MaskAction> { action.map { [$0] } ?? [.replaceWithNull, .maskToFixedValue] }

  /// Whether a tag is meant, in whatever case; one tag may hold several values between commas.
  package func covers(_ tag: ColumnTag) -> Bool {
    guard tag.key.lowercased() == key.lowercased() else { return false }
    return tag.value.lowercased().split(separator: ",").contains { part in
      let trimmed = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      return String(trimmed) == value.lowercased()
    }
  }
}

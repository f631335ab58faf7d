/// One page of a list that is ordered by its key.
package struct Page<Element: Sendable>: Sendable {
  package let elements: [Element]
  /// The last element's key when more follow.
  package let next: String?

  package init(elements: [Element], next: String?) {
    self.elements = elements
    self.next = next
  }
}

/// Which page of a list is wanted.
package struct PageRequest: Sendable {
  /// Elements after this key; `nil` for the first page.
  package let after: String?
  /// At most so many, 1 to 1000.
  package let size: Int

  package static let maximumSize = 1_000

  package init(after: String? = nil, size: Int = maximumSize) {
    self.after = after
    self.size = min(max(size, 1), Self.maximumSize)
  }
}

extension Page {
  /// - Parameter rows: one more than the page holds, when there are more.
  package init<Row>(_ rows: [Row], size: Int, key: (Row) -> String, element: (Row) -> Element) {
    elements = rows.prefix(size).map(element)
    next = rows.count > size ? key(rows[size - 1]) : nil
  }
}

extension PageRequest {
  /// The refusal of a token that no page of the list ended with.
  static let foreignToken = CatalogError.badRequest("The pageToken is none of ours; send the one from the page before")
}

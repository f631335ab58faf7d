import ArgumentParser

/// `key=value` on the command line; the value may hold further equals signs.
struct KeyValue: Hashable, Sendable {
  let key: String
  let value: String

  /// - Throws: a `ValidationError`
  init(parsing text: String) throws {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw ValidationError("\"\(text)\" is no property; write it as key=value.")
    }
    key = String(text[..<equals])
    value = String(text[text.index(after: equals)...])
  }
}

extension Sequence<KeyValue> {
  /// The later of two with the same key counts.
  var properties: [String: String] { Dictionary(map { ($0.key, $0.value) }) { $1 } }
}

/// The name of an entity type, with its namespaces: `Warehouse` or `Acme::Data::Table`.
package struct EntityTypeName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The whole name, its parts joined by `::`, without spaces.
  package let text: Text

  /// Takes a name whose parts are already known to be identifiers.
  package init(unchecked text: Text) { self.text = text }

  /// Reads a name as it stands in entity and policy documents: normalized, every part an identifier that is not reserved.
  package init?(_ string: String) {
    guard Identifier.isName(string) else { return nil }
    text = Text(string)
  }

  /// As ``init(_:)``, with the text out of `names`.
  init?(_ string: String, _ names: inout TextTable) {
    guard Identifier.isName(string) else { return nil }
    text = names.intern(string)
  }

  package static func < (left: EntityTypeName, right: EntityTypeName) -> Bool { left.text < right.text }

  package var description: String { text.string }

  /// The part after the last `::`.
  package var basename: String { text.string.utf8Split(by: "::").last ?? "" }

  /// The part before the last `::`; `nil` for a name without one.
  package var namespace: String? {
    let parts = text.string.utf8Split(by: "::")
    return parts.count > 1 ? parts.dropLast().joined(separator: "::") : nil
  }

  /// Whether entities of this type are actions: the last part is `Action`.
  package var isAction: Bool {
    let suffix: StaticString = "::Action"
    return text.says("Action") || text.utf8.suffix(8).elementsEqual(UnsafeBufferPointer(start: suffix.utf8Start, count: 8))
  }
}

/// What may be a part of a name (Cedar documentation, "Grammar": IDENT).
package enum Identifier {
  /// Words that cannot be part of a name.
  package static func isReservedWord(_ word: some StringProtocol) -> Bool {
    switch String(word) {
    case "true", "false", "if", "then", "else", "in", "is", "like", "has": true
    default: false
    }
  }

  /// `[_a-zA-Z][_a-zA-Z0-9]*`, any word of that shape, reserved or not.
  package static func hasShape(_ word: some StringProtocol) -> Bool {
    guard let first = word.utf8.first, isStart(first) else { return false }
    return word.utf8.allSatisfy(isContinuation)
  }

  /// An identifier that can be part of a name: of the right shape, no reserved word, and not `__cedar`.
  package static func isNamePart(_ word: some StringProtocol) -> Bool {
    hasShape(word) && !isReservedWord(word) && String(word) != "__cedar"
  }

  /// One or more name parts with `::` between them, and nothing else.
  package static func isName(_ string: String) -> Bool { string.utf8Split(by: "::").allSatisfy { isNamePart($0) } }

  static func isStart(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
  }

  static func isContinuation(_ byte: UInt8) -> Bool { isStart(byte) || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) }
}

extension String {
  /// The parts between occurrences of an ASCII separator; one part, the whole, where there is none.
  func utf8Split(by separator: StaticString) -> [String] {
    let bytes = Array(utf8)
    let length = separator.utf8CodeUnitCount
    let wanted = UnsafeBufferPointer(start: separator.utf8Start, count: length)
    var parts: [String] = []
    var start = 0
    var index = 0
    while index + length <= bytes.count {
      if bytes[index..<index + length].elementsEqual(wanted) {
        parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
        index += length
        start = index
      } else {
        index += 1
      }
    }
    parts.append(String(decoding: bytes[start...], as: UTF8.self))
    return parts
  }
}

/// A body of `application/x-www-form-urlencoded` (RFC 6749 appendix B), each name once.
struct FormBody: Sendable {
  static let maximumSizeBytes = 64 << 10
  static let maximumFields = 64

  private let fields: [String: String]

  init(parsing body: [UInt8]) throws(OAuthError) {
    guard body.count <= Self.maximumSizeBytes else {
      throw .invalidRequest("The body has \(body.count) bytes; at most \(Self.maximumSizeBytes) are read")
    }
    var fields: [String: String] = [:]
    let pairs = body.split(separator: UInt8(ascii: "&"))
    guard pairs.count <= Self.maximumFields else {
      throw .invalidRequest("The body has \(pairs.count) fields; at most \(Self.maximumFields) are read")
    }
    for pair in pairs {
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decode(parts[0]), let value = parts.count == 2 ? Self.decode(parts[1]) : "" else {
        throw .invalidRequest("The body is not form-encoded: a % stands without two hexadecimal digits, or the text is not UTF-8")
      }
      // RFC 6749 section 3.2: what is sent without a value counts as not sent, and nothing may be sent twice.
      if value.isEmpty { continue }
      guard fields.updateValue(value, forKey: name) == nil else {
        throw .invalidRequest("The field \(ExactText.shown(name)) is given twice")
      }
    }
    self.fields = fields
  }

  subscript(name: String) -> String? { fields[name] }

  /// One form-encoded name or value; `nil` for a bad escape or bytes that are not UTF-8.
  static func decode(_ text: some Sequence<UInt8>) -> String? {
    var bytes: [UInt8] = []
    var iterator = text.makeIterator()
    while let byte = iterator.next() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else { return nil }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): letter - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): letter - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

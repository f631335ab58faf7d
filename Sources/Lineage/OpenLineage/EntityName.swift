package import JSON

/// A job or a dataset as an event names it: a namespace, and a name that is unique in it. Compared byte by byte, as the store does.
package struct EntityName: Sendable, CustomStringConvertible {
  /// Both together, in bytes: what an index takes.
  package static let maximumSizeBytes = 2_048

  package let namespace: String
  package let name: String

  package init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  package var description: String { "\(namespace) \(name)" }
}

extension EntityName: Hashable {
  package static func == (left: EntityName, right: EntityName) -> Bool {
    left.name.utf8.elementsEqual(right.name.utf8) && left.namespace.utf8.elementsEqual(right.namespace.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    for part in [namespace, name] {
      var part = part
      part.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
      hasher.combine(UInt8(0))
    }
  }
}

extension EntityName: JSONDecodable {
  /// An object with `namespace` and `name`.
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    let namespace = try object.required("namespace").string()
    let name = try object.required("name").string()
    guard !name.isEmpty else { throw json.invalid("The name is empty") }
    guard namespace.utf8.count + name.utf8.count <= Self.maximumSizeBytes else {
      throw json.invalid("Namespace and name are longer than \(Self.maximumSizeBytes) bytes")
    }
    self.init(namespace: namespace, name: name)
  }
}

/// The id of a run: a UUID (RFC 9562) of any version.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The 36-character form in either case.
  package init?(_ text: String) {
    var value: (high: UInt64, low: UInt64) = (0, 0)
    var digits = 0
    guard text.utf8.count == 36 else { return nil }
    for (place, byte) in text.utf8.enumerated() {
      if [8, 13, 18, 23].contains(place) {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
      if digits < 16 { value.high = value.high << 4 | UInt64(digit) } else { value.low = value.low << 4 | UInt64(digit) }
      digits += 1
    }
    self.init(high: value.high, low: value.low)
  }

  package var description: String {
    func hex(_ value: UInt64) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }
    let text = Array(hex(high) + hex(low))
    return [text[0..<8], text[8..<12], text[12..<16], text[16..<20], text[20..<32]].map { String($0) }.joined(separator: "-")
  }
}

extension RunID: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    let text = try json.string()
    guard let id = RunID(text) else { throw json.invalid("Expected a UUID, found \"\(text.prefix(60))\"") }
    self = id
  }
}

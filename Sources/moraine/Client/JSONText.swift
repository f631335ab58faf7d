import JSON

/// JSON written anew from a parsed value: the server's own members, numbers and order, other spaces.
enum JSONText {
  static func compact(_ value: JSONValue) -> [UInt8] { text(value, depth: nil) }

  /// Indented by two spaces a level.
  ///
  /// - Parameter depth: the levels that the value lies in already.
  static func pretty(_ value: JSONValue, depth: Int = 0) -> [UInt8] { text(value, depth: depth) }

  private static func text(_ value: JSONValue, depth: Int?) -> [UInt8] {
    var bytes: [UInt8] = []
    write(value, depth, to: &bytes)
    return bytes
  }

  // The parser bounds the depth of what gets here.
  private static func write(_ value: JSONValue, _ depth: Int?, to bytes: inout [UInt8]) {
    func breakLine(_ depth: Int?) {
      guard let depth else { return }
      bytes.append(0x0A)
      bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
    }
    let inner = depth.map { $0 + 1 }
    var isFirst = true
    func next() {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      breakLine(inner)
    }
    if let object = try? value.object() {
      bytes.append(UInt8(ascii: "{"))
      for member in object {
        next()
        bytes += JSONWriter.text { $0.value(member.key) }
        bytes += depth == nil ? [UInt8(ascii: ":")] : [UInt8(ascii: ":"), 0x20]
        write(member.value, inner, to: &bytes)
      }
      if !isFirst { breakLine(depth) }
      bytes.append(UInt8(ascii: "}"))
    } else if let array = try? value.array() {
      bytes.append(UInt8(ascii: "["))
      for element in array {
        next()
        write(element, inner, to: &bytes)
      }
      if !isFirst { breakLine(depth) }
      bytes.append(UInt8(ascii: "]"))
    } else {
      bytes.append(contentsOf: value.raw)
    }
  }
}

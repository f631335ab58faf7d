import SeededRandom

/// Writes a value with random whitespace and random, equivalent escapes.
struct RandomSpelling {
  var random: SeededGenerator
  var bytes: [UInt8] = []

  mutating func spell(_ value: ModelValue) {
    space()
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .real(let value): append(value.description)
    case .string(let scalars): string(scalars)
    case .array(let values):
      append("[")
      for (place, value) in values.enumerated() {
        if place > 0 { append(",") }
        spell(value)
      }
      space()
      append("]")
    case .object(let members):
      append("{")
      for (place, member) in members.enumerated() {
        if place > 0 { append(",") }
        space()
        string(member.key)
        space()
        append(":")
        spell(member.value)
      }
      space()
      append("}")
    }
    space()
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func space() {
    let spaces: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
    for _ in 0..<Int.random(in: 0...2, using: &random) { bytes.append(spaces.randomElement(using: &random) ?? 0x20) }
  }

  private mutating func string(_ scalars: [Unicode.Scalar]) {
    append("\"")
    let short: [Unicode.Scalar: String] = [
      "\"": "\\\"", "\\": "\\\\", "/": "\\/", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
    ]
    for scalar in scalars {
      let must = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
      switch Int.random(in: 0..<6, using: &random) {
      case 0: units(scalar)
      case 1...2 where short[scalar] != nil: append(short[scalar] ?? "")
      default: if must { units(scalar) } else { append(String(scalar)) }
      }
    }
    append("\"")
  }

  private mutating func units(_ scalar: Unicode.Scalar) {
    for unit in String(scalar).utf16 {
      let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
      append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
    }
  }
}

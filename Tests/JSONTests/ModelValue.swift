import JSON
import SeededRandom

/// A JSON value made apart from the reader, to compare what was read with. Strings are scalars, since `String` compares by
/// canonical equivalence and JSON does not.
indirect enum ModelValue: Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case real(Double)
  case string([Unicode.Scalar])
  case array([ModelValue])
  case object([Member])

  struct Member: Equatable {
    var key: [Unicode.Scalar]
    var value: ModelValue
  }
}

extension ModelValue {
  init(reading json: JSONValue) throws {
    switch json.kind {
    case .null: self = .null
    case .bool: self = .bool(try json.bool())
    case .number:
      if let integer = try? json.int64() { self = .integer(integer) } else { self = .real(try json.double()) }
    case .string: self = .string(Array(try json.string().unicodeScalars))
    case .array: self = .array(try json.array().map { try ModelValue(reading: $0) })
    case .object:
      self = .object(
        try json.object().map { Member(key: Array($0.key.unicodeScalars), value: try ModelValue(reading: $0.value)) })
    }
  }

  init(parsing text: [UInt8], limits: JSONLimits = .standard) throws {
    try self.init(reading: JSONDocument(parsing: text, limits: limits).root)
  }

  static func random(depth: Int, using random: inout SeededGenerator) -> ModelValue {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .integer(randomInteger(using: &random))
    case 3: return .real(randomReal(using: &random))
    case 4, 5: return .string(randomScalars(using: &random))
    case 6: return .array((0..<Int.random(in: 0...5, using: &random)).map { _ in .random(depth: depth - 1, using: &random) })
    default:
      var members: [Member] = []
      // Some objects pass the size at which duplicate keys are looked for by a set.
      let count = Int.random(in: 0..<20, using: &random) == 0 ? 40 : Int.random(in: 0...6, using: &random)
      for _ in 0..<count {
        let key = randomScalars(using: &random)
        if members.contains(where: { $0.key == key }) { continue }
        members.append(Member(key: key, value: .random(depth: count == 40 ? 0 : depth - 1, using: &random)))
      }
      return .object(members)
    }
  }

  private static func randomInteger(using random: inout SeededGenerator) -> Int64 {
    let edges: [Int64] = [0, -1, 1, 9, 10, .max, .min, .max - 1, .min + 1, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1]
    if Bool.random(using: &random) { return edges.randomElement(using: &random) ?? 0 }
    return Int64(bitPattern: random.next()) >> Int.random(in: 0..<64, using: &random)
  }

  /// A finite double whose shortest text has a fraction or an exponent.
  private static func randomReal(using random: inout SeededGenerator) -> Double {
    let value = Double(bitPattern: random.next())
    return value.isFinite ? value : 0.5
  }

  private static func randomScalars(using random: inout SeededGenerator) -> [Unicode.Scalar] {
    let ranges: [ClosedRange<UInt32>] = [
      0x61...0x7A, 0x20...0x7F, 0x01...0x1F, 0x22...0x22, 0x5C...0x5C, 0x80...0x7FF, 0x300...0x310, 0x800...0xD7FF,
      0xE000...0xFFFF, 0x10000...0x10FFFF,
    ]
    let plain = Bool.random(using: &random)
    return (0..<Int.random(in: 0...20, using: &random)).compactMap { _ in
      let range = plain ? 0x61...0x7A : ranges.randomElement(using: &random) ?? 0x61...0x7A
      return Unicode.Scalar(UInt32.random(in: range, using: &random))
    }
  }
}

extension ModelValue: JSONEncodable {
  func write(to writer: inout JSONWriter) {
    switch self {
    case .null: writer.null()
    case .bool(let value): writer.value(value)
    case .integer(let value): writer.value(value)
    case .real(let value): writer.raw(value.description.utf8)
    case .string(let scalars): writer.value(text(scalars))
    case .array(let values): writer.values(values)
    case .object(let members):
      writer.object {
        for member in members {
          $0.key(text(member.key))
          $0.value(member.value)
        }
      }
    }
  }
}

func text(_ scalars: [Unicode.Scalar]) -> String {
  var text = String.UnicodeScalarView()
  text.append(contentsOf: scalars)
  return String(text)
}

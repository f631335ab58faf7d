import Glibc

/// The 16 bytes of a UUID (RFC 9562), ordered as PostgreSQL orders them.
package struct PostgresUUID: Hashable, Comparable, Sendable {
  /// The first and the last eight bytes, as big-endian numbers.
  package var high: UInt64
  package var low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Nil unless there are exactly 16 bytes.
  package init?(bytes: some Sequence<UInt8>) {
    var high: UInt64 = 0
    var low: UInt64 = 0
    var count = 0
    for byte in bytes {
      if count < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
      count += 1
    }
    guard count == 16 else { return nil }
    self.init(high: high, low: low)
  }

  /// Parses the 36-character form, in either case, or 32 digits without hyphens.
  package init?(_ string: some StringProtocol) {
    var high: UInt64 = 0
    var low: UInt64 = 0
    var digits = 0
    var position = 0
    let hyphenated = string.utf8.count == 36
    guard hyphenated || string.utf8.count == 32 else { return nil }
    for character in string.utf8 {
      defer { position += 1 }
      if hyphenated, position == 8 || position == 13 || position == 18 || position == 23 {
        guard character == UInt8(ascii: "-") else { return nil }
        continue
      }
      let value: UInt8
      switch character {
      case 0x30...0x39: value = character - 0x30
      case 0x41...0x46: value = character - 0x37
      case 0x61...0x66: value = character - 0x57
      default: return nil
      }
      if digits < 16 { high = high << 4 | UInt64(value) } else { low = low << 4 | UInt64(value) }
      digits += 1
    }
    self.init(high: high, low: low)
  }

  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    encode(into: &bytes)
    return bytes
  }

  /// Version 4: 122 random bits.
  package static func random() -> PostgresUUID {
    var generator = SystemRandomNumberGenerator()
    return PostgresUUID(high: generator.next() & ~0xF000 | 0x4000, low: generator.next() & ~(0b11 << 62) | 0b10 << 62)
  }

  /// Version 7: milliseconds since 1970, then their fraction in 12 bits (RFC 9562, method 3), then 62 random bits.
  /// Later ones are greater down to a quarter of a microsecond, so rows by this key lie together in their index.
  package static func timeOrdered() -> PostgresUUID {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let milliseconds = UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    let fraction = (UInt64(time.tv_nsec) % 1_000_000) << 12 / 1_000_000
    var generator = SystemRandomNumberGenerator()
    return PostgresUUID(high: milliseconds << 16 | 0x7000 | fraction, low: generator.next() & ~(0b11 << 62) | 0b10 << 62)
  }

  package static func < (left: PostgresUUID, right: PostgresUUID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

extension PostgresUUID: CustomStringConvertible, LosslessStringConvertible {
  package init?(_ description: String) {
    self.init(description[...])
  }

  /// Lowercase, with hyphens.
  package var description: String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      var position = 0
      for digit in 0..<32 {
        if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
          buffer[position] = UInt8(ascii: "-")
          position += 1
        }
        let word = digit < 16 ? high : low
        let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - digit % 16 * 4)) & 0xF
        buffer[position] = value < 10 ? 0x30 + value : 0x57 + value
        position += 1
      }
      return position
    }
  }
}

extension PostgresUUID: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .uuid }

  package func encode(into buffer: inout [UInt8]) {
    buffer.append(bigEndian: high)
    buffer.append(bigEndian: low)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> PostgresUUID {
    guard cell.type == PostgresType.uuid.oid, !cell.isNull, cell.bytes.count == 16 else {
      throw PostgresCellMismatch(expected: "PostgresUUID")
    }
    return PostgresUUID(
      high: UInt64(bigEndian: cell.bytes.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: cell.bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }
}

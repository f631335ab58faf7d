/// A UUID of version 7 (RFC 9562): under it the server does a change once, however often it is sent.
struct IdempotencyKey: Sendable, CustomStringConvertible {
  let description: String

  init(nowMs: Int64 = Instant.now.milliseconds) {
    var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
    for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: nowMs >> (40 - 8 * index)) }
    bytes[6] = 0x70 | bytes[6] & 0x0F
    bytes[8] = 0x80 | bytes[8] & 0x3F
    var text = ""
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      let digits = String(byte, radix: 16)
      text += digits.utf8.count == 1 ? "0" + digits : digits
    }
    description = text
  }
}

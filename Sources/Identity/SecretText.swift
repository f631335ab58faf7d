import Crypto
import FoundationEssentials

/// How our secrets are written: a prefix that leak scanners and people recognise, hexadecimal, and a checksum.
///
/// The checksum tells a mistyped or cut secret from a wrong one before anything is looked up. It protects nothing else.
enum SecretText {
  static let checksumBytes = 4
  static let maximumBytes = 256

  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// `nil` unless `text` is `count` bytes in lower-case hexadecimal.
  static func bytes(_ text: some Collection<UInt8>, count: Int) -> [UInt8]? {
    guard text.count == 2 * count else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for letter in text {
      let value: UInt8
      switch letter {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = letter - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = letter - UInt8(ascii: "a") + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }

  static func withChecksum(_ text: String) -> String { text + hexadecimal(checksum(text.utf8)) }

  /// The text before its checksum; `nil` when the checksum is not its own.
  static func checked(_ text: String) -> Substring.UTF8View? {
    guard text.utf8.count > 2 * checksumBytes, text.utf8.count <= maximumBytes else { return nil }
    let body = text.utf8.dropLast(2 * checksumBytes)
    guard let given = bytes(text.utf8.suffix(2 * checksumBytes), count: checksumBytes), given == checksum(body) else { return nil }
    return body
  }

  static func random(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  private static func checksum(_ text: some Sequence<UInt8>) -> [UInt8] { Array(SHA256.hash(data: Array(text)).prefix(checksumBytes)) }
}

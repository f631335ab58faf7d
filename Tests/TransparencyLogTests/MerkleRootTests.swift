import Crypto
import Testing

@testable import TransparencyLog

@Suite struct MerkleRootTests {
  /// The definition of RFC 6962 §2.1, word for word.
  private static func root(_ entries: ArraySlice<[UInt8]>) -> [UInt8] {
    guard entries.count > 1 else { return entries.first.map { LeafHash.of($0) } ?? Array(SHA256.hash(data: [UInt8]())) }
    var split = 1
    while split * 2 < entries.count { split *= 2 }
    let middle = entries.startIndex + split
    return Array(SHA256.hash(data: [1] + root(entries[..<middle]) + root(entries[middle...])))
  }

  @Test func agreesWithTheDefinition() {
    var tree = MerkleRoot()
    var entries: [[UInt8]] = []
    #expect(tree.hash == Self.root([]))
    for number in 0..<130 {
      let entry = Array("entry \(number)".utf8)
      entries.append(entry)
      tree.add(LeafHash.of(entry))
      #expect(tree.hash == Self.root(entries[...]))
      #expect(tree.count == UInt64(entries.count))
    }
  }

  /// The root of the eight-leaf tree that implementations of RFC 6962 share as a test vector.
  @Test func agreesWithTheSharedVector() {
    let entries: [[UInt8]] = [
      [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
      [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
      [0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ]
    var tree = MerkleRoot()
    for entry in entries { tree.add(LeafHash.of(entry)) }
    let hex = tree.hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hex == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
  }
}

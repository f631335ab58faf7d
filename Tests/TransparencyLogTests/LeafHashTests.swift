import Testing
import TransparencyLog

@Suite struct LeafHashTests {
  /// Vectors of Certificate Transparency's test data (RFC 6962 §2.1).
  @Test(
    arguments: [
      ([], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
      (Array("L123456".utf8), "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"),
      ([0x00], "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"),
      ([0x10], "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7"),
      ([0x20, 0x21], "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7"),
    ] as [([UInt8], String)])
  func vectors(entry: [UInt8], expected: String) {
    let hash = LeafHash.of(entry)
    #expect(hash.count == 32)
    #expect(hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == expected)
  }
}

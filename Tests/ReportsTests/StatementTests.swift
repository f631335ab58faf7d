import Crypto
import Foundation
import Testing
import TransparencyLog

@testable import Reports

@Suite struct StatementTests {
  private static let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: Array(repeating: 7, count: 32))

  /// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4): the same twelve bytes before each.
  private func pem(_ key: Curve25519.Signing.PublicKey) -> String {
    let bytes: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00] + Array(key.rawRepresentation)
    return "-----BEGIN PUBLIC KEY-----\n\(Base64.text(bytes))\n-----END PUBLIC KEY-----\n"
  }

  private func envelope(_ files: [(String, [UInt8])]) throws -> SignedEnvelope {
    let subjects = files.map { file in
      Statement.Subject(name: file.0, sha256: SHA256.hash(data: file.1).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }
    let statement = Statement(
      subjects: subjects, predicateType: "https://moraine.example.org/report/v1", predicate: .object(["model": .string("kredit-risikö@7")]))
    var envelope = SignedEnvelope(payload: try statement.bytes())
    try envelope.sign(with: try #require(Self.key), keyID: "moraine.example.org")
    return envelope
  }

  /// Python and openssl check it; and with one byte of anything changed, they refuse it.
  @Test func strangersCheckIt() throws {
    let files: [(String, [UInt8])] = [("report.json", Array("{}".utf8)), ("report.html", Array("<html/>".utf8)), ("empty.csv", [])]
    let envelope = try envelope(files)
    let key = try #require(Self.key).publicKey
    #expect(envelope.isSigned(by: key))
    #expect(!envelope.isSigned(by: Curve25519.Signing.PrivateKey().publicKey))
    try Program.inFolder { folder in
      func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: folder.appending(path: name)) }
      for file in files { try write(file.0, file.1) }
      try write("key.pem", Array(pem(key).utf8))
      try write("envelope.json", envelope.bytes)
      try Program.python("check_envelope.py", ["envelope.json", "key.pem", "."], in: folder)
      func isRefused() throws -> Bool {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts/check_envelope.py").path
        return try Program.outcome("python3", [script, "envelope.json", "key.pem", "."], in: folder).code != 0
      }
      try write("report.json", Array("{ }".utf8))
      #expect(try isRefused())
      try write("report.json", Array("{}".utf8))
      // A character inside the payload, and one inside the signature.
      for marker in ["\"payload\":\"", "\"sig\":\""] {
        var text = String(decoding: envelope.bytes, as: UTF8.self)
        let place = text.index(try #require(text.range(of: marker)).upperBound, offsetBy: 20)
        text.replaceSubrange(place...place, with: text[place] == "A" ? "B" : "A")
        try write("envelope.json", Array(text.utf8))
        #expect(try isRefused(), "\(marker)")
      }
    }
  }

  /// The example of the DSSE protocol's text.
  @Test func encodingBeforeSigning() {
    let bytes = SignedEnvelope.preAuthenticationEncoding(type: "http://example.com/HelloWorld", payload: Array("hello world".utf8))
    #expect(String(decoding: bytes, as: UTF8.self) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
    #expect(String(decoding: SignedEnvelope.preAuthenticationEncoding(type: "é", payload: []), as: UTF8.self) == "DSSEv1 2 é 0 ")
  }

  @Test func subjectsAreChecked() {
    let good = String(repeating: "a0", count: 32)
    func refusal(_ subjects: [Statement.Subject]) -> ReportError? {
      do throws(ReportError) {
        _ = try Statement(subjects: subjects, predicateType: "t", predicate: .null).bytes()
        return nil
      } catch { return error }
    }
    #expect(refusal([.init(name: "a", sha256: good)]) == nil)
    #expect(refusal([.init(name: "a", sha256: good), .init(name: "a", sha256: good)]) == .repeatedEntryName("a"))
    #expect(refusal([.init(name: "a", sha256: good.uppercased())]) == .invalidDigest(good.uppercased()))
    #expect(refusal([.init(name: "a", sha256: "")]) == .invalidDigest(""))
  }

  @Test(arguments: 0...100) func base64(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + count) }
    #expect(Base64.text(bytes) == Data(bytes).base64EncodedString())
  }
}

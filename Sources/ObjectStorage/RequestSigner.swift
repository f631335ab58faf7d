import Crypto

/// AWS Signature Version 4 for S3: one chunk, the body's hash in the signature.
///
/// Pure: the same request at the same time has the same signature.
package struct RequestSigner: Sendable {
  package let credentials: S3Credentials
  package let region: String
  package let service: String

  package init(credentials: S3Credentials, region: String, service: String = "s3") {
    self.credentials = credentials
    self.region = region
    self.service = service
  }

  /// The headers to send: those given, with host, date, body hash, session token and authorization.
  ///
  /// - Parameters:
  ///   - path: percent-encoded once, as it will be sent.
  ///   - query: decoded pairs.
  ///   - date: `20260503T101500Z`.
  package func headers(
    method: String, host: String, path: String, query: [(name: String, value: String)], headers: [(name: String, value: String)],
    bodyHash: String, date: String
  ) -> [(name: String, value: String)] {
    var signed = headers.map { (name: $0.name.lowercased(), value: $0.value) }
    signed.append(("host", host))
    signed.append(("x-amz-content-sha256", bodyHash))
    signed.append(("x-amz-date", date))
    if let token = credentials.sessionToken { signed.append(("x-amz-security-token", token)) }
    signed.sort { $0.name < $1.name }

    let names = signed.map(\.name).joined(separator: ";")
    let canonical = [
      method, path, Self.canonicalQuery(query), signed.map { "\($0.name):\(Self.trimmed($0.value))\n" }.joined(), names, bodyHash,
    ].joined(separator: "\n")
    let day = String(date.prefix(8))
    let scope = "\(day)/\(region)/\(service)/aws4_request"
    let text = ["AWS4-HMAC-SHA256", date, scope, Self.hex(SHA256.hash(data: Array(canonical.utf8)))].joined(separator: "\n")

    var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
    for part in [day, region, service, "aws4_request"] {
      key = SymmetricKey(data: Array(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)))
    }
    let signature = Self.hex(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    let authorization =
      "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
    return signed + [("authorization", authorization)]
  }

  /// Pairs encoded and in order of their encoded names.
  package static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
    query.map { (encoded($0.name), encoded($0.value)) }.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
  }

  /// Percent-encodes all but the unreserved characters of RFC 3986, and slashes where they are to stay.
  package static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(UnicodeScalar(byte))
      case UInt8(ascii: "/") where keepingSlashes: result += "/"
      default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result
  }

  package static func hash(_ body: [UInt8]) -> String { hex(SHA256.hash(data: body)) }

  private static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
  }

  /// Without outer spaces, and inner runs as one (SigV4, "canonical headers").
  private static func trimmed(_ value: String) -> String { value.split(separator: " ").joined(separator: " ") }
}

/// A client's headers, sorted into those that are signed and those that are none of ours. What would reach further is refused.
struct SignHeaders {
  private(set) var signed: [(name: String, value: String)] = []
  private(set) var bodyHash: String?
  /// As the client gave it.
  private(set) var copySource: String?
  /// Whether the client sends a header, by name in small letters and value.
  private var given: [String: String] = [:]

  private static let maximumCount = 100
  private static let maximumSizeBytes = 8_192
  private static let alwaysSigned: Set = ["content-md5", "content-type", "content-encoding", "if-match", "if-none-match"]
  /// Those of `x-amz-` that change nothing but the object itself; an access list or a redirect would open it to others.
  private static let harmless: Set = [
    "x-amz-checksum-mode", "x-amz-copy-source-if-match", "x-amz-copy-source-if-modified-since", "x-amz-copy-source-if-none-match",
    "x-amz-copy-source-if-unmodified-since", "x-amz-copy-source-range", "x-amz-decoded-content-length", "x-amz-expected-bucket-owner",
    "x-amz-metadata-directive", "x-amz-request-payer", "x-amz-sdk-checksum-algorithm", "x-amz-storage-class", "x-amz-tagging",
    "x-amz-tagging-directive", "x-amz-trailer", "x-amz-user-agent",
  ]
  private static let harmlessPrefixes = ["x-amz-meta-", "x-amz-checksum-", "x-amz-server-side-encryption"]
  private static let bodyHashes: Set = ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"]

  init(_ headers: [(name: String, values: [String])]) throws(SignRefusal) {
    guard headers.count <= Self.maximumCount else { throw .malformed("it has more than \(Self.maximumCount) headers") }
    for (name, values) in headers {
      guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else { throw .malformed("a header's name is no token") }
      let name = name.lowercased()
      let value = values.joined(separator: ", ")
      guard value.utf8.count <= Self.maximumSizeBytes, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        throw .malformed("the header \(name.prefix(100)) is too long or holds control characters")
      }
      guard given[name] == nil else { throw .malformed("the header \(name.prefix(100)) comes twice") }
      given[name] = value
      try sort(name, value, count: values.count)
    }
  }

  private mutating func sort(_ name: String, _ value: String, count: Int) throws(SignRefusal) {
    switch name {
    case "x-amz-content-sha256":
      let isHash = value.utf8.count == 64 && value.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
      guard isHash || Self.bodyHashes.contains(value) else { throw .malformed("its x-amz-content-sha256 is none that is signed") }
      bodyHash = value
    case "x-amz-copy-source":
      guard count == 1 else { throw .malformed("it has several copy sources") }
      copySource = value
      signed.append((name, value))
    // Ours are put in their place.
    case "x-amz-date", "x-amz-security-token", "authorization", "host": break
    case _
    where name.hasPrefix("x-http-method") || name.hasPrefix("x-method-override") || name == "x-original-url" || name == "x-rewrite-url":
      throw .malformed("the header \(name) would make it another request")
    case _ where name.hasPrefix("x-amz-"):
      guard Self.harmless.contains(name) || Self.harmlessPrefixes.contains(where: name.hasPrefix) else {
        throw .malformed("the header \(name.prefix(100)) is not signed")
      }
      signed.append((name, value))
    case _ where Self.alwaysSigned.contains(name): signed.append((name, value))
    default: break
    }
  }

  func has(_ name: String, _ value: String) -> Bool { given[name] == value }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}

/// What a request to S3 is about: the parts of its address, read in the only way that every service reads them.
struct SignTarget {
  let host: String
  let usesPathStyle: Bool
  let bucket: String
  /// Decoded; empty for the bucket itself.
  let key: String
  /// Decoded.
  let query: [(name: String, value: String)]

  private static let maximumSizeBytes = 8_192

  /// - Parameter bucket: the only one that may be asked for.
  init(_ uri: String, endpoint: S3Endpoint, bucket: String) throws(SignRefusal) {
    guard uri.utf8.count <= Self.maximumSizeBytes else { throw .malformed("its address is longer than \(Self.maximumSizeBytes) bytes") }
    guard uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !uri.utf8.contains(where: { [0x5C, 0x23, 0x22, 0x3C, 0x3E].contains($0) }) else {
      throw .malformed("its address holds what must be percent-encoded, or a fragment")
    }
    let scheme = "\(endpoint.scheme)://"
    guard uri.utf8.prefix(scheme.utf8.count).elementsEqual(scheme.utf8) else {
      throw .malformed("its address does not begin with \(scheme)")
    }
    let rest = uri.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let (path, query) = Self.split(rest.dropFirst(authority.count))
    self.query = try Self.pairs(query)

    let ownPort = endpoint.isSecure ? ":443" : ":80"
    let asked = (authority.hasSuffix(ownPort) ? authority.dropLast(ownPort.count) : authority).lowercased()
    guard !authority.contains("@") else { throw .malformed("its address names a user") }
    if endpoint.hosts.contains(asked) {
      usesPathStyle = true
      let parts = path.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      self.bucket = parts.first.map(String.init) ?? ""
      key = try Self.key(parts.count > 1 ? parts[1] : "")
    } else if let own = endpoint.hosts.first(where: { asked == "\(bucket).\($0)".lowercased() }) {
      usesPathStyle = false
      self.bucket = String(asked.dropLast(own.count + 1))
      key = try Self.key(path.dropFirst())
    } else {
      throw .outside("the host \(asked.prefix(200))")
    }
    host = asked
    guard self.bucket == bucket else { throw .outside("the bucket \"\(self.bucket.prefix(100))\"") }
  }

  /// The address in its one spelling.
  func uri(_ endpoint: S3Endpoint) -> String {
    "\(endpoint.scheme)://\(host)\(path)\(query.isEmpty ? "" : "?" + RequestSigner.canonicalQuery(query))"
  }

  var path: String {
    let encoded = "/" + RequestSigner.encoded(key, keepingSlashes: true)
    return usesPathStyle ? "/\(bucket)\(key.isEmpty ? "" : encoded)" : encoded
  }

  private static func split(_ rest: Substring) -> (path: Substring, query: Substring?) {
    guard let mark = rest.firstIndex(of: "?") else { return (rest, nil) }
    return (rest[..<mark], rest[rest.index(after: mark)...])
  }

  private static func key(_ raw: Substring) throws(SignRefusal) -> String {
    guard !raw.isEmpty else { return "" }
    guard !raw.lowercased().contains("%2f"), !raw.lowercased().contains("%5c") else { throw .malformed("its path holds an encoded slash") }
    let key = try decoded(raw)
    try check(key: key)
    return key
  }

  /// A key that no service, proxy or second decoding turns into another place.
  ///
  /// A percent sign alone is no fault: Iceberg writes partition values percent-encoded into paths, so `day=a%252Fb` is a key of its own.
  static func check(key: String) throws(SignRefusal) {
    var reading = key
    for _ in 0..<8 {
      for part in reading.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
        // Java's path parameters: some servers read "..;x" as "..".
        let name = part.prefix { $0 != UInt8(ascii: ";") }
        guard !part.isEmpty, !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) else {
          throw .malformed("its key holds an empty, \".\" or \"..\" component")
        }
      }
      guard !reading.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0x5C }) else {
        throw .malformed("its key holds a control character or a backslash")
      }
      guard let next = try? decoded(reading[...]), !next.utf8.elementsEqual(reading.utf8) else { return }
      reading = next
    }
    throw .malformed("its key is percent-encoded too often")
  }

  private static func pairs(_ raw: Substring?) throws(SignRefusal) -> [(name: String, value: String)] {
    guard let raw, !raw.isEmpty else { return [] }
    var pairs: [(name: String, value: String)] = []
    for item in raw.split(separator: "&", omittingEmptySubsequences: false) {
      // A plus is a space to some services and a plus to others.
      guard !item.contains("+"), !item.contains(";") else { throw .malformed("its query holds \"+\" or \";\"; write %20, %2B or %3B") }
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = try decoded(parts.first ?? "")
      guard !name.isEmpty, !pairs.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
        throw .malformed("its query has a parameter without a name, or one twice")
      }
      pairs.append((name, try decoded(parts.count > 1 ? parts[1] : "")))
    }
    return pairs
  }

  /// Percent-decodes once.
  static func decoded(_ text: Substring) throws(SignRefusal) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), digits.first != UInt8(ascii: "+")
      else { throw .malformed("its address is not percent-encoded rightly") }
      rest = rest.dropFirst(2)
      bytes.append(value)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed("its address is not UTF-8") }
    return text
  }
}

extension S3Endpoint {
  /// The names it answers to, in small letters.
  var hosts: [String] {
    let own = host.lowercased()
    return own == "s3.us-east-1.amazonaws.com" ? [own, "s3.amazonaws.com"] : [own]
  }
}

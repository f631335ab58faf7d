/// Where the server is: `http://host:port`, perhaps with a path in front of its routes.
struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
  /// Without a slash at the end.
  let description: String

  static let standard = ServerAddress(unchecked: "http://127.0.0.1:8181")

  private init(unchecked text: String) { description = text }

  /// - Parameter text: an http or https URL; a bare `host:port` means http.
  init(parsing text: String) throws(CommandFailure) {
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    let scheme = parts.count > 1 ? parts[0].lowercased() : "http"
    var rest = parts.count > 1 ? parts[1] : text[...]
    while rest.last == "/" { rest.removeLast() }
    guard ["http", "https"].contains(scheme), let first = rest.first, first != "/", first != ":",
      !rest.contains(where: { "?#@".contains($0) || $0.isWhitespace })
    else {
      throw .usage("\"\(text)\" is no address of a server", hint: "Write it as http://HOST:PORT, as in \(Self.standard).")
    }
    description = scheme + "://" + rest
  }

  /// The URL of a resource.
  ///
  /// - Parameters:
  ///   - path: segments, not encoded.
  ///   - query: names and values, not encoded.
  func url(_ path: [String], query: [(String, String)]) -> String {
    var url = description + "/" + path.map(Self.encode).joined(separator: "/")
    if !query.isEmpty { url += "?" + Self.form(query) }
    return url
  }

  /// Names and values, not encoded, as a query or a form holds them.
  static func form(_ fields: [(String, String)]) -> String {
    fields.map { encode($0.0) + "=" + encode($0.1) }.joined(separator: "&")
  }

  /// Percent-encodes all but the unreserved characters (RFC 3986).
  private static func encode(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    let encoded = String(decoding: bytes, as: UTF8.self)
    // A segment of dots alone would be taken for a step in the path.
    return encoded == "." ? "%2E" : encoded == ".." ? "%2E%2E" : encoded
  }
}

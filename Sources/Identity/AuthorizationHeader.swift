import FoundationEssentials

/// The one `Authorization` header of a request (RFC 9110 section 11.6.2). Holds secrets and prints none.
package enum AuthorizationHeader: Sendable, CustomStringConvertible, CustomReflectable {
  case absent
  case basic(id: String, secret: String)
  case bearer(String)
  /// Another scheme, or one of these that cannot be read.
  case unreadable

  /// - Parameter values: all that the request carries; more than one is unreadable.
  package init(_ values: [String]) {
    guard let value = values.first else {
      self = .absent
      return
    }
    self = .unreadable
    guard values.count == 1, value.utf8.count <= 2 * SignedToken.maximumSizeBytes else { return }
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return }
    let credential = parts[1].drop { $0 == " " }
    switch parts[0].lowercased() {
    case "bearer":
      // pyiceberg sends Python's word for nothing when it has no token.
      self = credential == "None" ? .absent : .bearer(String(credential))
    case "basic":
      if let pair = Self.pair(credential) { self = .basic(id: pair.id, secret: pair.secret) }
    default: break
    }
  }

  private static func pair(_ text: Substring) -> (id: String, secret: String)? {
    guard let bytes = Data(base64Encoded: String(text)) else { return nil }
    let parts = bytes.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    // RFC 6749 section 2.3.1 form-encodes both before base64; Java's client does not. Ours need no encoding, so that both
    // ways of a client come to the same; what is no encoding is taken as it stands.
    func decoded(_ part: Data) -> String? { FormBody.decode(part) ?? String(validating: part, as: UTF8.self) }
    guard let id = decoded(parts[0]), let secret = decoded(parts[1]), !id.isEmpty else { return nil }
    return (id, secret)
  }

  package var description: String {
    switch self {
    case .absent: "absent"
    case .basic(let id, _): "Basic \(ExactText.shown(id)):…"
    case .bearer: "Bearer …"
    case .unreadable: "unreadable"
    }
  }

  package var customMirror: Mirror { Mirror(self, children: []) }
}

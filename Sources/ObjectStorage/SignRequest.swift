/// A request to S3 that a client wants signed (REST specification, `RemoteSignRequest`), all of it the client's word.
package struct SignRequest: Sendable {
  package let method: String
  package let uri: String
  package let headers: [(name: String, values: [String])]
  /// Only of DeleteObjects.
  package let body: String?
  /// `s3` or `nil`.
  package let provider: String?

  package init(method: String, uri: String, headers: [(name: String, values: [String])], body: String? = nil, provider: String? = nil) {
    self.method = method
    self.uri = uri
    self.headers = headers
    self.body = body
    self.provider = provider
  }
}

/// The answer (`RemoteSignResult`): the address in its one spelling, and the headers to add to the client's own.
///
/// Headers that the client has already are not repeated: pyiceberg would send them twice.
package struct SignedRequest: Sendable {
  package let uri: String
  package let headers: [(name: String, value: String)]
}

/// Why a request is not signed.
package enum SignRefusal: Error, Hashable, CustomStringConvertible {
  /// The request cannot be read in one way only, or asks for what is never signed.
  case malformed(String)
  /// It is about something else than the table's files.
  case outside(String)
  /// It needs more access than the caller has.
  case needs(StorageAccess)

  package var description: String {
    switch self {
    case .malformed(let why): "the request is not signed: \(why)"
    case .outside(let what): "the request is not signed: \(what) is outside the table's location"
    case .needs(let access): "the request is not signed: it needs \(access.rawValue) access to the table's files"
    }
  }
}

import FoundationEssentials

/// Where an MLflow server is, and who we are to it.
package struct MLflowAddress: Sendable {
  /// `http` or `https`, host, port, and the path before `/api`, without a slash at the end.
  package let url: String
  let authorization: MLflowAuthorization
  /// Of a server with several (MLflow 3); `nil` for its default one.
  package let workspace: String?

  /// - Throws: ``MLflowAddressError`` for what is no URL of a server. Credentials do not belong into it: URLs are logged.
  package init(_ text: String, authorization: MLflowAuthorization = .none, workspace: String? = nil) throws(MLflowAddressError) {
    guard text.utf8.count <= 2_000, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), let parts = URL(string: text),
      let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty
    else { throw MLflowAddressError("The address of MLflow must begin with https:// or http:// and name a host") }
    guard parts.user == nil, parts.password == nil else {
      throw MLflowAddressError("The address of MLflow must not hold a user or password; configure them beside it")
    }
    guard !text.contains("?"), !text.contains("#") else {
      throw MLflowAddressError("The address of MLflow must not have a query or a fragment")
    }
    guard workspace?.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) ?? true else {
      throw MLflowAddressError("A workspace's name is visible ASCII characters")
    }
    try authorization.check()
    var url = text
    while url.hasSuffix("/") { url.removeLast() }
    self.url = url
    self.authorization = authorization
    self.workspace = workspace
  }
}

/// Who we are to a server. Prints nothing of it.
package enum MLflowAuthorization: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  case none
  case bearer(String)
  case basic(user: String, password: String)

  /// What goes into the header `Authorization`.
  var header: String? {
    switch self {
    case .none: nil
    case .bearer(let token): "Bearer \(token)"
    case .basic(let user, let password): "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"
    }
  }

  fileprivate func check() throws(MLflowAddressError) {
    switch self {
    case .none: break
    case .bearer(let token):
      guard !token.isEmpty, token.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
        throw MLflowAddressError("MLflow's token must be visible ASCII characters")
      }
    case .basic(let user, _):
      guard !user.isEmpty, !user.contains(":") else { throw MLflowAddressError("MLflow's user must not be empty or hold a colon") }
    }
  }

  package var description: String { "…" }
  package var debugDescription: String { "…" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

package struct MLflowAddressError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

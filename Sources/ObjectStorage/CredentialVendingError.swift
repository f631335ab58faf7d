/// Why no key was vended. It holds no secret.
package enum CredentialVendingError: Error, Hashable, CustomStringConvertible {
  case policy(SessionPolicyError)
  case roleMissing(String)
  case accessDenied(role: String, code: String)
  /// The service answered with an error that another try will not mend.
  case refused(status: Int, code: String)
  /// The service is away or overloaded; later it may work.
  case unavailable(String)
  case unreadableAnswer(String)
  case badEndpoint(String)

  package var description: String {
    switch self {
    case .policy(let error): error.description
    case .roleMissing(let role): "the role \(role) does not exist; check the warehouse's role and the token service's endpoint"
    case .accessDenied(let role, let code):
      "the token service does not let the server assume \(role) (\(code)); check the role's trust policy, its external id, and the server's key"
    case .refused(let status, let code):
      "the token service refuses AssumeRole: status \(status)\(code.isEmpty ? "" : " \(code)"); check the role, its longest session and the region"
    case .unavailable(let why): "the token service does not answer (\(why)); check its endpoint, or try again later"
    case .unreadableAnswer(let why): "the token service's answer to AssumeRole is unusable: \(why); check its endpoint"
    case .badEndpoint(let why): "the token service's endpoint: \(why)"
    }
  }
}

/// The signature algorithms a token may name (RFC 7518 section 3.1, RFC 8037).
///
/// `none` and the HMAC family have no case here, so no configuration and no token can ask for them: a public key used as an HMAC
/// secret, which is the classic forgery, has nothing to be used with.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
  case rs256 = "RS256"
  case rs384 = "RS384"
  case rs512 = "RS512"
  case ps256 = "PS256"
  case ps384 = "PS384"
  case ps512 = "PS512"
  case es256 = "ES256"
  case es384 = "ES384"
  case es512 = "ES512"
  case edDSA = "EdDSA"
}

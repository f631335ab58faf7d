import Crypto
import JWTKit
import Testing

@testable import Identity

/// JWTKit as the second opinion on tokens of ours.
enum JWTKitReader {
  struct Claims: JWTPayload {
    let iss: IssuerClaim
    let aud: AudienceClaim
    let sub: SubjectClaim
    let exp: ExpirationClaim

    func verify(using algorithm: some JWTAlgorithm) async throws {
      try exp.verifyNotExpired()
      try aud.verifyIntendedAudience(includes: "catalog")
    }
  }

  static func expectGood(_ token: String, keys: [SigningKey]) async throws {
    let collection = JWTKeyCollection()
    for key in keys { await collection.add(ecdsa: try ES256PublicKey(backing: key.publicKey), kid: JWKIdentifier(string: key.id)) }
    let claims = try await collection.verify(token, as: Claims.self)
    #expect(claims.iss.value == "us")
  }
}

package import Crypto
import TransparencyLog

/// A payload with signatures over it: a DSSE envelope (Dead Simple Signing Envelope 1.0).
///
/// What is signed is not the JSON around it but the payload's own bytes with their type, so that nothing has to be written twice the same way.
package struct SignedEnvelope: Hashable, Sendable {
  package struct Signature: Hashable, Sendable {
    /// Which key it is; a hint that is not signed.
    package let keyID: String
    /// Ed25519: 64 bytes.
    package let bytes: [UInt8]
  }

  package let payloadType: String
  package let payload: [UInt8]
  package private(set) var signatures: [Signature] = []

  package init(payloadType: String = Statement.payloadType, payload: [UInt8]) {
    self.payloadType = payloadType
    self.payload = payload
  }

  package mutating func sign(with key: Curve25519.Signing.PrivateKey, keyID: String) throws(ReportError) {
    let signed = Self.preAuthenticationEncoding(type: payloadType, payload: payload)
    do { signatures.append(Signature(keyID: keyID, bytes: Array(try key.signature(for: signed)))) } catch {
      throw .signingFailed(String(describing: error))
    }
  }

  /// Whether one of the signatures is by this key over this payload.
  package func isSigned(by key: Curve25519.Signing.PublicKey) -> Bool {
    let signed = Self.preAuthenticationEncoding(type: payloadType, payload: payload)
    return signatures.contains { key.isValidSignature($0.bytes, for: signed) }
  }

  /// `DSSEv1`, then length and bytes of the type and of the payload, a space between each (DSSE protocol, "PAE").
  package static func preAuthenticationEncoding(type: String, payload: [UInt8]) -> [UInt8] {
    Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
  }

  /// Canonical JSON; payload and signatures in Base64.
  package var bytes: [UInt8] {
    CanonicalValue.object([
      "payloadType": .string(payloadType), "payload": .string(Base64.text(payload)),
      "signatures": .array(
        signatures.map { .object(["keyid": .string($0.keyID), "sig": .string(Base64.text($0.bytes))]) }),
    ]).canonicalBytes
  }
}

/// A text with signatures under it (C2SP signed-note).
///
/// ```
/// the text, of one line or more⏎
/// ⏎
/// — name base64(key id, signature)⏎
/// ```
package struct SignedNote: Hashable, Sendable {
  /// A signature line. Nothing is said of whether it is good.
  package struct Signature: Hashable, Sendable {
    package let name: String
    package let keyID: UInt32
    /// As the kind of key has them: 64 for Ed25519.
    package let bytes: [UInt8]

    package init(name: String, keyID: UInt32, bytes: [UInt8]) {
      self.name = name
      self.keyID = keyID
      self.bytes = bytes
    }

    var line: String { "\u{2014} \(name) \(Base64.encode(keyID.bigEndianBytes + bytes))\n" }
  }

  /// Ends with a newline.
  package let text: String
  package private(set) var signatures: [Signature]

  /// Far more than any note of ours has; a larger one is not read.
  package static let maximumSizeBytes = 1 << 20
  package static let maximumSignatures = 256

  /// - Parameter text: ends with a newline.
  package init(text: String, signatures: [Signature]) {
    self.text = text
    self.signatures = signatures
  }

  package init(parsing bytes: [UInt8]) throws(NoteError) {
    guard bytes.count <= Self.maximumSizeBytes else { throw .tooLarge }
    let newline = UInt8(ascii: "\n")
    guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(where: { $0 < 0x20 && $0 != newline }) else {
      throw .malformed
    }
    // The last empty line parts text and signatures.
    guard bytes.last == newline, let end = bytes.indices.dropFirst().last(where: { bytes[$0] == newline && bytes[$0 - 1] == newline }),
      end > 1, end < bytes.count - 1
    else { throw .malformed }
    text = String(decoding: bytes[..<end], as: UTF8.self)
    signatures = []
    for line in bytes[(end + 1)...].dropLast().split(separator: newline, omittingEmptySubsequences: false) {
      guard signatures.count < Self.maximumSignatures else { throw .tooLarge }
      signatures.append(try Self.signature(line))
    }
  }

  private static func signature(_ line: ArraySlice<UInt8>) throws(NoteError) -> Signature {
    let start = Array("\u{2014} ".utf8)
    guard line.starts(with: start) else { throw .malformed }
    let parts = line.dropFirst(start.count).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2, let decoded = Base64.decode(parts[1]), decoded.count > 4 else { throw .malformed }
    let name = String(decoding: parts[0], as: UTF8.self)
    guard NoteVerifier.isName(name) else { throw .malformed }
    return Signature(name: name, keyID: decoded.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }, bytes: Array(decoded.dropFirst(4)))
  }

  package mutating func add(_ signature: Signature) { signatures.append(signature) }

  package var bytes: [UInt8] { Array((text + "\n" + signatures.map(\.line).joined()).utf8) }

  /// The signatures of known keys, all of which are good.
  ///
  /// Signatures of other keys are passed over, so that keys can follow one another and witnesses can sign whom one need not know.
  ///
  /// - Throws: ``NoteError/badSignature(name:)`` when a known key's signature is wrong, ``NoteError/unsigned`` when there is none.
  package func verified(by keys: [NoteVerifier]) throws(NoteError) -> [VerifiedSignature] {
    var verified: [VerifiedSignature] = []
    for signature in signatures {
      guard let key = keys.first(where: { $0.keyID == signature.keyID && $0.name.utf8.elementsEqual(signature.name.utf8) }) else {
        continue
      }
      guard let time = key.verify(signature, text) else { throw .badSignature(name: key.name) }
      verified.append(VerifiedSignature(key: key, timeSeconds: time.seconds))
    }
    guard !verified.isEmpty else { throw .unsigned }
    return verified
  }
}

/// A signature that was found good.
package struct VerifiedSignature: Hashable, Sendable {
  package let key: NoteVerifier
  /// When a witness says that it signed, in seconds since 1970; `nil` for a signature that says no time.
  package let timeSeconds: UInt64?
}

package enum NoteError: Error, Hashable {
  case malformed
  case tooLarge
  /// Of a key that is known.
  case badSignature(name: String)
  /// By no key that is known.
  case unsigned
}

extension FixedWidthInteger {
  var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

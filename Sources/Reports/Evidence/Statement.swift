package import TransparencyLog

/// What is said of files by their digests: an in-toto statement (in-toto Attestation Framework, Statement v1).
package struct Statement: Hashable, Sendable {
  package static let payloadType = "application/vnd.in-toto+json"
  private static let type = "https://in-toto.io/Statement/v1"

  /// A file and the SHA-256 of its bytes, as 64 small hexadecimal digits.
  package struct Subject: Hashable, Sendable {
    package var name: String
    package var sha256: String

    package init(name: String, sha256: String) {
      self.name = name
      self.sha256 = sha256
    }
  }

  /// In the order of writing; names differ.
  package var subjects: [Subject]
  /// A URI that says what `predicate` holds.
  package var predicateType: String
  package var predicate: CanonicalValue

  package init(subjects: [Subject], predicateType: String, predicate: CanonicalValue) {
    self.subjects = subjects
    self.predicateType = predicateType
    self.predicate = predicate
  }

  /// Canonical JSON.
  package func bytes() throws(ReportError) -> [UInt8] {
    var names: Set<[UInt8]> = []
    var values: [CanonicalValue] = []
    for subject in subjects {
      guard names.insert(Array(subject.name.utf8)).inserted else { throw .repeatedEntryName(subject.name) }
      guard Self.isDigest(subject.sha256) else { throw .invalidDigest(subject.sha256) }
      values.append(.object(["name": .string(subject.name), "digest": .object(["sha256": .string(subject.sha256)])]))
    }
    return CanonicalValue.object([
      "_type": .string(Self.type), "subject": .array(values), "predicateType": .string(predicateType), "predicate": predicate,
    ]).canonicalBytes
  }

  private static func isDigest(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}

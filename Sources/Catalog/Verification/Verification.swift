package import CatalogStore

/// Something that is not as it was when an input was bound.
package struct VerificationFinding: Hashable, Sendable {
  package enum Kind: String, Sendable {
    /// It is not there any more.
    case missing
    /// It is there and another one.
    case changed
  }

  package let kind: Kind
  /// `data file`, `manifest`, `snapshot`.
  package let what: String
  /// Its location; `nil` for what is no file.
  package let file: String?
  package let expected: String
  package let found: String

  var text: String { "\(what) \(file ?? "") is \(kind.rawValue): expected \(expected), found \(found)" }
}

/// What was looked at, and how.
package struct VerifiedFiles: Hashable, Sendable {
  /// Files by what they are, in words: `data files`.
  package var counts: [String: Int64] = [:]
  /// Files whose content was read and compared with a digest on record.
  package var digestsCompared: Int64 = 0
  /// Files whose content was read for the first time: their digests are on record from now on.
  package var digestsRecorded: Int64 = 0
  package var sizeBytesRead: Int64 = 0

  var total: Int64 { counts.values.reduce(0, +) }

  mutating func count(_ what: String) { counts[what + "s", default: 0] += 1 }
}

/// What a portion of a verification came to for one input.
package struct InputVerification: Sendable {
  package let input: TrainingInput
  package var files = VerifiedFiles()
  package var findings: [VerificationFinding] = []
  /// What was not looked at, and why.
  package var unchecked: [String] = []
  /// Whether this was the last portion of it.
  package var isComplete = false

  init(_ input: TrainingInput) { self.input = input }

  mutating func note(_ text: String) { if !unchecked.contains(text) { unchecked.append(text) } }

  mutating func missing(_ what: String, _ file: String?, expected: String, found: String = "nothing") {
    findings.append(VerificationFinding(kind: .missing, what: what, file: file, expected: expected, found: found))
  }

  mutating func changed(_ what: String, _ file: String?, expected: String, found: String) {
    findings.append(VerificationFinding(kind: .changed, what: what, file: file, expected: expected, found: found))
  }
}

/// A portion of a verification: some of the files of some of the inputs.
package struct VerificationPortion: Sendable {
  package let version: ModelVersion
  /// Whether contents are read and compared, too.
  package let isByContent: Bool
  package var inputs: [InputVerification] = []
  /// Where the next portion begins; `nil` after the last.
  package var next: String?
}

/// Where a portion begins: the input, the step in it, and how far that got.
struct VerificationPlace {
  let input: String
  let step: Int
  /// A number, or the last key that was looked at.
  let reached: String

  init(_ input: TrainingInputID, step: Int = 0, reached: String = "") {
    (self.input, self.step, self.reached) = (input.description, step, reached)
  }

  /// - Throws: ``CatalogError/badRequest(_:)``
  init(_ text: String) throws {
    let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let step = Int(parts[1]), step >= 0 else {
      throw CatalogError.badRequest("The pageToken is none of ours; send the one from the portion before")
    }
    (input, self.step, reached) = (parts[0], step, parts[2])
  }

  var text: String { "\(input)/\(step)/\(reached)" }
  var number: Int { max(0, Int(reached) ?? 0) }
}

/// What several words on one input come to.
package enum EvidenceAgreement {
  /// Who is behind a word: two words of one witness are one.
  private enum Witness: Hashable {
    /// An engine's own report of a scan, whichever way it came: OpenLineage's scan report is a copy of the one that Iceberg's client sends.
    case engine
    /// A system that knows for another reason: `mlflow`.
    case observer(String)
    /// Somebody who says so, in one way or several.
    case sayer(source: String, name: String)

    init(_ word: RecordedEvidence) {
      let source = word.evidence.source
      if word.evidence.grade != .observed {
        self = .sayer(source: source, name: word.saidBy)
      } else {
        self = source == EvidenceSource.metricsReport || source == EvidenceSource.openLineage ? .engine : .observer(source)
      }
    }

    /// Whether the two cannot be the same mistake: another kind of source, and not the same principal's word twice.
    func isIndependent(of other: Witness) -> Bool {
      switch (self, other) {
      case (.sayer(let source, let name), .sayer(let otherSource, let otherName)): source != otherSource && name != otherName
      default: self != other
      }
    }
  }

  /// `nil` where nobody said anything. What was only concluded counts where there is nothing else.
  package static func grade(of words: [RecordedEvidence]) -> EvidenceGrade? {
    let known = words.filter { $0.evidence.grade != .inferred }
    let witnesses = known.map(Witness.init)
    for (index, witness) in witnesses.enumerated() {
      if witnesses[..<index].contains(where: { $0.isIndependent(of: witness) }) { return .corroborated }
    }
    return words.map(\.evidence.grade).max { $0.strength < $1.strength }
  }
}

/// How evidence is known, as `training_evidence.source` has it.
package enum EvidenceSource {
  package static let person = "person"
  /// What a training platform posted.
  package static let platform = "platform"
  package static let openLineage = "openlineage"
  package static let metricsReport = "metrics-report"
}

extension EvidenceGrade {
  /// The greater counts more.
  package var strength: Int {
    switch self {
    case .inferred: 0
    case .declared: 1
    case .observed: 2
    case .corroborated: 3
    }
  }
}

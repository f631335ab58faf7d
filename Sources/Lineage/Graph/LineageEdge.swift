/// Data went from one node to another.
package struct LineageEdge: Hashable, Sendable {
  /// The id of the node that data came from.
  package var from: String
  /// The id of the node that data went to.
  package var to: String
  /// What the data was for, such as `train`, or how it went.
  package var label: String?
  package var evidence: LineageEvidence
  /// Which columns became which; empty when they were not asked for or are not known.
  package var columns: [LineageColumnEdge]

  package init(from: String, to: String, label: String? = nil, evidence: LineageEvidence, columns: [LineageColumnEdge] = []) {
    self.from = from
    self.to = to
    self.label = label
    self.evidence = evidence
    self.columns = columns
  }
}

/// A column of an edge's first node that went into a column of its second.
package struct LineageColumnEdge: Hashable, Sendable {
  package var from: String
  package var to: String
  /// What was done to it, such as `identity`, `aggregation` or `filter`.
  package var transformation: String?
  package var evidence: LineageEvidence

  package init(from: String, to: String, transformation: String? = nil, evidence: LineageEvidence) {
    self.from = from
    self.to = to
    self.transformation = transformation
    self.evidence = evidence
  }
}

/// How an edge is known.
package enum LineageEvidence: String, Sendable, CaseIterable {
  /// Somebody said so.
  case declared
  /// The catalog, or a run that reports to it, saw it happen.
  case observed
  /// Declared, and observed too.
  case corroborated
  /// Concluded from names, times or query text.
  case inferred
  /// Declared, but what was observed speaks against it.
  case contradicted

  /// What it means, for somebody who has never heard the word.
  package var meaning: String {
    switch self {
    case .declared: "somebody said so"
    case .observed: "it was seen to happen"
    case .corroborated: "declared and observed"
    case .inferred: "concluded, not seen"
    case .contradicted: "declared, but what was seen speaks against it"
    }
  }
}

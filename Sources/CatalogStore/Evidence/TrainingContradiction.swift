import Iceberg

/// A word that counts: a source names one state of a dataset.
package struct TrainingClaim: Hashable, Sendable {
  package let dataset: DatasetID
  package let path: DatasetPath
  /// A snapshot's id, or another format's version.
  package let state: String
  package let source: String
  package let grade: EvidenceGrade
  package let saidBy: String

  package init(dataset: DatasetID, path: DatasetPath, state: String, source: String, grade: EvidenceGrade, saidBy: String) {
    self.dataset = dataset
    self.path = path
    self.state = state
    self.source = source
    self.grade = grade
    self.saidBy = saidBy
  }
}

/// Sources that disagree about which states of one dataset a version was trained on.
package struct TrainingContradiction: Hashable, Sendable {
  /// One source's word: all the states that it names.
  package struct Word: Hashable, Sendable {
    package let source: String
    /// In order.
    package let states: [String]
    /// In order.
    package let saidBy: [String]
  }

  package let dataset: DatasetID
  package let path: DatasetPath
  /// By source. Each of them disagrees with another one.
  package let words: [Word]

  /// `credit-risk@7 …: metrics-report says 5 (etl), person says 4 (ann)`
  package var text: String {
    let said = words.map { word in
      "\(word.source) says \(word.states.joined(separator: ", ")) (\(word.saidBy.joined(separator: ", ")))"
    }
    return "Sources disagree about \(path.identifier): \(said.joined(separator: "; "))"
  }
}

extension [TrainingClaim] {
  /// Where sources say different things of one dataset, by dataset.
  ///
  /// A source names a set of states. Two sources agree as long as one's states are all among the other's: who confirms only one of two
  /// does not deny the other one. What was only concluded contradicts nobody.
  package var contradictions: [TrainingContradiction] {
    let byDataset = Dictionary(grouping: filter { $0.grade != .inferred }, by: \.dataset)
    return byDataset.compactMap { dataset, claims -> TrainingContradiction? in
      let bySource = Dictionary(grouping: claims, by: \.source)
      let states = bySource.mapValues { Set($0.map(\.state)) }
      let disagreeing = states.filter { source, mine in
        states.contains { other, theirs in other != source && !mine.isSubset(of: theirs) && !theirs.isSubset(of: mine) }
      }
      guard !disagreeing.isEmpty else { return nil }
      let words = disagreeing.keys.sorted().map { source in
        let said = bySource[source] ?? []
        return TrainingContradiction.Word(
          source: source, states: Set(said.map(\.state)).sorted(), saidBy: Set(said.map(\.saidBy)).sorted())
      }
      return TrainingContradiction(dataset: dataset, path: claims[0].path, words: words)
    }.sorted { $0.path.text < $1.path.text }
  }
}

extension TrainingClaim {
  /// What is claimed of a version: by evidence of inputs that nobody withdrew, and by what could not be bound though it counts.
  package static func all(
    _ inputs: [TrainingInput], _ evidence: [TrainingInputID: [RecordedEvidence]], _ gaps: [TrainingGap]
  ) -> [TrainingClaim] {
    var claims: [TrainingClaim] = []
    for input in inputs where input.withdrawal == nil {
      for word in evidence[input.id] ?? [] {
        claims.append(
          TrainingClaim(
            dataset: input.dataset, path: input.path, state: input.bound.state.text, source: word.evidence.source,
            grade: word.evidence.grade, saidBy: word.saidBy))
      }
    }
    for gap in gaps where gap.kind.counts {
      guard let state = gap.statement.state else { continue }
      claims.append(
        TrainingClaim(
          dataset: gap.statement.dataset, path: gap.statement.path, state: state, source: gap.statement.source,
          grade: gap.statement.grade, saidBy: gap.statement.saidBy))
    }
    return claims
  }
}

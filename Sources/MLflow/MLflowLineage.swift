/// A model version and the way from it to what it was made from, as far as it could be walked.
package struct MLflowLineage: Hashable, Sendable {
  /// What could not be had on the way.
  package struct Gap: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
      case loggedModel(String)
      case run(String)
    }

    package enum Reason: Hashable, Sendable {
      /// Removed, or never there.
      case missing
      /// Deleted, and not yet removed: what is known of it is there.
      case deleted
      /// The server refuses it, or says what we cannot read.
      case unreadable(String)
      /// The server fails when it is asked for this. It is asked again on later walks.
      case failing(String)
    }

    package var place: Place
    package var reason: Reason
  }

  package var version: MLflowModelVersion
  package var loggedModel: MLflowLoggedModel?
  /// The run that made it.
  package var run: MLflowRun?
  /// Other runs that measured the logged model, in the order of their first measures.
  package var evaluations: [MLflowRun]
  package var gaps: [Gap]

  /// Whether more may be found later though the version does not change: its run goes on, or the server failed.
  package var isOpen: Bool {
    run?.isOpen == true || evaluations.contains(where: \.isOpen)
      || gaps.contains { gap in if case .failing = gap.reason { true } else { false } }
  }

  /// Of the run that made it, then of those that measured it.
  package var inputs: [MLflowInput] { (run?.inputs ?? []) + evaluations.flatMap(\.inputs) }

  /// Of the run, and of the logged model what the run does not say.
  package var parameters: [String: String] { (run?.parameters ?? [:]).merging(loggedModel?.parameters ?? [:]) { run, _ in run } }

  /// Of the run, then those that others measured. The run's own go first: a logged model shows 0 for what is no number.
  package var metrics: [MLflowMetric] {
    (run?.metrics ?? []) + (loggedModel?.metrics.filter { $0.runID != run?.id || run == nil } ?? [])
  }

  package var user: String? { version.user ?? run?.user }
  package var gitCommit: String? { run?.gitCommit ?? loggedModel?.tags["mlflow.source.git.commit"] }
  package var imageDigest: String? { run?.imageDigest }

  /// Of the run, else of the version, which Feast tags with the service alone.
  package var features: MLflowFeatures? { run?.features ?? MLflowFeatures(tags: version.tags) }
}

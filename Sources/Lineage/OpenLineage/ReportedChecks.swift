/// What a run found out about a snapshot that it read (DataQualityAssertionsDatasetFacet).
package struct ReportedChecks: Sendable {
  package let dataset: DatasetIdentity
  package let snapshotID: Int64
  package let timeUs: Int64
  package let assertions: [QualityAssertion]
}

extension LineageEvent {
  /// Of the datasets whose snapshot is told; an assertion about none in particular says nothing that lasts.
  package var checks: [ReportedChecks] {
    let inputs: [InputDataset] =
      switch self {
      case .run(let event): event.inputs
      case .job(let event): event.inputs
      case .dataset: []
      }
    return inputs.compactMap { input in
      guard !input.inputFacets.assertions.isEmpty, let snapshot = DatasetVersionClaim(input)?.snapshotID else { return nil }
      return ReportedChecks(
        dataset: DatasetIdentity(input.dataset), snapshotID: snapshot, timeUs: timeUs, assertions: input.inputFacets.assertions)
    }
  }
}

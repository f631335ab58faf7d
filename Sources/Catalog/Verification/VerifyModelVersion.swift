package import CatalogStore
import Governance

extension Catalog {
  /// Looks whether what a version was trained on is still there and still the same: one portion of the work, which takes seconds. The
  /// caller goes on with the portion's ``VerificationPortion/next`` and stops when it likes; nothing is kept between portions.
  ///
  /// Sizes and existence are compared of every file, digests of the metadata; with `byContent` every file is read. What is read for the
  /// first time is written down and compared the next time.
  ///
  /// - Parameter after: of the portion before; `nil` for the first.
  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/badRequest(_:)`` for a place that is none,
  ///   ``CatalogError/unavailable(_:)`` when a store does not answer: then the same portion can be asked for again
  package func verifyModelVersion(
    _ name: String, of model: String, byContent: Bool, after: String?, _ context: OperationContext,
    answer: @escaping @Sendable (VerificationPortion) -> [UInt8]
  ) async throws -> VerificationPortion {
    let asked = try await authorized(.verifyModelVersion, [PolicyQuestion(.getMetadata)], model: model, context)
    let version = try await store.version(name, of: asked.model, asked.authorization)
    let inputs = try await store.inputs(of: version, asked.authorization).filter { $0.withdrawal == nil }
    let begin = try after.map { try VerificationPlace($0) }
    guard let first = begin.map({ place in inputs.firstIndex { $0.id.description == place.input } }) ?? inputs.startIndex else {
      throw CatalogError.badRequest("The input that was looked at is none of \(version.title) any more; begin again")
    }
    var portion = VerificationPortion(version: version, isByContent: byContent)
    let end = ContinuousClock.now + options.verification.patience
    var verifier = InputVerifier(self, asked.authorization, byContent: byContent, until: end)
    for (index, input) in inputs.enumerated().dropFirst(first) {
      let place = index == first ? begin ?? VerificationPlace(input.id) : VerificationPlace(input.id)
      var check = InputVerification(input)
      let next = try await verifier.verify(from: place, &check)
      check.isComplete = next == nil
      portion.inputs.append(check)
      if let next {
        portion.next = next.text
        break
      }
      if index + 1 < inputs.count, ContinuousClock.now >= end {
        portion.next = VerificationPlace(inputs[index + 1].id).text
        break
      }
    }
    let done = portion
    try await store.recordVerification(
      of: version, byContent: byContent, files: done.inputs.reduce(0) { $0 + $1.files.total },
      findings: done.inputs.flatMap { check in
        check.findings.map { "\(check.input.path.identifier)@\(check.input.bound.state.text): \($0.text)" }
      },
      isWhole: done.next == nil, verifier.fresh, asked.authorization, answer: answer(done))
    return done
  }
}

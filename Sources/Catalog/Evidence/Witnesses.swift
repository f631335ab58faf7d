import CatalogStore
import Postgres

/// Who may speak for a version of a model: whoever may change the model, made or declared the version, or ran it by the word of one of
/// those. All others may say what they like: it is shown, and counts for nothing.
struct Witnesses {
  private let model: GovernedObject
  private let authorizer: Authorizer
  private let time: PostgresTimestamp
  private var known: [String: Bool] = [:]

  init(_ version: ModelVersion, _ runs: [ModelRun], model: GovernedObject, _ authorizer: Authorizer, at time: PostgresTimestamp) {
    self.model = model
    self.authorizer = authorizer
    self.time = time
    // What the server did, it did for others: nobody is trusted for being called like it.
    let named = [version.createdBy, version.developer] + runs.flatMap { [$0.declaredBy, $0.principal ?? $0.declaredBy] }
    for name in named where name != Caller.server.name { known[name] = true }
  }

  mutating func includes(_ name: String) -> Bool {
    if let answer = known[name] { return answer }
    let answer = authorizer.allows([PolicyQuestion(.updateModel)], on: model, toOneNamed: name, at: time)
    known[name] = answer
    return answer
  }
}

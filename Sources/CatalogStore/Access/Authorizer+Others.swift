package import Postgres

extension Authorizer {
  /// Whether somebody else would be allowed all of the questions; not for whom this catalog does not know well enough to tell.
  package func allows(_ questions: [PolicyQuestion], on object: GovernedObject, toOneNamed name: String, at time: PostgresTimestamp) -> Bool
  {
    guard let caller = object.state.caller(named: name) else { return false }
    return (try? allows(questions, on: object, OperationContext(caller, requestID: "witness", time: time))) ?? false
  }
}

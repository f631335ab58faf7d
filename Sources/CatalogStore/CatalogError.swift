package import Iceberg

/// Everything the catalog refuses, in words for the caller. Messages are those of the Iceberg reference where clients know them.
package enum CatalogError: Error, Hashable {
  case noSuchWarehouse(String)
  case warehouseAlreadyExists(String)
  case warehouseNotEmpty(String)

  case noSuchZone(String)
  case zoneAlreadyExists(String)

  case noSuchPolicySet(String)
  /// None that holds.
  case noSuchGrant(String)
  /// None that waits for an answer.
  case noSuchTransfer(String)
  /// A definition of a tag, a term of the glossary, or a rule, run or decision of retention.
  case noSuchWord(String)
  /// A model, one of its versions, an input of one, or a server of MLflow. 404.
  case noSuchModel(String)
  /// A legal hold. 404.
  case noSuchHold(String)
  /// A checkpoint, a tile or an event that the log does not cover, or not yet. 404.
  case noSuchLogEntry(String)

  case noSuchNamespace(String)
  case namespaceAlreadyExists(String)
  case namespaceNotEmpty(String)

  case noSuchTable(String)
  case noSuchView(String)
  case noSuchDataset(String)
  /// A snapshot of a file set.
  case noSuchSnapshot(String)
  /// Something of that name is there.
  case alreadyExists(String)

  case noSuchPrincipal(String)
  /// It owns something, is a member of something, or has a history.
  case principalInUse(String)
  /// A client, a secret of one, or a personal access token.
  case noSuchCredential(String)

  case noSuchWebhook(String)

  /// The change met another one; asking again may work. 409.
  case commitFailed(String)
  /// A clause of a dataset's contract is broken. 400, of type `ContractViolation`.
  case contractViolation(String)
  /// None that is in force, or none of that number.
  case noSuchContract(String)
  /// What was asked makes no sense, wherever it is asked. 400.
  case badRequest(String)
  /// Well-formed but it can not be done. 422.
  case unprocessable(String)
  /// Nobody is known by the credential. 401.
  case unauthenticated(String)
  /// A policy or rule refuses. 403.
  case forbidden(String)
  /// A file that should be there is not. 404.
  case fileNotFound(String)
  /// Nothing was tried because something that we need is away. 503.
  case unavailable(String)
  /// Nothing was done because there is too much to do. 503, with `Retry-After`.
  case overloaded(String, retryAfterSeconds: Int)
  /// It may or may not have happened. 500, of type `CommitStateUnknownException`.
  case stateUnknown(String)

  /// The message as the caller sees it.
  package var message: String {
    switch self {
    case .noSuchWarehouse(let text), .warehouseAlreadyExists(let text), .warehouseNotEmpty(let text), .noSuchZone(let text),
      .zoneAlreadyExists(let text), .noSuchNamespace(let text),
      .namespaceAlreadyExists(let text), .namespaceNotEmpty(let text), .noSuchTable(let text), .noSuchView(let text),
      .noSuchDataset(let text), .noSuchSnapshot(let text),
      .noSuchPolicySet(let text), .noSuchGrant(let text), .noSuchTransfer(let text), .noSuchWord(let text), .noSuchModel(let text),
      .noSuchHold(let text), .noSuchLogEntry(let text),
      .alreadyExists(let text), .commitFailed(let text), .badRequest(let text), .unprocessable(let text), .unauthenticated(let text),
      .contractViolation(let text), .noSuchContract(let text), .forbidden(let text), .fileNotFound(let text), .unavailable(let text),
      .stateUnknown(let text), .noSuchPrincipal(let text),
      .principalInUse(let text), .noSuchCredential(let text), .noSuchWebhook(let text), .overloaded(let text, _):
      text
    }
  }

  /// - Parameter what: what cannot be done for that, before it.
  package static func missing(_ kind: DatasetKind, _ identifier: TableIdentifier, saying what: String? = nil) -> CatalogError {
    let message = (what.map { $0 + " " } ?? "") + "\(kind.title) does not exist: \(identifier)"
    return switch kind {
    case .table: .noSuchTable(message)
    case .view: .noSuchView(message)
    case .dataset: .noSuchDataset(message)
    }
  }

  package static func missing(_ namespace: Namespace) -> CatalogError { .noSuchNamespace("Namespace does not exist: \(namespace)") }
}

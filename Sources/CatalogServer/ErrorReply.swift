import CatalogStore
import Governance
import HTTPTypes
import Hummingbird
import Iceberg
import JSON
import Logging
import NIOCore
import ObjectStorage
import Postgres

/// An error as clients of the Iceberg REST API read it: Java dispatches on `type` and `code`.
struct ErrorReply: Error {
  let status: HTTPResponse.Status
  let type: String
  let message: String
  var headers = HTTPFields()

  init(_ status: HTTPResponse.Status, _ type: String, _ message: String) {
    self.status = status
    self.type = type
    self.message = message
  }

  /// An answer to who is not known (RFC 6750 section 3).
  ///
  /// - Parameter parameters: of the challenge, beside its realm.
  init(unauthenticated message: String, parameters: String) {
    self.init(.unauthorized, "NotAuthorizedException", message)
    headers[.wwwAuthenticate] = "Bearer realm=\"moraine\"\(parameters)"
  }

  var reply: Reply {
    var reply = Reply(
      status: status,
      json: JSONWriter.text { writer in
        writer.object {
          $0.field(
            "error",
            object: {
              $0.field("message", message)
              $0.field("type", type)
              $0.field("code", status.code)
            })
        }
      })
    for field in headers { reply.headers[field.name] = field.value }
    return reply
  }

  /// Any error as the caller may see it. What is internal is only logged, under the request's id.
  init(_ error: any Error, requestID: String, logger: Logger) {
    switch error {
    case let error as ErrorReply: self = error
    case CatalogError.unauthenticated(let message): self.init(unauthenticated: message, parameters: ", error=\"invalid_token\"")
    case let error as CatalogError: self.init(error)
    case let error as ModelError: self.init(error)
    case let error as PolicySetRefusal: self.init(.badRequest, "BadRequestException", "The policy set is refused:\n\(error)")
    case let error as JSONError: self.init(.badRequest, "BadRequestException", "Malformed request: \(error)")
    case let error as PostgresError: self.init(error, requestID: requestID, logger: logger)
    case let error as ObjectStoreError: self.init(error, requestID: requestID, logger: logger)
    case let error as HTTPError:
      self.init(error.status, "BadRequestException", error.body ?? error.status.reasonPhrase)
    case is NIOTooManyBytesError:
      self.init(
        .contentTooLarge, "BadRequestException", "The request's body is too large; \(Responder.maximumBodySizeBytes >> 20) MB are allowed")
    case is CancellationError:
      self.init(.serviceUnavailable, "ServiceUnavailableException", "The server is stopping; try again")
    default:
      logger.error("request failed", metadata: ["request-id": "\(requestID)", "error": "\(error)"])
      self.init(.internalServerError, "InternalServerError", "Something failed inside the server; its log tells more under \(requestID)")
    }
  }

  private init(_ error: CatalogError) {
    let (status, type): (HTTPResponse.Status, String) =
      switch error {
      case .noSuchWarehouse: (.notFound, "NoSuchWarehouseException")
      case .warehouseAlreadyExists: (.conflict, "AlreadyExistsException")
      case .warehouseNotEmpty: (.conflict, "WarehouseNotEmptyException")
      case .noSuchZone: (.notFound, "NoSuchZoneException")
      case .zoneAlreadyExists: (.conflict, "AlreadyExistsException")
      case .noSuchPolicySet: (.notFound, "NoSuchPolicySetException")
      case .noSuchGrant: (.notFound, "NoSuchGrantException")
      case .noSuchWord: (.notFound, "NoSuchWordException")
      case .noSuchModel: (.notFound, "NoSuchModelException")
      case .noSuchHold: (.notFound, "NoSuchHoldException")
      case .noSuchLogEntry: (.notFound, "NoSuchLogEntryException")
      case .noSuchTransfer: (.notFound, "NoSuchTransferException")
      case .noSuchNamespace: (.notFound, "NoSuchNamespaceException")
      case .namespaceAlreadyExists: (.conflict, "AlreadyExistsException")
      case .namespaceNotEmpty: (.conflict, "NamespaceNotEmptyException")
      case .noSuchTable: (.notFound, "NoSuchTableException")
      case .noSuchView: (.notFound, "NoSuchViewException")
      case .noSuchDataset: (.notFound, "NoSuchDatasetException")
      case .noSuchSnapshot: (.notFound, "NoSuchSnapshotException")
      case .alreadyExists: (.conflict, "AlreadyExistsException")
      case .noSuchPrincipal: (.notFound, "NoSuchPrincipalException")
      case .principalInUse: (.conflict, "PrincipalInUseException")
      case .noSuchCredential: (.notFound, "NoSuchCredentialException")
      case .noSuchWebhook: (.notFound, "NoSuchWebhookException")
      case .commitFailed: (.conflict, "CommitFailedException")
      case .contractViolation: (.badRequest, "ContractViolation")
      case .noSuchContract: (.notFound, "NoSuchContractException")
      case .badRequest: (.badRequest, "BadRequestException")
      case .unprocessable: (.unprocessableContent, "UnprocessableEntityException")
      case .unauthenticated: (.unauthorized, "NotAuthorizedException")
      case .forbidden: (.forbidden, "ForbiddenException")
      case .fileNotFound: (.notFound, "NotFoundException")
      case .unavailable, .overloaded: (.serviceUnavailable, "ServiceUnavailableException")
      case .stateUnknown: (.internalServerError, "CommitStateUnknownException")
      }
    self.init(status, type, error.message)
    if case .unauthenticated = error { headers[.wwwAuthenticate] = "Bearer realm=\"moraine\", error=\"invalid_token\"" }
    if case .overloaded(_, let seconds) = error { headers[.retryAfter] = "\(seconds)" }
  }

  private init(_ error: ModelError) {
    switch error {
    case .invalid(let message): self.init(.badRequest, "BadRequestException", message)
    case .requirementFailed(let message), .conflict(let message): self.init(.conflict, "CommitFailedException", message)
    case .malformed(let error): self.init(.badRequest, "BadRequestException", "Malformed metadata: \(error)")
    }
  }

  /// What the caller sent and the database cannot hold, or what met another change: nothing has happened, so it is no 5xx,
  /// which clients take for an unknown outcome. `nil` when the fault is ours.
  private init?(refusal error: PostgresServerError) {
    switch error.sqlState {
    // Class 22, data exceptions; 54000 for an index entry that is too long.
    case "22021", "22003", "22001", "22P05", "22P02", "54000":
      self.init(.badRequest, "BadRequestException", "The request holds a value that cannot be stored: \(error.message)")
    // Unique and foreign keys are checked before; what still violates one met another change.
    case "23503", "23505":
      self.init(.conflict, "CommitFailedException", "Commit failed: something was changed meanwhile; refresh and try again")
    // Cancelled, by its time-out.
    case "57014", "55P03":
      self.init(.serviceUnavailable, "ServiceUnavailableException", "The database took too long; nothing was changed, try again")
    default: return nil
    }
  }

  private init(_ error: ObjectStoreError, requestID: String, logger: Logger) {
    logger.warning("object store", metadata: ["request-id": "\(requestID)", "error": "\(error)"])
    switch error {
    case .notFound: self.init(.notFound, "NotFoundException", "\(error)")
    case .outsideRoot, .tooLarge, .other, .alreadyExists: self.init(.badRequest, "BadRequestException", "\(error)")
    case .accessDenied, .unavailable: self.init(.serviceUnavailable, "ServiceUnavailableException", "\(error)")
    }
  }

  private init(_ error: PostgresError, requestID: String, logger: Logger) {
    if error.outcomeUnknown {
      logger.error("outcome unknown", metadata: ["request-id": "\(requestID)", "error": "\(error)"])
      self.init(.internalServerError, "CommitStateUnknownException", "The database was lost; the change may or may not have happened")
    } else if error.isUnavailable {
      logger.warning("database unavailable", metadata: ["request-id": "\(requestID)", "error": "\(error)"])
      self.init(.serviceUnavailable, "ServiceUnavailableException", "The database cannot be reached; nothing was changed, try again")
    } else if let error = error.serverError, let refusal = Self(refusal: error) {
      logger.warning("the database refused a value", metadata: ["request-id": "\(requestID)", "error": "\(error)"])
      self = refusal
    } else {
      logger.error("database error", metadata: ["request-id": "\(requestID)", "error": "\(error)"])
      self.init(.internalServerError, "InternalServerError", "Something failed inside the server; its log tells more under \(requestID)")
    }
  }
}

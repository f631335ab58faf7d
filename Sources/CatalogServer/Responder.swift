import Catalog
import CatalogStore
import Crypto
import HTTPTypes
import Hummingbird
import Iceberg
import JSON
import Logging
import NIOCore
import NIOPosix
import Postgres

/// What stands around every handler: the request's id, its caller, its body; the error, the metric, the log line; compression.
struct Responder: Sendable {
  let catalog: Catalog
  let authenticator: Authenticator
  let metrics: RequestMetrics
  let defaultWarehouse: String
  let logger: Logger

  /// The largest request read; a larger one is 413.
  static let maximumBodySizeBytes = 32 << 20

  func respond(_ route: Route, _ parameters: PathParameters, _ request: Request, _ context: BasicRequestContext) async -> Response {
    let start = ContinuousClock.now
    let requestID = Self.requestID(request, context)
    var reply: Reply
    var principal: String?
    var begun: Call?
    do {
      // Before the body is read: strangers must not fill the memory.
      let caller = route.isForAnyone ? .anonymous : try await authenticator.caller(request.headers, requestID: requestID)
      principal = caller.name
      let body = try await Self.body(of: request)
      let call = try makeCall(route, parameters, request, body, caller, requestID)
      begun = call
      if route.isMutation {
        // Once begun, a change is finished even if its client goes away.
        reply = try await Task { () async throws -> Reply in try await answerOnce(route, call) }.value
        let receipts = call.context.receipts?.texts ?? []
        if !receipts.isEmpty { reply.headers[.receipt] = receipts.joined(separator: ", ") }
      } else {
        reply = try await route.handler(call)
      }
    } catch {
      if case CatalogError.forbidden(let reason) = error { begun?.noteRefusal(of: route, reason) }
      reply = refusal(error, route, requestID)
    }
    // What was read or denied is written down before anybody is told.
    do { if let trail = begun?.context.trail { try await catalog.record(trail, isRefused: reply.status.code >= 400) } } catch {
      reply = refusal(error, route, requestID)
    }
    let duration = ContinuousClock.now - start
    metrics.operation(route.operationID)?.record(duration, status: reply.status.code)
    log(route, request, reply, duration, requestID, principal)
    reply.headers[.requestID] = requestID
    await reply.compress(for: request.headers[.acceptEncoding])
    return reply.response(to: request.method)
  }

  private func refusal(_ error: any Error, _ route: Route, _ requestID: String) -> Reply {
    let error = ErrorReply(error, requestID: requestID, logger: logger)
    return route.path.hasPrefix("/api/v1/") && !route.isMutation ? error.marquezReply : error.reply
  }

  /// The answer to a path or method that nothing serves.
  func refuse(_ request: Request, allowed: [HTTPRequest.Method]) -> Response {
    let error =
      allowed.isEmpty
      ? ErrorReply(.notFound, "NotFoundException", "Nothing is served at \(request.uri.path)")
      : ErrorReply(.methodNotAllowed, "BadRequestException", "\(request.method) is not served at \(request.uri.path)")
    var reply = error.reply
    if !allowed.isEmpty { reply.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ") }
    return reply.response(to: request.method)
  }

  // MARK: Parts

  /// The caller's own id if it is short and plain, else a new one.
  private static func requestID(_ request: Request, _ context: BasicRequestContext) -> String {
    if let given = request.headers[.requestID], (1...128).contains(given.utf8.count), given.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) {
      return given
    }
    return context.id.description
  }

  private static func body(of request: Request) async throws -> ByteBuffer {
    // Without either header there is none (RFC 9112 §6.3): no need to wait for its end.
    guard request.headers[.contentLength] != nil || request.headers[.transferEncoding] != nil else { return ByteBuffer() }
    do {
      return try await request.body.collect(upTo: maximumBodySizeBytes)
    } catch let error as NIOTooManyBytesError {
      throw error
    } catch {
      // Most likely nobody is there to read this any more.
      throw CatalogError.badRequest("The request's body ended before it was whole: \(error)")
    }
  }

  private func makeCall(
    _ route: Route, _ parameters: PathParameters, _ request: Request, _ body: ByteBuffer, _ caller: Caller,
    _ requestID: String
  ) throws -> Call {
    var idempotency: IdempotencyKey?
    if route.isMutation, let text = request.headers[.idempotencyKey] {
      guard let key = PostgresUUID(text) else { throw CatalogError.badRequest("The Idempotency-Key \"\(text)\" is not a UUID") }
      var hash = SHA256()
      hash.update(data: Array("\(request.method.rawValue) \(request.uri.string)\n".utf8))
      body.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
      idempotency = IdempotencyKey(
        key: key, principal: caller.name, warehouse: parameters["prefix"] ?? defaultWarehouse,
        fingerprint: Array(hash.finalize()))
    }
    let delegations = request.headers[.accessDelegation].map(AccessDelegation.list) ?? []
    return Call(
      parameters: parameters, queryText: request.uri.query, headers: request.headers, body: body,
      context: OperationContext(
        caller, requestID: requestID, idempotency: idempotency, delegations: delegations,
        receipts: route.isMutation ? EventReceipts() : nil),
      defaultWarehouse: defaultWarehouse)
  }

  /// Runs a mutation; one that was already done under the same key is answered as it was then.
  ///
  /// The record is looked up only when the operation refuses, which it does when it was done before: so the first try pays nothing.
  private func answerOnce(_ route: Route, _ call: Call) async throws -> Reply {
    do {
      return try await route.handler(call)
    } catch CatalogError.unauthenticated(let message) {
      // Who is no longer welcome is not told again either.
      throw CatalogError.unauthenticated(message)
    } catch {
      guard let idempotency = call.context.idempotency, let answer = try await catalog.recordedAnswer(for: idempotency) else { throw error }
      if let location = answer.metadataLocation {
        return Reply(table: try await catalog.recordedMetadata(location, in: call.warehouse, call.context))
      }
      return answer.body.map { Reply(json: $0) } ?? Reply(status: .init(code: answer.status))
    }
  }

  private func log(_ route: Route, _ request: Request, _ reply: Reply, _ duration: Duration, _ requestID: String, _ principal: String?) {
    let level: Logger.Level = reply.status.code >= 500 ? .error : route.isMutation ? .info : .debug
    guard logger.logLevel <= level else { return }
    let microseconds = duration / .microseconds(1)
    var metadata: Logger.Metadata = [
      "request-id": "\(requestID)", "operation": "\(route.operationID)", "path": "\(request.uri.path)",
      "status": "\(reply.status.code)", "duration-us": "\(Int(microseconds))",
    ]
    if let principal { metadata["principal"] = "\(principal)" }
    logger.log(level: level, "request", metadata: metadata)
  }
}

extension HTTPField.Name {
  static let requestID = HTTPField.Name("X-Request-Id")!
  static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
  /// What the change can be found by in the log; docs/audit.md.
  static let receipt = HTTPField.Name("Moraine-Receipt")!
}

extension Reply {
  fileprivate func response(to method: HTTPRequest.Method) -> Response {
    guard method != .head, status != .noContent, status != .notModified else { return Response(status: status, headers: headers) }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
  }
}

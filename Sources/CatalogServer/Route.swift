package import HTTPTypes

/// One operation as it is served: how it is asked for, and what answers it.
package struct Route: Sendable {
  package let method: HTTPRequest.Method
  /// The path as the specification spells it, `{prefix}` included.
  package let path: String
  /// The specification's `operationId`.
  package let operationID: String
  /// Whether it changes something, so that an `Idempotency-Key` counts.
  let isMutation: Bool
  /// Whether it is answered without asking who asks.
  private(set) var isForAnyone = false
  let handler: @Sendable (Call) async throws -> Reply

  private init(
    _ method: HTTPRequest.Method, _ path: String, _ operationID: String, isMutation: Bool,
    _ handler: @escaping @Sendable (Call) async throws -> Reply
  ) {
    self.method = method
    self.path = path
    self.operationID = operationID
    self.isMutation = isMutation
    self.handler = handler
  }

  static func get(_ path: String, _ operationID: String, _ handler: @escaping @Sendable (Call) async throws -> Reply) -> Route {
    Route(.get, path, operationID, isMutation: false, handler)
  }

  static func head(_ path: String, _ operationID: String, _ handler: @escaping @Sendable (Call) async throws -> Reply) -> Route {
    Route(.head, path, operationID, isMutation: false, handler)
  }

  static func post(
    _ path: String, _ operationID: String, isMutation: Bool = true, _ handler: @escaping @Sendable (Call) async throws -> Reply
  ) -> Route {
    Route(.post, path, operationID, isMutation: isMutation, handler)
  }

  /// A question whose parts do not fit a query: it changes nothing.
  static func ask(_ path: String, _ operationID: String, _ handler: @escaping @Sendable (Call) async throws -> Reply) -> Route {
    Route(.post, path, operationID, isMutation: false, handler)
  }

  static func delete(_ path: String, _ operationID: String, _ handler: @escaping @Sendable (Call) async throws -> Reply) -> Route {
    Route(.delete, path, operationID, isMutation: true, handler)
  }

  /// A form that carries its own credential: never taken for a repetition, never recorded.
  static func form(_ path: String, _ operationID: String, _ handler: @escaping @Sendable (Call) async throws -> Reply) -> Route {
    Route(.post, path, operationID, isMutation: false, handler).forAnyone
  }

  /// The same route, answered without asking who asks.
  var forAnyone: Route {
    var route = self
    route.isForAnyone = true
    return route
  }

  /// The paths that it is served under: with the prefix, and without it for clients that send none.
  package var servedPaths: [String] {
    path.hasPrefix("/v1/{prefix}/") ? [path, "/v1/" + path.dropFirst("/v1/{prefix}/".count)] : [path]
  }

  /// As `GET /v1/config` lists it.
  package var endpoint: String { "\(method.rawValue) \(path)" }
}

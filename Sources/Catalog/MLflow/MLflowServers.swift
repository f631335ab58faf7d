package import CatalogStore
import Identity
import MLflow
import Postgres
import Webhooks

// The operations on servers of MLflow whose versions are taken over.

/// A server as somebody describes it.
package struct MLflowServerRequest: Sendable {
  package var name: String
  package var trackingURL: String
  package var registryURL: String?
  package var workspace: String?
  package var models: [String]
  package var principal: GranteeName
  /// The principal itself where nobody is named.
  package var owner: GranteeName?
  package var tier: RiskTier
  package var secretName: String?

  package init(
    name: String, trackingURL: String, registryURL: String?, workspace: String?, models: [String], principal: GranteeName,
    owner: GranteeName?, tier: RiskTier, secretName: String?
  ) {
    self.name = name
    self.trackingURL = trackingURL
    self.registryURL = registryURL
    self.workspace = workspace
    self.models = models
    self.principal = principal
    self.owner = owner
    self.tier = tier
    self.secretName = secretName
  }
}

/// A server, and how far its versions have been taken over.
package struct ListedMLflowServer: Sendable {
  package let server: MLflowServer
  package let progress: MLflowProgress
  /// Those that have waited longest.
  package let waiting: [WaitingVersion]

  /// One that was added a moment ago.
  init(new server: MLflowServer) {
    self.init(server: server, progress: MLflowProgress(due: server.createdAt), waiting: [])
  }

  init(server: MLflowServer, progress: MLflowProgress, waiting: [WaitingVersion]) {
    self.server = server
    self.progress = progress
    self.waiting = waiting
  }
}

extension Catalog {
  private static func resource(_ name: String) -> CatalogResource { CatalogResource(.mlflow, name) }
  private static let shownWaiting = 100
  private static let maximumPatterns = 100

  package func listMLflowServers(_ page: PageRequest, _ context: OperationContext) async throws -> Page<ListedMLflowServer> {
    let authorization = try await authorized(
      .listMLflowServers, [PolicyQuestion(.getMetadata)], catalog: Self.resource(""), context)
    let found = try await store.mlflowServers(page, authorization)
    return Page(
      elements: found.elements.map { ListedMLflowServer(server: $0.server, progress: $0.progress, waiting: []) }, next: found.next)
  }

  /// - Throws: ``CatalogError/noSuchModel(_:)``
  package func loadMLflowServer(_ name: String, _ context: OperationContext) async throws -> ListedMLflowServer {
    let authorization = try await authorized(.loadMLflowServer, [PolicyQuestion(.getMetadata)], catalog: Self.resource(name), context)
    let found = try await store.mlflowServer(name, authorization)
    return ListedMLflowServer(
      server: found.server, progress: found.progress,
      waiting: try await store.waitingVersions(of: found.server, limit: Self.shownWaiting, authorization))
  }

  /// Has the versions of a server's registered models taken over from now on.
  ///
  /// Whoever adds one lets it act in the principal's name, so it takes the right to manage principals, too.
  ///
  /// - Throws: ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``; ``CatalogError/unprocessable(_:)`` for a principal or an
  ///   owner who is nobody, and for a principal who could not do it.
  package func createMLflowServer(
    _ request: MLflowServerRequest, _ context: OperationContext, answer: (ListedMLflowServer) -> [UInt8]
  ) async throws -> ListedMLflowServer {
    let authorization = try await authorized(
      .createMLflowServer, [PolicyQuestion(.manageMLflow), PolicyQuestion(.managePrincipals)], catalog: Self.resource(request.name), context
    )
    try check(request)
    let principal = try await store.answerable(request.principal, authorization)
    guard principal.kind == PrincipalKind.service.rawValue || principal.kind == PrincipalKind.user.rawValue else {
      throw CatalogError.unprocessable("\(principal) is nobody who could act; name a service: --as service:mlflow")
    }
    let owner = try await request.owner.asyncMap { try await store.answerable($0, authorization) } ?? principal
    let server = MLflowServer(
      id: .new(), name: request.name, trackingURL: request.trackingURL, registryURL: request.registryURL, workspace: request.workspace,
      models: request.models, principal: principal.description, owner: owner.description, tier: request.tier,
      secretName: request.secretName, createdBy: context.principal, createdAt: context.time)
    try await requireRights(server, context)
    let listed = ListedMLflowServer(new: server)
    try await store.createMLflowServer(server, authorization, answer: answer(listed))
    return listed
  }

  /// Takes nothing more over from a server; what was, stays.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``
  package func dropMLflowServer(_ name: String, _ context: OperationContext) async throws {
    let authorization = try await authorized(.dropMLflowServer, [PolicyQuestion(.manageMLflow)], catalog: Self.resource(name), context)
    try await store.dropMLflowServer(name, authorization)
  }

  /// Has a server read at once, whatever pause it is in.
  ///
  /// - Parameter all: from the beginning, also what did not change.
  /// - Throws: ``CatalogError/noSuchModel(_:)``
  package func pollMLflowServer(_ name: String, all: Bool, _ context: OperationContext) async throws {
    let authorization = try await authorized(.pollMLflowServer, [PolicyQuestion(.manageMLflow)], catalog: Self.resource(name), context)
    try await store.askForPoll(of: name, all: all, authorization)
  }

  // MARK: Checks

  private func check(_ request: MLflowServerRequest) throws {
    guard Warehouse.isName(request.name) else {
      throw CatalogError.badRequest(
        "The name \"\(request.name)\" is not allowed; use 1 to 63 lower-case letters, digits, '-' and '_', starting with a letter or digit")
    }
    for url in [request.trackingURL, request.registryURL].compactMap({ $0 }) {
      do {
        _ = try MLflowAddress(url, workspace: request.workspace)
        try options.mlflow.check(url)
      } catch {
        throw CatalogError.badRequest("The address \(url.prefix { $0 != "?" }) is refused: \(Self.advice(error))")
      }
    }
    guard request.models.count <= Self.maximumPatterns, request.models.allSatisfy({ (1...256).contains($0.utf8.count) }) else {
      throw CatalogError.badRequest("There may be \(Self.maximumPatterns) names of models, of 1 to 256 bytes; * stands for anything")
    }
    guard request.workspace?.utf8.count ?? 1 <= 256 else { throw CatalogError.badRequest("A workspace's name has 256 bytes at most") }
    guard request.secretName.map(Warehouse.isName) ?? true else {
      throw CatalogError.badRequest(
        "\"\(request.secretName ?? "")\" is no name of a secret. Give the name, not the secret: the server reads MORAINE_MLFLOW_SECRET_NAME"
      )
    }
  }

  /// Better now than in a note that nobody reads.
  private func requireRights(_ server: MLflowServer, _ context: OperationContext) async throws {
    let own = OperationContext(try server.caller, requestID: context.requestID, time: context.time)
    let state = try await authorizer.state()
    do {
      guard try authorizer.allows([PolicyQuestion(.createModel)], on: try await authorizer.object(catalog: Self.resource("")), own) else {
        throw CatalogError.unprocessable(
          "\(server.principal) may not make models; put it into a role that may: moraine role add data_scientist \(server.principal)")
      }
      let model = server.model("new", registered: "new", own)
      guard try authorizer.allows([PolicyQuestion(.updateModel)], on: GovernedObject(of: model, state), own) else {
        throw CatalogError.unprocessable(
          "\(server.principal) may not change models of \(server.owner); put it into that team, or leave --owner out, and it owns them itself"
        )
      }
    } catch CatalogError.unauthenticated(let text) {
      throw CatalogError.unprocessable("\(server.principal) cannot act: \(text)")
    }
  }
}

extension MLflowServer {
  /// Who versions are made by.
  var caller: Caller {
    get throws {
      let name = GranteeName(principal)
      guard let kind = name.kind.flatMap({ PrincipalKind(rawValue: $0) }) else {
        throw CatalogError.unavailable("The principal \(principal) needs a newer server")
      }
      return Caller(kind, name: name.name)
    }
  }

  /// What a registered model becomes that is not known here.
  func model(_ name: String, registered: String, _ context: OperationContext) -> Model {
    let description = ModelDescription(
      purpose: "Registered as \(registered) in the MLflow server \(self.name); nobody has said what it is for.", tier: tier,
      isRegulated: false, profiles: [], keepDaysAfterRetirement: ModelDescription.defaultKeepDays)
    return Model(
      id: .new(), name: name, owner: owner, description: description, version: 1, createdBy: context.principal, createdAt: context.time,
      changedAt: context.time)
  }
}

package import CatalogStore

/// What is to become different about a model; `nil` stays as it is.
package struct ModelChange: Sendable {
  package var purpose: String?
  package var tier: RiskTier?
  package var isRegulated: Bool?
  package var profiles: [String]?
  package var keepDaysAfterRetirement: Int?
  package var owner: GranteeName?

  package init() {}

  fileprivate var isEmpty: Bool {
    purpose == nil && tier == nil && isRegulated == nil && profiles == nil && keepDaysAfterRetirement == nil && owner == nil
  }

  fileprivate func apply(to description: inout ModelDescription) {
    if let purpose { description.purpose = purpose }
    if let tier { description.tier = tier }
    if let isRegulated { description.isRegulated = isRegulated }
    if let profiles { description.profiles = profiles }
    if let keepDaysAfterRetirement { description.keepDaysAfterRetirement = keepDaysAfterRetirement }
  }
}

/// A model that is there, and of which the caller may do what was asked.
struct AuthorizedModel {
  let model: Model
  let object: GovernedObject
  let authorization: Authorization
}

extension Catalog {
  /// Finds a model and asks whether the caller may do something to it.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``, also for one that the caller may not know of; ``CatalogError/forbidden(_:)``
  func authorized(
    _ action: CatalogAction, _ questions: [PolicyQuestion], model name: String, _ context: OperationContext
  ) async throws -> AuthorizedModel {
    let missing = CatalogError.noSuchModel("There is no model \(name)")
    guard let found = try await store.foundModel(name) else {
      try await requireCaller(context)
      throw missing
    }
    let object = try await authorizer.object(found.model, atLeast: found.revision)
    return AuthorizedModel(
      model: found.model, object: object, authorization: try authorizer.authorize(action, questions, on: object, context, missing: missing))
  }

  /// The models that the caller may know of, in order of their names.
  package func listModels(_ page: PageRequest, _ context: OperationContext) async throws -> Page<Model> {
    let resource = CatalogResource(.server, "")
    let authorization = try await authorized(.listModels, [], catalog: resource, context)
    let state = try await authorizer.state()
    var visible: [Model] = []
    var after = page.after
    while true {
      let rows = try await store.models(PageRequest(after: after, size: page.size), authorization)
      for model in rows.prefix(page.size) {
        if try authorizer.allows([PolicyQuestion(.getMetadata)], on: GovernedObject(of: model, state), context) { visible.append(model) }
        after = model.name
        if visible.count == page.size { break }
      }
      let isLast = rows.count <= page.size && after == rows.last?.name
      if isLast || rows.isEmpty { return Page(elements: visible, next: nil) }
      if visible.count == page.size { return Page(elements: visible, next: after) }
    }
  }

  /// - Throws: ``CatalogError/noSuchModel(_:)``
  package func loadModel(_ name: String, _ context: OperationContext) async throws -> Model {
    try await authorized(.loadModel, [PolicyQuestion(.getMetadata)], model: name, context).model
  }

  /// Makes a model known. Whoever does so owns it unless another owner is named.
  ///
  /// - Throws: ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``, ``CatalogError/unprocessable(_:)``
  package func createModel(
    _ name: String, _ description: ModelDescription, owner: GranteeName?, _ context: OperationContext,
    answer: @escaping @Sendable (Model) -> [UInt8]
  ) async throws -> Model {
    let authorization = try await authorized(.createModel, [PolicyQuestion(.createModel)], catalog: CatalogResource(.model, name), context)
    try Self.checkName(name, of: "model")
    try description.check()
    if let owner { try await requireConsent(of: owner, for: .model(name), context) }
    return try await store.createModel(
      name, description, owner: owner, defaultOwner: OwnerName.creator(context.caller), authorization, answer: answer)
  }

  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/badRequest(_:)``, ``CatalogError/unprocessable(_:)``
  package func updateModel(
    _ name: String, _ change: ModelChange, _ context: OperationContext, answer: @escaping @Sendable (Model) -> [UInt8]
  ) async throws -> Model {
    var questions = [PolicyQuestion(.updateModel)]
    if change.owner != nil { questions.append(PolicyQuestion(.setOwner)) }
    let asked = try await authorized(.updateModel, questions, model: name, context)
    guard !change.isEmpty else {
      throw CatalogError.badRequest("Nothing of the model \(name) is to change; give purpose, risk-tier, regulated, profiles or owner")
    }
    if let owner = change.owner { try await requireConsent(of: owner, for: .model(name), context) }
    var description = asked.model.description
    change.apply(to: &description)
    try description.check()
    let model = try await store.updateModel(
      asked.model, owner: change.owner, { change.apply(to: &$0) }, asked.authorization, answer: answer)
    if model.description.isRegulated, !asked.model.description.isRegulated { await tagPins() }
    return model
  }

  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/unprocessable(_:)`` for one that has versions.
  package func dropModel(_ name: String, _ context: OperationContext) async throws {
    let asked = try await authorized(.dropModel, [PolicyQuestion(.drop)], model: name, context)
    try await store.dropModel(asked.model, asked.authorization)
  }

  /// Names of models and versions stand in paths, in tags of tables and before an `@`.
  static func checkName(_ name: String, of what: String) throws {
    let isGood = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"):
        true
      default: false
      }
    }
    guard isGood, (1...128).contains(name.utf8.count), name.first != "." else {
      throw CatalogError.badRequest(
        "\"\(name)\" is no name for a \(what); use 1 to 128 letters, digits and - _ . + without a dot in front")
    }
  }
}

extension ModelDescription {
  fileprivate func check() throws {
    guard (1...10_000).contains(purpose.utf8.count) else {
      throw CatalogError.badRequest("Say what the model is for, in 1 to 10000 bytes")
    }
    guard (0...36_500).contains(keepDaysAfterRetirement) else {
      throw CatalogError.badRequest("Training data is kept for 0 to 36500 days after a version's retirement")
    }
    guard profiles.count <= 32, profiles.allSatisfy({ (1...255).contains($0.utf8.count) }) else {
      throw CatalogError.badRequest("There may be 32 regulation profiles with names of 1 to 255 bytes")
    }
  }
}

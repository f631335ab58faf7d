package import CatalogStore
import Features
import Governance
import Iceberg
import JSON
import Postgres
import TransparencyLog

extension Catalog {
  /// Makes a project's feature views and services in a namespace what its registry says, all of them or none; the namespace is made when
  /// it is not there. Views become datasets of format `feature-view`, and their sources are linked to the datasets that they are.
  ///
  /// What is as the registry says already is left alone: a second import changes nothing and records nothing.
  ///
  /// - Throws: ``CatalogError/badRequest(_:)``, ``CatalogError/forbidden(_:)``, ``CatalogError/noSuchNamespace(_:)``,
  ///   ``CatalogError/alreadyExists(_:)`` when something else has the name of a view, ``CatalogError/commitFailed(_:)``
  package func importFeatures(
    _ request: FeatureImportRequest, in warehouse: String, _ context: OperationContext, answer: (FeatureImportReport) -> [UInt8]
  ) async throws -> FeatureImportReport {
    let project = try request.chosenProject()
    guard !project.utf8.contains(0x1F), !project.utf8.contains(0) else { throw CatalogError.badRequest("A project's name is plain text") }
    let path = NamespacePath(warehouse: warehouse, namespace: request.namespace ?? Namespace(levels: [project]))
    var isNamespaceMade = false
    var wasTaken = false
    for _ in 0..<options.commitAttempts {
      let place = try await featurePlace(path, context)
      let registry = request.registry.part(of: project)
      try WantedFeatures.check(registry)
      var report = FeatureImportReport(project: project, namespace: path, isDryRun: request.isDryRun, prunes: request.prunes)
      if isNamespaceMade || place.found == nil {
        report.changes.append(.init(kind: .created, thing: .namespace, name: "\(path.namespace)", details: []))
      }
      let draft: FeatureDraft
      do { draft = try await self.draft(registry, request, report, place, context) } catch CatalogError.alreadyExists where !wasTaken {
        // Perhaps by another import of the same, between the look at the views and the look at their names.
        wasTaken = true
        continue
      }
      if request.isDryRun { return draft.report }
      guard let namespace = place.found?.id else {
        // Its own change, with an event of its own; what follows has the caller's key.
        let plain = OperationContext(context.caller, requestID: context.requestID, time: context.time, trail: context.trail)
        do { try await createNamespace(path, properties: [:], plain, answer: []) } catch CatalogError.namespaceAlreadyExists { continue }
        isNamespaceMade = true
        continue
      }
      guard draft.isChange else {
        if let key = context.idempotency, try await store.recordedAnswer(for: key) != nil {
          // It was this request that made it so: what it was told is told again.
          throw CatalogError.commitFailed("The features of \(path.namespace) are imported already")
        }
        return draft.report
      }
      if try await store.importFeatures(draft.changes, in: namespace, place.authorization, answer: answer(draft.report)) {
        return draft.report
      }
    }
    throw CatalogError.commitFailed("Import failed: feature views of \(path.namespace) kept being changed by others; try again")
  }

  // MARK: Parts

  /// Where views go: a namespace that is there, or one that the caller may make.
  private func featurePlace(_ path: NamespacePath, _ context: OperationContext) async throws -> FeaturePlace {
    func present() async throws -> FeaturePlace {
      let asked = try await authorized(.importFeatures, [PolicyQuestion(.list)], path, context)
      return FeaturePlace(found: asked.found, object: asked.object, authorization: asked.authorization)
    }
    do { return try await present() } catch CatalogError.noSuchNamespace {
      // One that is there was made meanwhile, or the caller may not know of it: asking again tells.
      if try await isThere(path) { return try await present() }
      let asked = try await authorizedCreation(of: path, properties: [:], context)
      let object = try authorizer.object(ofNew: path, in: asked.above, owner: OwnerName.creator(context.caller))
      return FeaturePlace(found: nil, object: object, authorization: asked.authorization)
    }
  }

  private func isThere(_ path: NamespacePath) async throws -> Bool {
    do { _ = try await store.found(path) } catch CatalogError.noSuchNamespace { return false }
    return true
  }

  /// What an import is to change, each part of it allowed.
  private func draft(
    _ registry: FeatureRegistry, _ request: FeatureImportRequest, _ report: FeatureImportReport, _ place: FeaturePlace,
    _ context: OperationContext
  ) async throws -> FeatureDraft {
    let views = try await place.found.asyncMap { try await store.featureViews(in: $0.id, place.authorization) } ?? []
    let services = try await place.found.asyncMap { try await store.featureServices(in: $0.id, place.authorization) } ?? []
    let stored = Dictionary(views.map { (PostgresText($0.path.identifier.name), $0) }, uniquingKeysWith: { first, _ in first })
    var ids: [PostgresText: DatasetID] = [:]
    for view in registry.views { ids[PostgresText(view.name)] = stored[PostgresText(view.name)]?.found.version.id ?? .new() }

    let warehouse = report.namespace.warehouse
    let found = try await linked(
      Set(WantedFeatures.sources(of: registry).map { SourcePlaces($0.source, warehouse: warehouse) }), place.authorization)
    let earlier = Set(views.flatMap { $0.facts?.sources.compactMap(\.dataset) ?? [] })
    var names: [DatasetID: String] = [:]
    let linkedBefore = try await store.linked(Array(earlier), place.authorization)
    for dataset in Array(found.values) + Array(linkedBefore.values) where try await isVisible(dataset, context) {
      names[dataset.found.version.id] = "\(dataset.path.warehouse).\(dataset.path.identifier)"
    }
    let wanted = WantedFeatures(registry, project: report.project, ids: ids) { view, source in
      guard let id = found[SourcePlaces(source, warehouse: warehouse)]?.found.version.id else { return nil }
      // One that the caller may not know of is not linked by this import; a link that is there stays.
      let isLinked = stored[PostgresText(view)]?.facts?.sources.contains { $0.dataset == id } ?? false
      return names[id] != nil || isLinked ? id : nil
    }
    var draft = FeatureDraft(changes: FeatureImport(services: services), report: report, names: names)
    draft.report.unusedEntities = wanted.unusedEntities
    for (name, facts) in wanted.views {
      guard let id = ids[PostgresText(name)] else { continue }
      draft.report.unresolved += facts.unresolved.map { .init(view: name, source: $0) }
      if let view = stored[PostgresText(name)] {
        try await add(facts, replacing: view, to: &draft, context)
      } else {
        try await add(facts, id, named: name, to: &draft, place, context)
      }
    }
    for view in views where ids[PostgresText(view.path.identifier.name)] == nil && view.facts?.project == report.project {
      try await addGone(view, to: &draft, prunes: request.prunes, context)
    }
    try add(wanted.services, services, to: &draft, place, prunes: request.prunes, context)
    return draft
  }

  /// A view that is to be made.
  private func add(
    _ facts: FeatureViewFacts, _ id: DatasetID, named name: String, to draft: inout FeatureDraft, _ place: FeaturePlace,
    _ context: OperationContext
  ) async throws {
    let path = try DatasetPath(draft.report.namespace, name)
    var properties: [String: String] = [:]
    properties[GovernedProperty.comment] = facts.description
    properties[GovernedProperty.ownerTeam] = Self.team(facts.owner, place.object.state)
    let description = DatasetDescription(columns: facts.columns, properties: properties)
    let authorization = try authorizer.authorize(
      .registerDataset, [.making(.createDataset, properties: properties)], on: place.object, as: CatalogResource(.dataset, path.text),
      context, missing: .missing(path.identifier.namespace))
    try description.check()
    if place.found != nil { try await requireVacant(path, for: .dataset) }
    let dataset = NewDataset(
      id: id, path: path, kind: .dataset, location: "", metadataLocation: "", head: description.jsonText,
      facts: DatasetFacts(creating: properties, formatVersion: 0, by: context.caller), rows: HistoryRows(), format: .featureView)
    let event = AuditEvent(
      authorization,
      after: facts.canonical.merging([
        "format": .string(DatasetFormat.featureView.rawValue), "properties": .object(properties.mapValues { .string($0) }),
      ]) { $1 })
    draft.changes.creations.append((dataset, facts, event))
    draft.report.changes.append(
      .init(kind: .created, thing: .view, name: name, details: FeatureDifferences(creating: facts, names: draft.names).details))
  }

  /// A view that is there, and may have to become different.
  private func add(
    _ facts: FeatureViewFacts, replacing view: StoredFeatureView, to draft: inout FeatureDraft, _ context: OperationContext
  ) async throws {
    let name = view.path.identifier.name
    let object = try await authorizer.object(view.found, at: view.path)
    let columns = facts.columns
    let isSame = view.facts == facts && view.description.columns == columns
    let questions: [PolicyQuestion] =
      [PolicyQuestion(.getMetadata)] + (isSame ? [] : [PolicyQuestion(.setProperties)])
      + (view.description.columns == columns ? [] : [PolicyQuestion(.evolveSchema)])
    let authorization = try authorizer.authorize(
      .updateDataset, questions, on: object, context, missing: .missing(.dataset, view.path.identifier))
    if let project = view.facts?.project, project != facts.project {
      throw CatalogError.alreadyExists(
        "The feature view \(view.path.identifier) was imported from the project \(project); choose another namespace for \(facts.project)")
    }
    guard !isSame else {
      draft.report.unchanged += 1
      return
    }
    var description = view.description
    description.columns = columns
    // People may have said it better here: it changes when the registry says something else than before.
    if facts.description != view.facts?.description { description.properties[GovernedProperty.comment] = facts.description }
    try description.check()
    let swap = DatasetSwap(
      path: view.path, base: view.found.version, location: "", metadataLocation: "", head: description.jsonText,
      facts: view.found.facts.after(view.description.properties, description.properties, formatVersion: 0), rows: HistoryRows(),
      changesSchema: description.columns != view.description.columns)
    var (before, after) = (view.facts?.canonical ?? [:], facts.canonical)
    for (key, value) in after where before[key] == value { (before[key], after[key]) = (nil, nil) }
    if description.properties != view.description.properties {
      before["properties"] = .object(view.description.properties.mapValues { .string($0) })
      after["properties"] = .object(description.properties.mapValues { .string($0) })
    }
    draft.changes.swaps.append((swap, facts, AuditEvent(authorization, before: before, after: after)))
    let differences =
      view.facts.map { FeatureDifferences($0, facts, names: draft.names) } ?? FeatureDifferences(creating: facts, names: draft.names)
    draft.report.changes.append(.init(kind: .changed, thing: .view, name: name, details: differences.details))
  }

  /// A view that the registry has no more.
  private func addGone(
    _ view: StoredFeatureView, to draft: inout FeatureDraft, prunes: Bool, _ context: OperationContext
  ) async throws {
    let object = try await authorizer.object(view.found, at: view.path)
    guard try authorizer.allows([PolicyQuestion(.list)], on: object, context) else { return }
    draft.report.changes.append(.init(kind: .gone, thing: .view, name: view.path.identifier.name, details: []))
    guard prunes else { return }
    let authorization = try authorizer.authorize(
      .dropDataset, [PolicyQuestion(.drop)], on: object, context, missing: .missing(.dataset, view.path.identifier))
    try refuseDrop(of: object, .dataset, purging: false, context)
    draft.changes.drops.append((view.found, view.path, AuditEvent(authorization, after: ["purge": .bool(false)])))
  }

  private func add(
    _ wanted: [FeatureServiceFacts], _ stored: [FeatureServiceFacts], to draft: inout FeatureDraft, _ place: FeaturePlace, prunes: Bool,
    _ context: OperationContext
  ) throws {
    var (before, after): ([String: CanonicalValue], [String: CanonicalValue]) = ([:], [:])
    for service in wanted {
      let old = stored.first { $0.name == service.name }
      if let project = old?.project, project != service.project {
        throw CatalogError.alreadyExists(
          "The feature service \(service.name) was imported from the project \(project); choose another namespace for \(service.project)")
      }
      guard old != service else {
        draft.report.unchanged += 1
        continue
      }
      before[service.name] = old?.canonical
      after[service.name] = service.canonical
      draft.changes.setServices.append(service)
      draft.report.changes.append(
        .init(kind: old == nil ? .created : .changed, thing: .service, name: service.name, details: service.details))
    }
    for service in stored where service.project == draft.report.project && !wanted.contains(where: { $0.name == service.name }) {
      draft.report.changes.append(.init(kind: .gone, thing: .service, name: service.name, details: []))
      guard prunes else { continue }
      before[service.name] = service.canonical
      draft.changes.dropServices.append(service.name)
    }
    guard !before.isEmpty || !after.isEmpty else { return }
    let authorization = try authorizer.authorize(
      .importFeatures, [PolicyQuestion(.setProperties)], on: place.object, context,
      missing: .missing(draft.report.namespace.namespace))
    draft.changes.serviceEvent = AuditEvent(
      authorization, before: before.isEmpty ? [:] : ["services": .object(before)], after: after.isEmpty ? [:] : ["services": .object(after)]
    )
  }

  /// The team that an owner in a registry is, `risk` or `team:risk`: registries have any text there, mostly an address.
  private static func team(_ owner: String?, _ state: AccessState) -> String? {
    guard let owner else { return nil }
    let name = owner.hasPrefix("team:") ? String(owner.dropFirst("team:".count)) : owner
    guard !name.isEmpty, !name.contains("/"), (try? state.requireTeam(name)) != nil else { return nil }
    return name
  }
}

/// Where views go.
private struct FeaturePlace {
  /// `nil` for one that is to be made.
  let found: FoundNamespace?
  let object: GovernedObject
  let authorization: Authorization
}

/// What an import is to change, and what is said of it.
private struct FeatureDraft {
  var changes: FeatureImport
  var report: FeatureImportReport
  /// Of the datasets that sources are and that the caller may know of.
  let names: [DatasetID: String]

  var isChange: Bool {
    !changes.creations.isEmpty || !changes.swaps.isEmpty || !changes.drops.isEmpty || !changes.setServices.isEmpty
      || !changes.dropServices.isEmpty
  }
}

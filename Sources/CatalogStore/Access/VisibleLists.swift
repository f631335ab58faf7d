import Cedar
package import Governance
package import Iceberg
import Postgres

// Lists that hold what the caller may know of, decided for a whole page at once.

extension Authorizer {
  /// Names of the datasets of one kind in a namespace, in order.
  package func visibleDatasets(
    _ kind: DatasetKind, in namespace: NamespaceFacts, _ state: AccessState, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<String> {
    try await visibleDatasets(kind, in: namespace, state, page, context) { $0.name }
  }

  /// The datasets of every kind in a namespace, in order of their names.
  ///
  /// - Parameter format: of those that are wanted; `nil` for all.
  package func visibleDatasets(
    in namespace: NamespaceFacts, format: DatasetFormat? = nil, _ state: AccessState, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<ListedDataset> {
    try await visibleDatasets(nil, format, in: namespace, state, page, context) { $0 }
  }

  private func visibleDatasets<Element>(
    _ kind: DatasetKind?, _ format: DatasetFormat? = nil, in namespace: NamespaceFacts, _ state: AccessState, _ page: PageRequest,
    _ context: OperationContext, element: (ListedDataset) -> Element
  ) async throws -> Page<Element> {
    let caller = context.caller
    let named = caller.authority == .server ? nil : state.datasetsNamed(to: try state.principal(caller), caller)
    // Most rows say the same of themselves, so their attributes are made once, and those that nothing names are decided once.
    var known: [DatasetLikeness: (attributes: Record, tags: Record, unnamed: Entity?)] = [:]
    return try await visible(page, state, context) { [store] page in
      try await store.datasets(kind, format, in: namespace.id, page)
    } entity: { row in
      let isUnnamed = named?.contains(row.id) == false && !namespace.held.names(row.id, row.kind)
      let likeness = DatasetLikeness(kind: row.kind, facts: row.facts)
      let alike = known[likeness]
      if isUnnamed, let entity = alike?.unnamed { return entity }
      let attributes = alike?.attributes ?? namespace.attributes(row.id, row.kind, row.facts)
      let tags = alike?.tags ?? NamespaceFacts.tags(row.facts)
      let entity = namespace.content(row.id, row.kind, attributes, tags: tags)
      if alike == nil || isUnnamed, known.count < 1_000 { known[likeness] = (attributes, tags, isUnnamed ? entity : nil) }
      return entity
    } key: {
      $0.name
    } element: {
      element($0)
    }
  }

  /// The namespaces directly below a parent, in order.
  package func visibleNamespaces(below parent: NamespacePath, _ page: PageRequest, _ context: OperationContext) async throws -> Page<
    Namespace
  > {
    let state = try await state()
    return try await visible(page, state, context) { [store] page in
      try await store.namespaces(below: parent, page)
    } entity: { row in
      guard let zone = state.zones[row.zone] else { return nil }
      let path = NamespacePath(warehouse: parent.warehouse, namespace: row.namespace)
      return NamespaceFacts(id: row.id, path: path, zone: zone, owner: row.owner, description: row.description, held: state.held).entity
    } key: {
      $0.key
    } element: {
      $0.namespace
    }
  }

  /// Those of the warehouses, in their order.
  package func visible(_ warehouses: [Warehouse], _ context: OperationContext) async throws -> [Warehouse] {
    let state = try await state()
    return try visible(warehouses, to: .list, state, context) { state.warehouses[Text($0.name)]?.entity }
  }

  /// Those of the zones, in their order.
  package func visible(_ zones: [StoredZone], _ context: OperationContext) async throws -> [StoredZone] {
    let state = try await state()
    return try visible(zones, to: .list, state, context) { state.zones[$0.id]?.entity }
  }

  // MARK: Parts

  /// Reads on until a page is full of what may be seen.
  private func visible<Row, Element>(
    _ page: PageRequest, _ state: AccessState, _ context: OperationContext, read: (PageRequest) async throws -> [Row],
    entity: (Row) throws -> Entity?, key: (Row) -> String, element: (Row) -> Element
  ) async throws -> Page<Element> {
    var rows: [Row] = []
    var request = page
    while rows.count <= page.size {
      let read = try await read(request)
      rows += try visible(read.prefix(request.size), to: .list, state, context, entity)
      guard read.count > request.size, let last = read.prefix(request.size).last else { break }
      request = PageRequest(after: key(last), size: PageRequest.maximumSize)
    }
    return Page(rows, size: page.size, key: key, element: element)
  }

  /// Rows of which one entity stands for several are decided about once.
  ///
  /// - Parameter action: what the caller must be allowed.
  func visible<Row>(
    _ rows: some Collection<Row>, to action: PolicyAction, _ state: AccessState, _ context: OperationContext,
    _ entity: (Row) throws -> Entity?
  ) throws -> [Row] {
    if context.caller.authority == .server { return Array(rows) }
    let principal = try state.principal(context.caller)
    var entities: [Entity] = []
    var places: [ObjectIdentifier: Int] = [:]
    let asked: [(row: Row, place: Int)] = try rows.compactMap { row in
      guard let entity = try entity(row) else { return nil }
      let place = places[ObjectIdentifier(entity)] ?? entities.count
      if place == entities.count {
        places[ObjectIdentifier(entity)] = place
        entities.append(entity)
      }
      return (row, place)
    }
    let now = Record([("now", .extension(.datetime(CedarDatetime(millisecondsSinceEpoch: context.time.milliseconds))))])
    let decisions = state.authorizer.authorize(
      principal: principal.uid, action: action.uid, resources: entities.map(\.uid), context: now,
      entities: state.entities.overlaid(with: [principal]).joined(by: entities))
    return asked.filter { decisions[$0.place].isSafelyAllowed }.map(\.row)
  }
}

/// A dataset in a list, with what decisions ask of it.
package struct ListedDataset: Sendable {
  package let id: DatasetID
  package let name: String
  package let kind: DatasetKind
  /// Of what is neither table nor view.
  package let format: DatasetFormat?
  package let facts: DatasetFacts
}

/// What datasets have in common that nothing tells apart but their names.
private struct DatasetLikeness: Hashable {
  let kind: DatasetKind
  let facts: DatasetFacts
}

extension CatalogStore {
  /// One page and a row more, when there are more.
  ///
  /// - Parameters:
  ///   - kind: `nil` for all.
  ///   - format: `nil` for all.
  func datasets(
    _ kind: DatasetKind?, _ format: DatasetFormat?, in namespace: NamespaceID, _ page: PageRequest
  ) async throws -> [ListedDataset] {
    let isKind: SQL = kind.map { "AND kind = \($0.rawValue)" } ?? ""
    let isFormat: SQL = format.map { "AND format = \($0.rawValue)" } ?? ""
    return try await pool.run { connection in
      try connection.query(
        """
        SELECT name, id, owner, description, format_version, tags::text, kind, format FROM datasets
        WHERE namespace_id = \(namespace) \(isKind) \(isFormat) AND dropped_at IS NULL
          AND name > \(page.after ?? "") ORDER BY name LIMIT \(Int64(page.size + 1))
        """
      ) { row in
        let formatVersion: Int16? = try row[4]
        return ListedDataset(
          id: try row[1], name: try row[0], kind: try DatasetKind(stored: row[6]), format: try DatasetFormat(stored: row[7]),
          facts: DatasetFacts(
            owner: try row[2], description: try row[3], formatVersion: Int(formatVersion ?? 0), tags: try DatasetTags(stored: row[5])))
      }
    }
  }
}

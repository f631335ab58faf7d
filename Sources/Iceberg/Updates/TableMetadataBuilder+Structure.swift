// Schemas, partition specs and sort orders.

extension TableMetadataBuilder {
  /// An equal schema keeps its id and counts as the last one added: clients that then say -1 mean it. (The reference refuses that
  /// unless the same commit added it.) What clients believe the last column id to be is not asked.
  mutating func add(_ schema: Schema) throws(ModelError) {
    try schema.validate()
    try schema.checkCompatible(formatVersion: metadata.formatVersion)
    if let equal = metadata.schemas.first(where: { $0.sameFields(as: schema) }) {
      lastAddedSchemaID = equal.id
      return
    }
    var added = schema
    added.id = try Self.id(after: metadata.schemas.map(\.id), startingAt: 0, "schema")
    metadata.schemas.append(added)
    metadata.lastColumnID = max(metadata.lastColumnID, schema.highestFieldID)
    lastAddedSchemaID = added.id
    hasEffect = true
  }

  mutating func setCurrentSchema(_ id: Int32) throws(ModelError) {
    let id = try resolved(id, lastAddedSchemaID, "Cannot set last added schema: no schema has been added")
    guard id != metadata.currentSchemaID else { return }
    try check(metadata.schemas.contains { $0.id == id }, "Cannot set current schema to unknown schema: \(id)")
    metadata.currentSchemaID = id
    hasEffect = true
  }

  mutating func remove(schemas ids: [Int32]) throws(ModelError) {
    try check(!ids.contains(metadata.currentSchemaID), "Cannot remove the current schema")
    guard metadata.schemas.contains(where: { ids.contains($0.id) }) else { return }
    metadata.schemas.removeAll { ids.contains($0.id) }
    if let last = lastAddedSchemaID, ids.contains(last) { lastAddedSchemaID = nil }
    hasEffect = true
  }

  // MARK: Partition specs

  /// The schema that new specs and orders are checked against: DuckDB adds a spec before it sets the current schema.
  private var schemaForChecks: Schema? { metadata.currentSchema ?? metadata.schemas.last }

  mutating func add(_ unbound: UnboundPartitionSpec) throws(ModelError) {
    guard let schema = schemaForChecks else { throw .invalid("Cannot add a partition spec before a schema is added") }
    let id = try Self.id(after: metadata.partitionSpecs.map(\.id), startingAt: 0, "partition spec")
    let spec = try bound(unbound, id: id)
    if let equal = metadata.partitionSpecs.first(where: { $0.isCompatible(with: spec) }) {
      lastAddedSpecID = equal.id
      return
    }
    try spec.validate(against: schema)
    try check(
      metadata.formatVersion > 1 || spec.hasSequentialIDs, "Spec does not use sequential IDs that are required in v1: \(spec.fields)")
    metadata.partitionSpecs.append(spec)
    metadata.lastPartitionID = max(metadata.lastPartitionID, spec.lastAssignedFieldID)
    lastAddedSpecID = id
    hasEffect = true
  }

  /// Gives ids to fields that have none. From v2 on, a field that an earlier spec has keeps its id (table spec, "Partition
  /// Evolution"); v1 counts from 1000.
  private func bound(_ unbound: UnboundPartitionSpec, id: Int32) throws(ModelError) -> PartitionSpec {
    var unbound = unbound
    let isCounted = metadata.formatVersion == 1
    let last = isCounted ? PartitionSpec.baseFieldID : max(metadata.lastPartitionID, PartitionSpec.baseFieldID)
    try check(Int(last) + unbound.fields.count <= Int(Int32.max), "Cannot add a partition spec: partition field ids run out")
    if !isCounted {
      let known = metadata.partitionSpecs.flatMap(\.fields)
      for index in unbound.fields.indices where unbound.fields[index].fieldID == nil {
        let field = unbound.fields[index]
        unbound.fields[index].fieldID =
          known.last { $0.sourceIDs == field.sourceIDs && $0.transform == field.transform && $0.transform != .void }?.fieldID
      }
    }
    return unbound.bound(id: id, lastFieldID: last)
  }

  mutating func setDefaultSpec(_ id: Int32) throws(ModelError) {
    let id = try resolved(id, lastAddedSpecID, "Cannot set last added spec: no spec has been added")
    guard id != metadata.defaultSpecID else { return }
    try check(metadata.partitionSpecs.contains { $0.id == id }, "Cannot set default partition spec to unknown spec: \(id)")
    metadata.defaultSpecID = id
    hasEffect = true
  }

  mutating func remove(specs ids: [Int32]) throws(ModelError) {
    try check(!ids.contains(metadata.defaultSpecID), "Cannot remove the default partition spec")
    guard metadata.partitionSpecs.contains(where: { ids.contains($0.id) }) else { return }
    metadata.partitionSpecs.removeAll { ids.contains($0.id) }
    if let last = lastAddedSpecID, ids.contains(last) { lastAddedSpecID = nil }
    hasEffect = true
  }

  // MARK: Sort orders

  mutating func add(_ order: SortOrder) throws(ModelError) {
    guard let schema = schemaForChecks else { throw .invalid("Cannot add a sort order before a schema is added") }
    if let equal = metadata.sortOrders.first(where: { $0.fields == order.fields }) {
      lastAddedOrderID = equal.id
      return
    }
    try order.validate(against: schema)
    var added = order
    // 0 is the unsorted order's.
    added.id = order.isUnsorted ? 0 : try Self.id(after: metadata.sortOrders.map(\.id), startingAt: 1, "sort order")
    metadata.sortOrders.append(added)
    lastAddedOrderID = added.id
    hasEffect = true
  }

  mutating func setDefaultSortOrder(_ id: Int32) throws(ModelError) {
    let id = try resolved(id, lastAddedOrderID, "Cannot set last added sort order: no sort order has been added")
    guard id != metadata.defaultSortOrderID else { return }
    // Clients set the unsorted order without adding it.
    if id == 0, !metadata.sortOrders.contains(where: { $0.id == 0 }) { metadata.sortOrders.append(.unsorted) }
    try check(metadata.sortOrders.contains { $0.id == id }, "Cannot set default sort order to unknown sort order: \(id)")
    metadata.defaultSortOrderID = id
    hasEffect = true
  }

  // MARK: Ids

  private func resolved(_ id: Int32, _ last: Int32?, _ message: String) throws(ModelError) -> Int32 {
    guard id == Self.lastAdded else { return id }
    guard let last else { throw .invalid(message) }
    return last
  }

  private static func id(after ids: [Int32], startingAt first: Int32, _ what: String) throws(ModelError) -> Int32 {
    guard let highest = ids.max() else { return first }
    try check(highest < .max, "Cannot add a \(what): its ids run out")
    return max(first, highest + 1)
  }
}

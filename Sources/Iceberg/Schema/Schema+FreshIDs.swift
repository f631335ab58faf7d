extension Schema {
  /// The same columns with new field ids: 1, 2, … for the fields of a structure first, then inside each of them
  /// (Java's `TypeUtil.assignFreshIds`).
  ///
  /// - Returns: the schema, its last id, and the new id of each old one.
  package func reassigningIDs(schemaID: Int32) -> (schema: Schema, lastID: Int32, newIDs: [Int32: Int32]) {
    var fresh = FreshIDs()
    var result = self
    result.id = schemaID
    result.fields = fresh.reassign(fields)
    result.identifierFieldIDs = identifierFieldIDs.map { fresh.newIDs[$0] ?? $0 }
    return (result, fresh.last, fresh.newIDs)
  }

  private struct FreshIDs {
    var last: Int32 = 0
    var newIDs: [Int32: Int32] = [:]

    mutating func next(for old: Int32) -> Int32 {
      last += 1
      newIDs[old] = last
      return last
    }

    mutating func reassign(_ fields: [NestedField]) -> [NestedField] {
      var fields = fields
      for index in fields.indices { fields[index].id = next(for: fields[index].id) }
      for index in fields.indices { fields[index].type = reassign(fields[index].type) }
      return fields
    }

    mutating func reassign(_ type: IcebergType) -> IcebergType {
      switch type {
      case .primitive: return type
      case .structure(let fields): return .structure(reassign(fields))
      case .list(var list):
        list.elementID = next(for: list.elementID)
        list.element = reassign(list.element)
        return .list(list)
      case .map(var map):
        map.keyID = next(for: map.keyID)
        map.valueID = next(for: map.valueID)
        map.key = reassign(map.key)
        map.value = reassign(map.value)
        return .map(map)
      }
    }
  }
}

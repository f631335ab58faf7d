extension Schema {
  /// The same columns with other descriptions.
  ///
  /// - Parameter docs: by field id; `nil` takes a description away. Fields that are not named keep theirs.
  package func describing(_ docs: [Int32: String?]) -> Schema {
    var schema = self
    schema.fields = fields.map { $0.describing(docs) }
    return schema
  }
}

extension NestedField {
  fileprivate func describing(_ docs: [Int32: String?]) -> NestedField {
    var field = self
    if let doc = docs[id] { field.doc = doc }
    field.type = type.describing(docs)
    return field
  }
}

extension IcebergType {
  fileprivate func describing(_ docs: [Int32: String?]) -> IcebergType {
    switch self {
    case .primitive: return self
    case .structure(let fields): return .structure(fields.map { $0.describing(docs) })
    case .list(var list):
      list.element = list.element.describing(docs)
      return .list(list)
    case .map(var map):
      map.key = map.key.describing(docs)
      map.value = map.value.describing(docs)
      return .map(map)
    }
  }
}

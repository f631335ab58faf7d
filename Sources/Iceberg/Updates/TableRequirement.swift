package import JSON

/// What must hold for a commit: the 9 of the REST specification (`TableRequirement`).
package enum TableRequirement: Hashable, Sendable {
  case assertCreate
  case assertTableUUID(String)
  /// `nil`: the reference must not exist.
  case assertRefSnapshotID(ref: String, snapshotID: Int64?)
  case assertLastAssignedFieldID(Int32)
  case assertCurrentSchemaID(Int32)
  case assertLastAssignedPartitionID(Int32)
  case assertDefaultSpecID(Int32)
  case assertDefaultSortOrderID(Int32)
  case assertViewUUID(String)

  package static let types = [
    "assert-create", "assert-table-uuid", "assert-ref-snapshot-id", "assert-last-assigned-field-id", "assert-current-schema-id",
    "assert-last-assigned-partition-id", "assert-default-spec-id", "assert-default-sort-order-id", "assert-view-uuid",
  ]

  /// Checks it against a table; `nil` when there is none (Java's `UpdateRequirement.validate`).
  ///
  /// - Throws: ``ModelError/requirementFailed(_:)``
  package func check(_ base: TableMetadata?) throws(ModelError) {
    func demand<T: Equatable>(_ what: String, _ expected: T, _ found: T) throws(ModelError) {
      guard expected == found else { throw Self.failed("\(what) changed: expected id \(expected) != \(found)") }
    }
    if case .assertCreate = self {
      guard base == nil else { throw Self.failed("table already exists") }
      return
    }
    guard let base else { throw Self.failed("table does not exist") }
    switch self {
    case .assertCreate: return
    case .assertTableUUID(let uuid):
      guard uuid.lowercased() == base.uuid?.lowercased() else {
        throw Self.failed("UUID does not match: expected \(base.uuid ?? "null") != \(uuid)")
      }
    case .assertRefSnapshotID(let name, let expected): try Self.check(name, expected, base.refs[name])
    case .assertLastAssignedFieldID(let id): try demand("last assigned field id", id, base.lastColumnID)
    case .assertCurrentSchemaID(let id): try demand("current schema", id, base.currentSchemaID)
    case .assertLastAssignedPartitionID(let id): try demand("last assigned partition id", id, base.lastPartitionID)
    case .assertDefaultSpecID(let id): try demand("default partition spec", id, base.defaultSpecID)
    case .assertDefaultSortOrderID(let id): try demand("default sort order", id, base.defaultSortOrderID)
    case .assertViewUUID: throw .invalid("assert-view-uuid is a requirement of views, not of tables")
    }
  }

  private static func check(_ name: String, _ expected: Int64?, _ ref: SnapshotReference?) throws(ModelError) {
    guard let ref else {
      guard let expected else { return }
      throw failed("branch or tag \(name) is missing, expected \(expected)")
    }
    guard let expected else { throw failed("\(ref.kind.rawValue) \(name) was created concurrently") }
    guard expected == ref.snapshotID else {
      throw failed("\(ref.kind.rawValue) \(name) has changed: expected id \(expected) != \(ref.snapshotID)")
    }
  }

  static func failed(_ what: String) -> ModelError { .requirementFailed("Requirement failed: \(what)") }
}

extension TableRequirement: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    let type = try object.required("type").string()
    switch type {
    case "assert-create": self = .assertCreate
    case "assert-table-uuid": self = .assertTableUUID(try object.required("uuid").string())
    case "assert-ref-snapshot-id":
      self = .assertRefSnapshotID(ref: try object.required("ref").string(), snapshotID: try object.optional("snapshot-id")?.int64())
    case "assert-last-assigned-field-id": self = .assertLastAssignedFieldID(try object.required("last-assigned-field-id").int32())
    case "assert-current-schema-id": self = .assertCurrentSchemaID(try object.required("current-schema-id").int32())
    case "assert-last-assigned-partition-id":
      self = .assertLastAssignedPartitionID(try object.required("last-assigned-partition-id").int32())
    case "assert-default-spec-id": self = .assertDefaultSpecID(try object.required("default-spec-id").int32())
    case "assert-default-sort-order-id": self = .assertDefaultSortOrderID(try object.required("default-sort-order-id").int32())
    case "assert-view-uuid": self = .assertViewUUID(try object.required("uuid").string())
    default: throw json.invalid("Cannot convert update requirement \"\(type)\"; there are \(Self.types.joined(separator: ", "))")
    }
  }
}

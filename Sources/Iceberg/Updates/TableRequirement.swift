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
    guard let base else {
      switch self {
      // The reference lets these hold for a table that is being made.
      case .assertLastAssignedFieldID, .assertLastAssignedPartitionID: return
      case .assertRefSnapshotID(_, nil): return
      default: throw Self.failed("table does not exist")
      }
    }
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
    case .assertViewUUID: throw .invalid("Cannot validate AssertViewUUID against a table")
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

extension TableRequirement {
  package var type: String {
    switch self {
    case .assertCreate: "assert-create"
    case .assertTableUUID: "assert-table-uuid"
    case .assertRefSnapshotID: "assert-ref-snapshot-id"
    case .assertLastAssignedFieldID: "assert-last-assigned-field-id"
    case .assertCurrentSchemaID: "assert-current-schema-id"
    case .assertLastAssignedPartitionID: "assert-last-assigned-partition-id"
    case .assertDefaultSpecID: "assert-default-spec-id"
    case .assertDefaultSortOrderID: "assert-default-sort-order-id"
    case .assertViewUUID: "assert-view-uuid"
    }
  }
}

extension TableRequirement: JSONDecodable, JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("type", type)
      switch self {
      case .assertCreate: break
      case .assertTableUUID(let uuid), .assertViewUUID(let uuid): $0.field("uuid", uuid)
      case .assertRefSnapshotID(let ref, let snapshotID):
        $0.field("ref", ref)
        $0.key("snapshot-id")
        if let snapshotID { $0.value(snapshotID) } else { $0.null() }
      case .assertLastAssignedFieldID(let id): $0.field("last-assigned-field-id", id)
      case .assertCurrentSchemaID(let id): $0.field("current-schema-id", id)
      case .assertLastAssignedPartitionID(let id): $0.field("last-assigned-partition-id", id)
      case .assertDefaultSpecID(let id): $0.field("default-spec-id", id)
      case .assertDefaultSortOrderID(let id): $0.field("default-sort-order-id", id)
      }
    }
  }

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
    default: throw json.invalid("Unrecognized update requirement type \"\(type)\"; there are \(Self.types.joined(separator: ", "))")
    }
  }
}

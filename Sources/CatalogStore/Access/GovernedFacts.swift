import Cedar
import Identity
package import JSON

/// What policies ask of a dataset beside its place; read with its version, in one statement.
package struct DatasetFacts: Hashable, Sendable {
  /// `user:name`, `service:name` or `team:name`; `nil` for that of the namespace.
  package var owner: String?
  package var description: String?
  package var formatVersion: Int
  package var tags: DatasetTags
  /// The version of its contract that is in force.
  package var contract: ContractID?
  /// Ids of snapshots that must be kept, ascending; in lists, where nothing is asked of them, empty.
  package var pinned: [Int64]

  package init(
    owner: String? = nil, description: String? = nil, formatVersion: Int = 0, tags: DatasetTags = DatasetTags(),
    contract: ContractID? = nil, pinned: [Int64] = []
  ) {
    self.contract = contract
    self.pinned = pinned
    self.owner = owner
    self.description = description
    self.formatVersion = formatVersion
    self.tags = tags
  }
}

/// Classifications of a dataset and of its columns.
package struct DatasetTags: Hashable, Sendable {
  package var own: [String: String] = [:]
  /// By field id.
  package var fields: [Int32: [String: String]] = [:]

  package init() {}

  package var isEmpty: Bool { own.isEmpty && fields.isEmpty }

  /// The tag whose values restrict who may read.
  package static let classification = "classification"
  /// What it may say to do so.
  package static let restrictions = ["pii", "phi", "financial", "secret"]

  var restricted: [String] { own[Self.classification].map { [$0] }?.filter(Self.restrictions.contains) ?? [] }
}

extension DatasetTags: JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    own = try object.optional("own")?.object().strings() ?? [:]
    guard let fields = try object.optional("fields")?.object() else { return }
    for member in fields {
      guard let id = Int32(member.key) else { throw member.value.invalid("Expected a field id for a name") }
      self.fields[id] = try member.value.object().strings()
    }
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("own", own)
      $0.field(
        "fields",
        object: {
          for (id, tags) in fields.sorted(by: { $0.key < $1.key }) {
            $0.key(String(id))
            $0.object {
              for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
                $0.key(key)
                $0.value(value)
              }
            }
          }
        })
    }
  }
}

/// The attributes of entities that have an owner.
struct GovernedAttributes: Hashable {
  var owner: String?
  var description: String?
  var restricted: [String] = []
  var isRegulated = false
  var isHeld = false

  var record: Record {
    var fields: [(name: Text, value: Value)] = [
      ("restricted", .set(ValueSet(restricted.map { .entity(EntityUID(type: PolicyWord.tag, id: Text($0))) }))),
      ("regulated", .bool(isRegulated)), ("legalHold", .bool(isHeld)),
    ]
    if let description { fields.append(("description", .string(Text(description)))) }
    if let owner, let (name, uid) = Self.ownerField(owner) { fields.append((name, .entity(uid))) }
    return Record(fields)
  }

  private static func ownerField(_ owner: String) -> (name: Text, uid: EntityUID)? {
    guard let uid = OwnerName.uid(owner) else { return nil }
    switch uid.type {
    case PolicyWord.user: return ("ownerUser", uid)
    case PolicyWord.service: return ("ownerService", uid)
    default: return ("ownerTeam", uid)
    }
  }
}

/// `user:name`, `service:name`, `team:name`.
package enum OwnerName {
  /// Nobody owns what nobody in particular or the server made.
  package static func creator(_ caller: Caller) -> String? {
    guard case .principal(let kind) = caller.authority else { return nil }
    return "\(kind.rawValue):\(caller.name)"
  }

  package static func team(_ name: String) -> String { "team:\(name)" }

  /// Undoes ``uid(_:)``; `nil` for what cannot own anything.
  static func text(_ uid: EntityUID) -> String? {
    switch uid.type {
    case PolicyWord.user: "user:\(uid.id)"
    case PolicyWord.service: "service:\(uid.id)"
    case PolicyWord.team: "team:\(uid.id)"
    default: nil
    }
  }

  static func uid(_ owner: String) -> EntityUID? {
    let parts = owner.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "user": return EntityUID(type: PolicyWord.user, id: Text(parts[1]))
    case "service": return EntityUID(type: PolicyWord.service, id: Text(parts[1]))
    case "team": return EntityUID(type: PolicyWord.team, id: Text(parts[1]))
    default: return nil
    }
  }
}

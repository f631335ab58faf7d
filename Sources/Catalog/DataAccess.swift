import CatalogStore
import Governance
import ObjectStorage

/// What a caller may do with a table's files.
package enum DataAccess: Sendable, Hashable {
  case none
  case read
  /// - Parameter deletes: whether what is there may be deleted: not in raw zones, nor by those who only append.
  case readWrite(deletes: Bool)

  package var deletes: Bool { self == .readWrite(deletes: true) }

  /// What is asked of the store; `nil` for nothing.
  var storageAccess: StorageAccess? {
    switch self {
    case .none: nil
    case .read: .read
    case .readWrite(deletes: false): .write
    case .readWrite(deletes: true): .delete
    }
  }
}

/// A table whose files somebody asks for.
struct AccessSubject: Sendable {
  /// `nil` for one that is only staged.
  let dataset: DatasetID?
  let object: GovernedObject
  let formatVersion: Int
}

extension AccessSubject {
  init(_ found: FoundDataset, _ object: GovernedObject) {
    self.init(dataset: found.version.id, object: object, formatVersion: found.facts.formatVersion)
  }
}

extension Catalog {
  /// What the caller may do with a table's files: the one place where keys and signatures learn of it.
  func dataAccess(to subject: AccessSubject, _ context: OperationContext) throws -> DataAccess {
    guard try authorizer.allows([PolicyQuestion(.readCredentials)], on: subject.object, context) else { return .none }
    guard try authorizer.allows([PolicyQuestion(.writeCredentials)], on: subject.object, context) else { return .read }
    // Files know no refs: who may delete rows of any may delete files.
    let question = PolicyQuestion.rows(.delete, branch: "", snapshot: 0, formatVersion: subject.formatVersion, isGated: false)
    let isPermitted = try authorizer.allows([question], on: subject.object, context)
    let isInRules = subject.object.zone?.rules.refs.contains { !$0.allowed.isDisjoint(with: [.delete, .overwrite]) } ?? true
    return .readWrite(deletes: isPermitted && isInRules)
  }
}

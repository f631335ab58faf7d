import ObjectStorage
import Synchronization

/// A store that fails when it is told to, before or after it has done what it was asked.
struct FaultingObjectStore: ObjectStore {
  enum Fault: CaseIterable {
    /// Nothing is written.
    case createFails
    /// It is written, and the answer is lost.
    case createdButFails
    case deleteFails
    case createIsSlow
    case listFails
    case examineFails
    case lookFails
  }

  final class Plan: Sendable {
    private let faults = Mutex<Set<Fault>>([])
    /// Files that may be written before creation fails.
    private let spared = Mutex(0)

    func arm(_ armed: Set<Fault>, afterFiles count: Int = 0) {
      faults.withLock { $0 = armed }
      spared.withLock { $0 = count }
    }

    fileprivate func has(_ fault: Fault) -> Bool { faults.withLock { $0.contains(fault) } }

    /// Whether this file is spared.
    fileprivate func spare() -> Bool {
      spared.withLock {
        $0 -= 1
        return $0 >= 0
      }
    }
  }

  let plan: Plan
  let store: any ObjectStore

  func create(_ location: ObjectLocation, _ bytes: [UInt8]) async throws(ObjectStoreError) {
    if plan.has(.createIsSlow) { try? await Task.sleep(for: .milliseconds(200)) }
    if plan.spare() { return try await store.create(location, bytes) }
    if plan.has(.createFails) { throw .unavailable("the store is away") }
    try await store.create(location, bytes)
    if plan.has(.createdButFails) { throw .unavailable("the answer was lost") }
  }

  func delete(_ locations: [ObjectLocation]) async throws(ObjectStoreError) {
    if plan.has(.deleteFails) { throw .unavailable("the store is away") }
    try await store.delete(locations)
  }

  func read(_ location: ObjectLocation, maximumSizeBytes: Int) async throws(ObjectStoreError) -> [UInt8] {
    try await store.read(location, maximumSizeBytes: maximumSizeBytes)
  }

  func page(under location: ObjectLocation, after: String?, limit: Int) async throws(ObjectStoreError) -> ObjectPage {
    if plan.has(.listFails), !plan.spare() { throw .unavailable("the store is away") }
    return try await store.page(under: location, after: after, limit: limit)
  }

  func examine(_ objects: [StoredObject]) async throws(ObjectStoreError) -> [ExaminedObject?] {
    if plan.has(.examineFails), !plan.spare() { throw .unavailable("the store is away") }
    return try await store.examine(objects)
  }

  func look(_ location: ObjectLocation) async throws(ObjectStoreError) -> ObjectStatus? {
    if plan.has(.lookFails) { throw .unavailable("the store is away") }
    return try await store.look(location)
  }

  func digest(_ location: ObjectLocation) async throws(ObjectStoreError) -> ObjectDigest { try await store.digest(location) }

  func makeFolder(_ location: ObjectLocation) async throws(ObjectStoreError) { try await store.makeFolder(location) }

  func isPlace(_ location: ObjectLocation) async throws(ObjectStoreError) -> Bool { try await store.isPlace(location) }

  func exists(_ location: ObjectLocation) async throws(ObjectStoreError) -> Bool { try await store.exists(location) }
}

package import CatalogStore
import Governance
import Postgres
import TransparencyLog

// The operations on what lies in a dataset's files: indexes, objects, snapshots.

/// Objects of a page, and the index that they were there at.
package struct ObjectList: Sendable {
  package let index: Int64
  package let page: Page<FileSetObject>
}

/// Tags of one object that become others.
package struct ObjectTagRequest: Sendable {
  package let key: String
  package let change: TagChange

  package init(key: String, change: TagChange) {
    self.key = key
    self.change = change
  }
}

extension Catalog {
  /// - Throws: ``CatalogError/noSuchDataset(_:)``; ``CatalogError/badRequest(_:)`` when there is none
  package func loadIndex(of path: DatasetPath, _ context: OperationContext) async throws -> FileSetIndex {
    let asked = try await authorized(.loadIndex, [PolicyQuestion(.getMetadata)], path, as: .dataset, context)
    guard let index = try await store.newestIndex(of: asked.found.version.id, asked.authorization) else { throw Self.notIndexed(path) }
    return index
  }

  /// Has the objects below a dataset's location listed by a job, unless that is under way.
  ///
  /// - Returns: the index that was begun or is under way, and whether it was begun.
  /// - Throws: ``CatalogError/noSuchDataset(_:)``, ``CatalogError/badRequest(_:)``
  package func startIndex(
    of path: DatasetPath, _ context: OperationContext, answer: (FileSetIndex) -> [UInt8]
  ) async throws -> (index: FileSetIndex, isNew: Bool) {
    let asked = try await authorized(.startIndex, [PolicyQuestion(.setProperties)], path, as: .dataset, context)
    let dataset = try await generic(asked, path)
    guard dataset.format.hasFiles, let location = dataset.location else {
      throw CatalogError.badRequest(
        "The dataset \(path.identifier) is of format \(dataset.format.rawValue), which has no files to be indexed")
    }
    let storage = try await storages.storage(of: asked.found.version.warehouse, asked.authorization)
    guard (try? storage.location(location, of: "location")) != nil else {
      throw CatalogError.badRequest(
        "The location \(location) of \(path.identifier) is outside the warehouse, where the server opens nothing; it cannot be indexed")
    }
    return try await store.startIndex(of: asked.found.version.id, asked.authorization, answer: answer)
  }

  /// Objects as of the index that was finished last, or as of a snapshot.
  ///
  /// Every page after the first is of the same index, whatever is found meanwhile.
  ///
  /// - Throws: ``CatalogError/noSuchDataset(_:)``, ``CatalogError/noSuchSnapshot(_:)``; ``CatalogError/badRequest(_:)`` before the first
  ///   index
  package func listObjects(
    of path: DatasetPath, snapshot: Int64?, _ filter: ObjectFilter, _ page: PageRequest, _ context: OperationContext
  ) async throws -> ObjectList {
    let asked = try await authorized(.listObjects, [PolicyQuestion(.getMetadata)], path, as: .dataset, context)
    let dataset = asked.found.version.id
    let place = try ObjectPlace(page)
    let index: Int64
    if let snapshot {
      guard try await store.snapshot(snapshot, of: dataset, asked.authorization) != nil else {
        throw CatalogError.noSuchSnapshot("The dataset \(path.identifier) has no snapshot \(snapshot)")
      }
      index = snapshot
    } else if let earlier = place.index {
      index = earlier
    } else {
      index = try await finished(of: dataset, path, asked.authorization).number
    }
    let rows = try await store.objects(of: dataset, at: index, filter, after: place.key, limit: page.size + 1, asked.authorization)
    return ObjectList(
      index: index, page: Page(rows, size: page.size, key: { ObjectPlace(index: index, key: $0.key).text }, element: { $0 }))
  }

  /// Tags objects of the index that was finished last, all of them or none.
  ///
  /// - Throws: ``CatalogError/noSuchDataset(_:)``, ``CatalogError/badRequest(_:)``; ``CatalogError/fileNotFound(_:)`` for an object that
  ///   is not there
  package func updateObjectTags(
    of path: DatasetPath, _ requests: [ObjectTagRequest], _ context: OperationContext, answer: [UInt8]
  ) async throws {
    for _ in 0..<options.commitAttempts {
      let asked = try await authorized(.updateObjectTags, [PolicyQuestion(.setTags)], path, as: .dataset, context)
      guard (1...1_000).contains(requests.count) else {
        throw CatalogError.badRequest("Tag 1 to 1000 objects at once, not \(requests.count)")
      }
      guard Set(requests.map { PostgresText($0.key) }).count == requests.count else {
        throw CatalogError.badRequest("An object is named twice")
      }
      let dataset = asked.found.version.id
      let index = try await finished(of: dataset, path, asked.authorization)
      let known = try await store.objectTags(requests.map(\.key), of: dataset, at: index.number, asked.authorization)
      let changes = try requests.map { request in
        guard let before = known[PostgresText(request.key)] else {
          throw CatalogError.fileNotFound("The dataset \(path.identifier) has no object \(request.key.prefix(1_024))")
        }
        return ObjectTagChange(key: request.key, before: before, after: try request.change.applied(to: before, by: nil))
      }
      if try await store.setObjectTags(changes, of: dataset, at: index.number, asked.authorization, answer: answer) { return }
    }
    throw CatalogStore.overtaken(path)
  }

  /// - Throws: ``CatalogError/noSuchDataset(_:)``
  package func listFileSetSnapshots(
    of path: DatasetPath, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<FileSetSnapshot> {
    let asked = try await authorized(.listFileSetSnapshots, [PolicyQuestion(.getMetadata)], path, as: .dataset, context)
    return try await store.snapshots(of: asked.found.version.id, page, asked.authorization)
  }

  /// Keeps the objects as of the index that was finished last, under its number, with the root of the tree over them.
  ///
  /// - Returns: the snapshot, and whether it is a new one.
  /// - Throws: ``CatalogError/noSuchDataset(_:)``; ``CatalogError/badRequest(_:)`` before the first index
  package func freezeFileSet(
    _ path: DatasetPath, _ context: OperationContext, answer: (FileSetSnapshot) -> [UInt8]
  ) async throws -> (snapshot: FileSetSnapshot, isNew: Bool) {
    let asked = try await authorized(.freezeFileSet, [PolicyQuestion(.setProperties)], path, as: .dataset, context)
    let dataset = asked.found.version.id
    let index = try await finished(of: dataset, path, asked.authorization)
    if let kept = try await store.snapshot(index.number, of: dataset, asked.authorization) { return (kept, false) }
    let made = try await frozen(index.number, of: dataset, asked.authorization)
    if try await store.freeze(made, of: dataset, asked.authorization, answer: answer(made)) { return (made, true) }
    guard let kept = try await store.snapshot(index.number, of: dataset, asked.authorization) else { throw CatalogStore.overtaken(path) }
    return (kept, false)
  }

  // MARK: Parts

  private static let freezingPage = 10_000

  /// What a point is, from its objects: nothing changes them once its index is finished.
  func frozen(_ index: Int64, of dataset: DatasetID, _ authorization: Authorization) async throws -> FileSetSnapshot {
    var root = MerkleRoot()
    var sizeBytes: Int64 = 0
    var after: String?
    repeat {
      try Task.checkCancellation()
      let page = try await store.objects(
        of: dataset, at: index, ObjectFilter(), after: after, limit: Self.freezingPage, authorization)
      for object in page {
        root.add(LeafHash.of(object.leaf))
        sizeBytes += object.sizeBytes
      }
      after = page.count == Self.freezingPage ? page.last?.key : nil
    } while after != nil
    return FileSetSnapshot(
      id: index, objects: Int64(root.count), sizeBytes: sizeBytes, root: root.hash, frozenAt: authorization.context.time,
      frozenBy: authorization.context.principal)
  }

  private func finished(of dataset: DatasetID, _ path: DatasetPath, _ authorization: Authorization) async throws -> FileSetIndex {
    guard let index = try await store.finishedIndex(of: dataset, authorization) else { throw Self.notIndexed(path) }
    return index
  }

  private static func notIndexed(_ path: DatasetPath) -> CatalogError {
    .badRequest("What lies in the dataset \(path.identifier) is not known yet; start with: moraine dataset index \(path.identifier)")
  }
}

/// Where the next page of a list begins: `<index>/<key>`.
private struct ObjectPlace {
  let index: Int64?
  let key: String?

  init(index: Int64, key: String) { (self.index, self.key) = (index, key) }

  init(_ page: PageRequest) throws {
    guard let text = page.after else {
      (index, key) = (nil, nil)
      return
    }
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")), let index = Int64(text[..<slash]) else {
      throw CatalogError.badRequest("The pageToken is none of ours; send the one from the page before")
    }
    self.index = index
    key = String(decoding: text.utf8[text.utf8.index(after: slash)...], as: UTF8.self)
  }

  var text: String { "\(index ?? 0)/\(key ?? "")" }
}

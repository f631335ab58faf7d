/// Where files are kept. One suite of tests holds for every implementation.
package protocol ObjectStore: Sendable {
  /// - Throws: `notFound`, `tooLarge`
  func read(_ location: ObjectLocation, maximumSizeBytes: Int) async throws(ObjectStoreError) -> [UInt8]

  /// Writes a new object whole, durable when this returns. Nobody ever sees part of it.
  ///
  /// - Throws: `alreadyExists`
  func create(_ location: ObjectLocation, _ bytes: [UInt8]) async throws(ObjectStoreError)

  /// Deletes objects. Those that are not there are no error.
  func delete(_ locations: [ObjectLocation]) async throws(ObjectStoreError)

  /// Objects below a place, by key, after `after`; at most `limit`.
  func page(under location: ObjectLocation, after: String?, limit: Int) async throws(ObjectStoreError) -> ObjectPage

  /// What identifies the content of objects of a list, in their order; `nil` for one that is gone.
  ///
  /// Objects are returned as they were when their content was looked at.
  func examine(_ objects: [StoredObject]) async throws(ObjectStoreError) -> [ExaminedObject?]

  /// What is there under a name; `nil` when nothing is.
  func look(_ location: ObjectLocation) async throws(ObjectStoreError) -> ObjectStatus?

  /// Reads an object a piece at a time for the SHA-256 of its content, whatever the store itself says of it.
  ///
  /// - Throws: `notFound`; `unavailable` when it changes meanwhile.
  func digest(_ location: ObjectLocation) async throws(ObjectStoreError) -> ObjectDigest

  /// Makes a folder, with its parents, where there are folders.
  func makeFolder(_ location: ObjectLocation) async throws(ObjectStoreError)

  func exists(_ location: ObjectLocation) async throws(ObjectStoreError) -> Bool

  /// Whether objects can lie below a place: a folder that is there. Where there are no folders, every place is one.
  func isPlace(_ location: ObjectLocation) async throws(ObjectStoreError) -> Bool
}

extension ObjectStore {
  /// Objects below a place, by key, after `after`; at most `limit`.
  package func list(under location: ObjectLocation, after: String?, limit: Int) async throws(ObjectStoreError) -> [StoredObject] {
    try await page(under: location, after: after, limit: limit).objects
  }
}

/// An object in a list.
package struct StoredObject: Hashable, Sendable {
  package let location: ObjectLocation
  package let sizeBytes: Int64
  /// Milliseconds since 1970.
  package let modifiedAtMs: Int64
  /// What the store says of the content, without quotes; `nil` where it says nothing.
  package let etag: String?

  package init(location: ObjectLocation, sizeBytes: Int64, modifiedAtMs: Int64, etag: String? = nil) {
    self.location = location
    self.sizeBytes = sizeBytes
    self.modifiedAtMs = modifiedAtMs
    self.etag = etag
  }
}

/// Some of the objects below a place, in the order of their keys' bytes. Fewer than were asked for are the last ones.
package struct ObjectPage: Hashable, Sendable {
  package var objects: [StoredObject] = []
  /// How many more lie among and after them that no location stands for: links, and keys that are no text, or hold control characters,
  /// `//` or `..`.
  package var passedOver = 0

  package init() {}
}

/// An object with what identifies its content.
package struct ExaminedObject: Hashable, Sendable {
  package let object: StoredObject
  /// `sha256:` and 64 hexadecimal digits, or `etag:` and what the store says of the content.
  package let checksum: String

  package init(object: StoredObject, checksum: String) {
    self.object = object
    self.checksum = checksum
  }
}

/// What a store says of one object without reading it.
package struct ObjectStatus: Hashable, Sendable {
  package let sizeBytes: Int64
  /// Without quotes; `nil` where it says nothing of the content.
  package let etag: String?

  package init(sizeBytes: Int64, etag: String? = nil) {
    self.sizeBytes = sizeBytes
    self.etag = etag
  }
}

/// What an object's content is, by reading it.
package struct ObjectDigest: Hashable, Sendable {
  package let sizeBytes: Int64
  /// 32 bytes.
  package let sha256: [UInt8]

  package init(sizeBytes: Int64, sha256: [UInt8]) {
    self.sizeBytes = sizeBytes
    self.sha256 = sha256
  }
}

/// What went wrong with files.
package enum ObjectStoreError: Error, Hashable, CustomStringConvertible {
  case notFound(String)
  case alreadyExists(String)
  case outsideRoot(String, root: String)
  case accessDenied(String)
  case tooLarge(String, maximumSizeBytes: Int)
  /// The store is away or overloaded; later it may work.
  case unavailable(String)
  case other(String)

  package var description: String {
    switch self {
    case .notFound(let location): "\(location) does not exist"
    case .alreadyExists(let location): "\(location) already exists"
    case .outsideRoot(let location, let root): "\(location) is outside \(root)"
    case .accessDenied(let location): "access to \(location) is denied; check the server's credentials and the folder's owner"
    case .tooLarge(let location, let limit): "\(location) is larger than \(limit) bytes"
    case .unavailable(let what), .other(let what): what
    }
  }
}

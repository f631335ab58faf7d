import AsyncHTTPClient
import Crypto
import FoundationEssentials
import Logging
import NIOHTTP1

/// Objects below one prefix of an S3 bucket.
package struct S3ObjectStore: ObjectStore {
  let root: ObjectLocation
  private let sender: S3RequestSender

  /// Names the writer of an object, so that a repeated write can tell its own object from another's.
  private static let writerHeader = "x-amz-meta-moraine-writer"
  private static let maximumPages = 10_000
  private static let maximumDeletedAtOnce = 1_000

  init(
    root: ObjectLocation, endpoint: S3Endpoint, credentials: S3Credentials, client: HTTPClient, logger: Logger,
    limits: S3RequestSender.Limits = .init()
  ) {
    self.root = root
    sender = S3RequestSender(endpoint: endpoint, credentials: credentials, client: client, logger: logger, limits: limits)
  }

  package func read(_ location: ObjectLocation, maximumSizeBytes: Int) async throws(ObjectStoreError) -> [UInt8] {
    try confine(location)
    var request = S3Request(.GET, location)
    request.maximumSizeBytes = maximumSizeBytes
    return try await sender.send(request).body
  }

  package func create(_ location: ObjectLocation, _ bytes: [UInt8]) async throws(ObjectStoreError) {
    try confine(location)
    let writer = String(UInt64.random(in: .min ... .max), radix: 16) + String(UInt64.random(in: .min ... .max), radix: 16)
    var request = S3Request(.PUT, location)
    request.body = bytes
    request.headers = [("if-none-match", "*"), (Self.writerHeader, writer)]
    request.accepted = [412, 501]
    let answer = try await sender.send(request)
    switch answer.status {
    case 412:
      // try ──► stored, answer lost ──► try again ──► 412: the object in the way is our own.
      guard answer.mayHaveBeenDone, try await self.writer(of: location) == writer else { throw .alreadyExists(location.description) }
    case 501:
      // This service knows no conditional writes: look, then write.
      guard try await !exists(location) else { throw .alreadyExists(location.description) }
      request.headers = [(Self.writerHeader, writer)]
      request.accepted = []
      _ = try await sender.send(request)
    default: break
    }
  }

  private func writer(of location: ObjectLocation) async throws(ObjectStoreError) -> String? {
    do {
      return try await sender.send(S3Request(.HEAD, location)).headers.first(name: Self.writerHeader)
    } catch .notFound {
      return nil
    }
  }

  package func exists(_ location: ObjectLocation) async throws(ObjectStoreError) -> Bool {
    try confine(location)
    do {
      _ = try await sender.send(S3Request(.HEAD, location))
      return true
    } catch .notFound {
      return false
    }
  }

  /// There are no folders.
  package func makeFolder(_ location: ObjectLocation) async throws(ObjectStoreError) { try confine(location) }

  package func isPlace(_ location: ObjectLocation) async throws(ObjectStoreError) -> Bool {
    try confine(location)
    return true
  }

  package func delete(_ locations: [ObjectLocation]) async throws(ObjectStoreError) {
    for location in locations { try confine(location) }
    var rest = locations[...]
    while !rest.isEmpty {
      let batch = rest.prefix(Self.maximumDeletedAtOnce)
      rest = rest.dropFirst(batch.count)
      for location in try await deleteTogether(batch) { try await deleteAlone(location) }
    }
  }

  private func deleteAlone(_ location: ObjectLocation) async throws(ObjectStoreError) {
    do {
      _ = try await sender.send(S3Request(.DELETE, location))
    } catch .notFound {}
  }

  /// - Returns: those to be deleted one by one, because the service said so or cannot do it together.
  private func deleteTogether(_ batch: ArraySlice<ObjectLocation>) async throws(ObjectStoreError) -> [ObjectLocation] {
    guard batch.count > 1 else { return Array(batch) }
    let keys = batch.map { "<Object><Key>\(S3Answer.escaped($0.key))</Key></Object>" }.joined()
    let body = Array("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(keys)<Quiet>true</Quiet></Delete>".utf8)
    var request = S3Request(.POST, try bucketRoot())
    request.query = [("delete", "")]
    request.headers = [("content-md5", Data(Insecure.MD5.hash(data: body)).base64EncodedString()), ("content-type", "application/xml")]
    request.body = body
    // 400: a key that XML cannot hold, or a checksum that it would rather have.
    request.accepted = [400, 405, 501]
    let answer = try await sender.send(request)
    guard answer.status < 300 else { return Array(batch) }
    guard let result = S3Answer(answer.body, root: "DeleteResult") else {
      throw .other("\(root): the store's answer to DeleteObjects is no DeleteResult; check s3.endpoint")
    }
    let failed = Set(result.elements("Error").filter { $0.text("Code") != "NoSuchKey" }.map { Array($0.text("Key").utf8) })
    return failed.isEmpty ? [] : batch.filter { failed.contains(Array($0.key.utf8)) }
  }

  package func page(under location: ObjectLocation, after: String?, limit: Int) async throws(ObjectStoreError) -> ObjectPage {
    try confine(location)
    let prefix = location.key.isEmpty ? "" : location.key + "/"
    var request = S3Request(.GET, try bucketRoot())
    var found = ObjectPage()
    var token: String?
    for _ in 0..<Self.maximumPages where found.objects.count < limit {
      request.query = [("list-type", "2"), ("max-keys", String(min(limit - found.objects.count, 1_000))), ("prefix", prefix)]
      if let token { request.query.append(("continuation-token", token)) }
      if let after, token == nil { request.query.append(("start-after", after)) }
      guard let page = S3Answer(try await sender.send(request).body, root: "ListBucketResult") else {
        throw .other("\(location): the store's answer to ListObjectsV2 is no ListBucketResult; check s3.endpoint")
      }
      for element in page.elements("Contents") where found.objects.count < limit {
        if let object = object(element, under: location, prefix) { found.objects.append(object) } else { found.passedOver += 1 }
      }
      guard page.text("IsTruncated") == "true" else { return found }
      let next = page.text("NextContinuationToken")
      guard !next.isEmpty, next != token else { throw .other("\(location): the store's list does not go on") }
      token = next
    }
    return found
  }

  /// The list has told all there is.
  package func examine(_ objects: [StoredObject]) async throws(ObjectStoreError) -> [ExaminedObject?] {
    var examined: [ExaminedObject?] = []
    for object in objects {
      guard let etag = object.etag else { throw .other("\(object.location): the store's list says nothing of its content (ETag)") }
      examined.append(ExaminedObject(object: object, checksum: "etag:" + etag))
    }
    return examined
  }

  package func look(_ location: ObjectLocation) async throws(ObjectStoreError) -> ObjectStatus? {
    try confine(location)
    let headers: HTTPHeaders
    do {
      headers = try await sender.send(S3Request(.HEAD, location)).headers
    } catch .notFound {
      return nil
    }
    guard let size = headers.first(name: "content-length").flatMap({ Int64($0) }) else {
      throw .other("\(location): the store does not say how large it is (Content-Length)")
    }
    return ObjectStatus(sizeBytes: size, etag: headers.first(name: "etag")?.replacing("\"", with: ""))
  }

  /// So much of an object is in memory at once.
  private static let pieceSizeBytes: Int64 = 8 << 20

  package func digest(_ location: ObjectLocation) async throws(ObjectStoreError) -> ObjectDigest {
    guard let status = try await look(location) else { throw .notFound(location.description) }
    var hash = SHA256()
    var position: Int64 = 0
    while position < status.sizeBytes {
      var request = S3Request(.GET, location)
      request.headers = [("range", "bytes=\(position)-\(min(position + Self.pieceSizeBytes, status.sizeBytes) - 1)")]
      if let etag = status.etag { request.headers.append(("if-match", "\"\(etag)\"")) }
      request.accepted = [412, 416]
      request.maximumSizeBytes = Int(Self.pieceSizeBytes)
      let answer = try await sender.send(request)
      guard answer.status == 206 || (answer.status == 200 && position == 0 && answer.body.count == status.sizeBytes),
        !answer.body.isEmpty
      else { throw .unavailable("\(location) changed while it was read, or the store does not give parts of it") }
      hash.update(data: answer.body)
      position += Int64(answer.body.count)
    }
    return ObjectDigest(sizeBytes: position, sha256: Array(hash.finalize()))
  }

  /// - Returns: `nil` for a key that no location stands for, such as `a//b` or the marker `a/`: what is named here may be deleted.
  private func object(_ element: S3Answer, under location: ObjectLocation, _ prefix: String) -> StoredObject? {
    let key = element.text("Key")
    guard key.utf8.starts(with: prefix.utf8), let relative = String(key.utf8.dropFirst(prefix.utf8.count)), !relative.isEmpty,
      let found = try? location.appending(relative), found.key.utf8.elementsEqual(key.utf8), let size = Int64(element.text("Size")),
      let modified = S3Answer.milliseconds(element.text("LastModified"))
    else { return nil }
    let etag = element.text("ETag").replacing("\"", with: "")
    let isTag = (1...256).contains(etag.utf8.count) && etag.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    return StoredObject(location: found, sizeBytes: size, modifiedAtMs: modified, etag: isTag ? etag : nil)
  }

  private func confine(_ location: ObjectLocation) throws(ObjectStoreError) {
    guard root.contains(location) else { throw .outsideRoot(location.description, root: root.description) }
  }

  private func bucketRoot() throws(ObjectStoreError) -> ObjectLocation {
    do {
      return try ObjectLocation("s3://\(root.bucket)")
    } catch {
      throw .other("\(root): \(error)")
    }
  }
}

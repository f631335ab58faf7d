import AsyncHTTPClient
import Crypto
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import ObjectStorage

/// What the vended keys and the signed requests may really do, on a service that enforces it.
///
/// The shortest life that Ceph gives a key is 15 minutes, so that expiry is shown on the vendor's clock (``CredentialVendorTests``).
@Suite(.timeLimit(.minutes(10)), .serialized)
struct CephTests {
  private struct Lake: Sendable {
    let ceph: Ceph
    let bucket: String
    let owner: S3RequestSender

    /// A bucket with an object in each of two tables and of one beside them.
    init?() async throws {
      guard let ceph = try await Ceph.shared.value else {
        try Test.cancel("Ceph's packages cannot be had here: what session policies allow is not tested")
      }
      self.ceph = ceph
      bucket = "lake-\(UUID().uuidString.lowercased())"
      owner = try Self.sender(ceph, ceph.credentials)
      _ = try await owner.send(S3Request(.PUT, ObjectLocation("s3://\(bucket)")))
      for key in ["db/a/x", "db/b/x", "db/a2/x"] { try await put(owner, key) }
    }

    static func sender(_ ceph: Ceph, _ credentials: S3Credentials) throws -> S3RequestSender {
      S3RequestSender(
        endpoint: try S3Endpoint(ceph.profile("s3://any")), credentials: credentials, client: .shared, logger: Logger(label: "test"),
        limits: .init())
    }

    func location(_ key: String) throws -> ObjectLocation { try ObjectLocation("s3://\(bucket)/\(key)") }

    func put(_ sender: S3RequestSender, _ key: String) async throws {
      var request = S3Request(.PUT, try location(key))
      request.body = Array("content".utf8)
      _ = try await sender.send(request)
    }

    func get(_ sender: S3RequestSender, _ key: String) async throws -> [UInt8] {
      try await sender.send(S3Request(.GET, location(key))).body
    }

    func delete(_ sender: S3RequestSender, _ key: String) async throws { _ = try await sender.send(S3Request(.DELETE, location(key))) }

    func list(_ sender: S3RequestSender, _ prefix: String) async throws {
      var request = S3Request(.GET, try ObjectLocation("s3://\(bucket)"))
      request.query = [("list-type", "2"), ("prefix", prefix)]
      _ = try await sender.send(request)
    }

    func vendor(role: String? = nil) throws -> CredentialVendor {
      try CredentialVendor(
        role: AssumedRole(arn: role ?? ceph.roleARN, endpoint: ceph.endpoint, duration: .seconds(900)), credentials: ceph.credentials,
        client: .shared)
    }

    func vended(_ key: String, _ access: StorageAccess) async throws -> VendedCredentials {
      try await vendor().credentials(
        for: CredentialVendor.Subject(locations: [location(key)], access: access, principal: "ann lee"),
        sessionName: AssumedRole.sessionName(principal: "ann lee", requestID: "r-1"))
    }
  }

  private func isDenied(_ action: () async throws -> Void) async -> Bool {
    do {
      try await action()
      return false
    } catch ObjectStoreError.accessDenied {
      return true
    } catch {
      Issue.record(error)
      return false
    }
  }

  @Test(arguments: StorageAccess.allCases)
  func vendedKeysReachOneTable(access: StorageAccess) async throws {
    guard let lake = try await Lake() else { return }
    let vended = try await lake.vended("db/a", access)
    #expect(vended.expiresAtMs > Int64(Date.now.timeIntervalSince1970 * 1_000) + 800_000)
    let keys = try Lake.sender(lake.ceph, vended.signingCredentials)
    #expect(try await lake.get(keys, "db/a/x") == Array("content".utf8))
    try await lake.list(keys, "db/a/")
    #expect(await isDenied { try await lake.put(keys, "db/a/y") } == (access < .write))
    #expect(await isDenied { try await lake.delete(keys, "db/a/x") } == (access < .delete))
    for other in ["db/b/x", "db/a2/x"] {
      #expect(await isDenied { _ = try await lake.get(keys, other) }, "\(other)")
      #expect(await isDenied { try await lake.put(keys, other) }, "\(other)")
      #expect(await isDenied { try await lake.delete(keys, other) }, "\(other)")
    }
    for prefix in ["", "db/", "db/a", "db/b/", "db/a2/"] { #expect(await isDenied { try await lake.list(keys, prefix) }, "\(prefix)") }
    #expect(try await lake.get(lake.owner, "db/b/x") == Array("content".utf8))
  }

  /// Every kind of character that a policy can name here, with neighbours that a careless pattern would open.
  @Test(arguments: [
    ("t/pl ain", "t/plXain"), ("t/ünï🧊", "t/unï"), ("t/quo'te", "t/quo"), ("t/quo\"te", "t/quo"), ("t/a+b", "t/a b"), ("t/a%41b", "t/aAb"),
    ("t/[x]", "t/x"), ("t/day=1&b;c,d", "t/day"), ("t/é", "t/e\u{301}"),
  ])
  func namesOddKeys(key: String, neighbour: String) async throws {
    guard let lake = try await Lake() else { return }
    for place in [key, neighbour] { try await lake.put(lake.owner, "\(place)/x") }
    let keys = try Lake.sender(lake.ceph, await lake.vended(key, .read).signingCredentials)
    #expect(try await lake.get(keys, "\(key)/x") == Array("content".utf8))
    try await lake.list(keys, "\(key)/")
    #expect(await isDenied { _ = try await lake.get(keys, "\(neighbour)/x") })
    #expect(await isDenied { try await lake.list(keys, "\(neighbour)/") })
  }

  @Test func saysWhatIsWrongWithARole() async throws {
    guard let lake = try await Lake() else { return }
    let location = try lake.location("db/a")
    await #expect(throws: CredentialVendingError.roleMissing("arn:aws:iam:::role/none")) {
      try await lake.vendor(role: "arn:aws:iam:::role/none").credentials(
        for: CredentialVendor.Subject(locations: [location], access: .read, principal: "a"), sessionName: "a@r")
    }
    do {
      _ = try await lake.vendor(role: lake.ceph.closedRoleARN).credentials(
        for: CredentialVendor.Subject(locations: [location], access: .read, principal: "a"), sessionName: "a@r")
      Issue.record("a role that trusts another was assumed")
    } catch CredentialVendingError.accessDenied(let role, _) {
      #expect(role == lake.ceph.closedRoleARN)
    }
  }

  private func send(
    _ signer: RemoteSigner, _ method: HTTPMethod, _ uri: String, _ headers: [(name: String, value: String)] = [], body: String = "",
    unsigned: [(String, String)] = []
  ) async throws -> (status: Int, body: String, headers: HTTPHeaders) {
    let signed = try signer.sign(
      SignRequest(method: method.rawValue, uri: uri, headers: headers.map { ($0.name, [$0.value]) }, body: body.isEmpty ? nil : body))
    var request = HTTPClientRequest(url: signed.uri)
    request.method = method
    for (name, value) in headers + signed.headers + unsigned { request.headers.add(name: name, value: value) }
    if method == .PUT || method == .POST { request.body = .bytes(ByteBuffer(string: body)) }
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
    let answer = try await response.body.collect(upTo: 1 << 24)
    return (Int(response.status.code), String(buffer: answer), response.headers)
  }

  private func signer(_ lake: Lake, _ access: StorageAccess) async throws -> RemoteSigner {
    try RemoteSigner(
      profile: lake.ceph.profile("s3://\(lake.bucket)"), locations: [lake.location("db/a")], access: access,
      credentials: await lake.vended("db/a", access).signingCredentials)
  }

  @Test func signedRequestsWork() async throws {
    guard let lake = try await Lake() else { return }
    let signer = try await signer(lake, .delete)
    let base = "\(lake.ceph.endpoint)/\(lake.bucket)"
    let odd = "\(base)/db/a/d%20%C3%BC+%3D1/day=a%252Fb.parquet"
    #expect(try await send(signer, .PUT, odd, [("content-type", "x/y"), ("x-amz-meta-a", "b  c")], body: "one").status == 200)
    #expect(try await send(signer, .GET, odd, [("range", "bytes=1-2")]).body == "ne")
    #expect(try await send(signer, .HEAD, odd).status == 200)
    let list = try await send(signer, .GET, "\(base)?list-type=2&prefix=db%2Fa%2F")
    #expect(list.body.contains("<Key>db/a/d ü+=1/day=a%2Fb.parquet</Key>"), "\(list)")
    let copy = try await send(signer, .PUT, "\(base)/db/a/copy", [("x-amz-copy-source", "/\(lake.bucket)/db/a/x")])
    #expect(copy.status == 200, "\(copy)")

    let big = "\(base)/db/a/big"
    let begun = try await send(signer, .POST, "\(big)?uploads")
    let upload = try #require(S3Answer(Array(begun.body.utf8), root: "InitiateMultipartUploadResult")?.text("UploadId"))
    var parts = ""
    for (number, text) in [(1, String(repeating: "a", count: 5 << 20)), (2, "b")] {
      let sent = try await send(signer, .PUT, "\(big)?partNumber=\(number)&uploadId=\(RequestSigner.encoded(upload))", body: text)
      parts += "<Part><PartNumber>\(number)</PartNumber><ETag>\(sent.headers.first(name: "etag") ?? "")</ETag></Part>"
    }
    let complete = "<CompleteMultipartUpload>\(parts)</CompleteMultipartUpload>"
    let ended = try await send(signer, .POST, "\(big)?uploadId=\(RequestSigner.encoded(upload))", body: complete)
    #expect(ended.status == 200, "\(ended)")
    #expect(try await send(signer, .HEAD, big).headers.first(name: "content-length") == "\((5 << 20) + 1)")
    #expect(try await send(signer, .DELETE, big).status == 204)

    let names = "<Delete><Object><Key>db/a/copy</Key></Object></Delete>"
    // This Ceph denies DeleteObjects to every narrowed key (it asks about the bucket): the service's own key signs that one.
    let deleted = try await send(ownSigner(lake), .POST, "\(base)?delete", [("content-md5", Self.md5(names))], body: names)
    #expect(deleted.status == 200, "\(deleted)")
    #expect(try await send(signer, .HEAD, "\(base)/db/a/copy").status == 404)
  }

  private func ownSigner(_ lake: Lake) throws -> RemoteSigner {
    try RemoteSigner(
      profile: lake.ceph.profile("s3://\(lake.bucket)"), locations: [lake.location("db/a")], access: .delete,
      credentials: lake.ceph.credentials)
  }

  /// Ceph lets a client add headers to what was signed and AWS does not; the narrowed key holds it back on both.
  @Test func whatIsAddedAfterSigningReachesNoFurther() async throws {
    guard let lake = try await Lake() else { return }
    let signer = try await signer(lake, .write)
    let base = "\(lake.ceph.endpoint)/\(lake.bucket)"
    let stolen = try await send(signer, .PUT, "\(base)/db/a/stolen", unsigned: [("x-amz-copy-source", "/\(lake.bucket)/db/b/x")])
    #expect(stolen.status == 403, "\(stolen)")
    #expect(throws: SignRefusal.self) { try signer.sign(SignRequest(method: "GET", uri: "\(base)/db/b/x", headers: [])) }
    await #expect(throws: SignRefusal.needs(.delete)) { try await send(signer, .DELETE, "\(base)/db/a/x") }
  }

  @Test func anotherBodyThanTheSignedOneDeletesNothing() async throws {
    guard let lake = try await Lake() else { return }
    let signed = try ownSigner(lake).sign(
      SignRequest(
        method: "POST", uri: "\(lake.ceph.endpoint)/\(lake.bucket)?delete", headers: [],
        body: "<Delete><Object><Key>db/a/none</Key></Object></Delete>"))
    let other = "<Delete><Object><Key>db/a/x</Key></Object></Delete>"
    var request = HTTPClientRequest(url: signed.uri)
    request.method = .POST
    for (name, value) in signed.headers + [("content-md5", Self.md5(other))] { request.headers.add(name: name, value: value) }
    request.body = .bytes(ByteBuffer(string: other))
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
    #expect(response.status.code == 400 || response.status.code == 403, "\(response.status)")
    #expect(try await lake.get(lake.owner, "db/a/x") == Array("content".utf8))
  }

  private static func md5(_ text: String) -> String { Data(Insecure.MD5.hash(data: Data(text.utf8))).base64EncodedString() }
}

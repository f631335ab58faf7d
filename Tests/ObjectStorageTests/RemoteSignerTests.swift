import SeededRandom
import Testing

@testable import ObjectStorage

struct RemoteSignerTests {
  private static let date = "20260503T101500Z"
  private static let base = "http://127.0.0.1:9000"

  private func signer(_ access: StorageAccess = .delete, key: String = "db/t") throws -> RemoteSigner {
    try RemoteSigner(
      profile: StorageProfile(root: ObjectLocation("s3://lake"), endpoint: Self.base, region: "eu-central-1", pathStyleAccess: true),
      locations: [ObjectLocation("s3://lake/\(key)")], access: access,
      credentials: S3Credentials(accessKeyID: "AK", secretAccessKey: "hidden-secret", sessionToken: "tok"))
  }

  private func sign(
    _ access: StorageAccess, _ method: String, _ uri: String, _ headers: [String: String] = [:], body: String? = nil
  ) throws -> SignedRequest {
    try signer(access).sign(
      SignRequest(method: method, uri: uri, headers: headers.map { ($0.key, [$0.value]) }, body: body), date: Self.date)
  }

  private func isSigned(
    _ access: StorageAccess, _ method: String, _ uri: String, _ headers: [String: String] = [:], body: String? = nil
  ) -> Bool { (try? sign(access, method, uri, headers, body: body)) != nil }

  @Test func signsAsTheSignerDoes() throws {
    let signed = try sign(.read, "GET", "\(Self.base)/lake/db/t/a%20b+c=1", ["Host": "127.0.0.1:9000", "range": "bytes=0-9"])
    #expect(signed.uri == "\(Self.base)/lake/db/t/a%20b%2Bc%3D1")
    let expected = RequestSigner(
      credentials: S3Credentials(accessKeyID: "AK", secretAccessKey: "hidden-secret", sessionToken: "tok"), region: "eu-central-1"
    ).headers(
      method: "GET", host: "127.0.0.1:9000", path: "/lake/db/t/a%20b%2Bc%3D1", query: [], headers: [], bodyHash: "UNSIGNED-PAYLOAD",
      date: Self.date)
    #expect(signed.headers.first { $0.name == "authorization" }?.value == expected.last?.value)
    #expect(Set(signed.headers.map(\.name)) == ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"])
  }

  /// What each access may have signed, by every spelling of the address.
  @Test(arguments: [
    ("GET", "/db/t/a", StorageAccess.read), ("HEAD", "/db/t/a", .read), ("GET", "/db/t/a?x-id=GetObject", .read),
    ("PUT", "/db/t/a", .write), ("PUT", "/db/t/a?partNumber=1&uploadId=u", .write), ("POST", "/db/t/a?uploads", .write),
    ("POST", "/db/t/a?uploads=", .write), ("POST", "/db/t/a?uploadId=u", .write), ("DELETE", "/db/t/a?uploadId=u", .write),
    ("GET", "/db/t/a?uploadId=u", .write), ("DELETE", "/db/t/a", .delete), ("GET", "?list-type=2&prefix=db%2Ft%2F", .read),
    ("GET", "/?list-type=2&prefix=db/t/data&delimiter=%2F&encoding-type=url&max-keys=10&continuation-token=x%2B", .read),
    ("GET", "?prefix=db/t/&marker=db/t/x", .read), ("GET", "/db/t/day=a%252Fb/x", .read), ("GET", "/db/t/%C3%BC%F0%9F%A7%8A", .read),
  ])
  func signsWithEnoughAccess(method: String, rest: String, needed: StorageAccess) {
    for address in ["\(Self.base)/lake", "http://lake.127.0.0.1:9000", "http://LAKE.127.0.0.1:9000"] {
      for access in StorageAccess.allCases {
        #expect(isSigned(access, method, address + rest) == (access >= needed), "\(method) \(address)\(rest) \(access)")
      }
    }
  }

  @Test(arguments: [
    // Other places.
    "/lake/db/t2/a", "/lake/db/t", "/lake/db/t/", "/lake/db/T/a", "/lake/db/ta", "/lake/db", "/lake/", "/lake", "/", "", "/other/db/t/a",
    "/Lake/db/t/a", "/lake2/db/t/a", "//lake/db/t/a", "/lake//db/t/a", "/db/t/a",
    // Ways out.
    "/lake/db/t/../u/a", "/lake/db/t/./a", "/lake/db/t//a", "/lake/db/t/..", "/lake/db/t/%2e%2e/u/a", "/lake/db/t/%2E./u/a",
    "/lake/db/t/.%2e/u", "/lake/db/t%2Fa", "/lake/db%2ft/a", "/lake/db/t/..%2Fu", "/lake/db/t/..%5Cu", "/lake/db/t/..\\u",
    "/lake/db/t/%252e%252e/u", "/lake/db/t/..%252Fu", "/lake/db/t/%25252e%25252e/u", "/lake/db/t/x%252F..%252F..%252Fu",
    "/lake/db/t/..;x/u",
    "/lake/db/t/%252F%252Fa", "/lake/db/t%252Fa", "/lake/db/t/a%00", "/lake/db/t/a%0a", "/lake/db/t/a%2500", "/lake/db/t/%",
    "/lake/db/t/%4",
    "/lake/db/t/%zz", "/lake/db/t/%+1", "/lake/db/t/%C0%AE%C0%AE/u", "/lake/db/t/%FF", "/lake/db/t/a b", "/lake/db/t/a#x", "/lake/db/t/ü",
    "/lake/db/t/%c3%bc\u{0}", "/lake/../lake/db/t/a", "/lake/./db/t/a", "/%6cake/db/t/a",
    // Other operations.
    "/lake/db/t/a?acl", "/lake/db/t/a?policy", "/lake/db/t/a?versionId=1", "/lake/db/t/a?VersionId=1", "/lake/db/t/a?tagging",
    "/lake/db/t/a?torrent", "/lake/db/t/a?retention", "/lake/db/t/a?legal-hold", "/lake/db/t/a?response-content-type=text/html",
    "/lake/db/t/a?X-Amz-Expires=604800", "/lake/db/t/a?X-Amz-Credential=x", "/lake/db/t/a?x-amz-acl=public-read", "/lake/db/t/a?%61cl",
    "/lake/db/t/a?x-id=CopyObjects", "/lake/db/t/a?x-id=GetObject&x-id=GetObject", "/lake/db/t/a?partNumber=1&partnumber=2",
    "/lake/db/t/a?partNumber=1&acl", "/lake/db/t/a?&", "/lake/db/t/a?=1", "/lake/db/t/a?partNumber=1;acl", "/lake/db/t/a?part+Number=1",
    "/lake/db/t/a?partNumber=%zz", "/lake/db/t/a??acl",
    // Lists.
    "/lake?list-type=2", "/lake?list-type=2&prefix=", "/lake?list-type=2&prefix=db/t", "/lake?list-type=2&prefix=db/t2/",
    "/lake?list-type=2&prefix=db", "/lake?list-type=1&prefix=db/t/", "/lake?list-type=2&prefix=db/t/&prefix=",
    "/lake?versions&prefix=db/t/",
    "/lake?uploads&prefix=db/t/", "/lake?list-type=2&prefix=db/t/../u/", "/lake?list-type=2&prefix=db%252Ft/", "/lake?location",
    "/lake?list-type=2&prefix=db/t/&acl", "/lake?policy", "/lake/db/t/?list-type=2&prefix=db/t/", "/lake/db/t/a?list-type=2&prefix=db/t/",
  ])
  func refusesAddresses(rest: String) {
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
      #expect(!isSigned(.delete, method, Self.base + rest), "\(method) \(rest)")
      #expect(!isSigned(.delete, method, Self.base + rest, ["x-amz-copy-source": "/lake/db/t/b"]), "\(method) \(rest)")
    }
  }

  @Test(arguments: [
    "https://127.0.0.1:9000/lake/db/t/a", "http://127.0.0.1:9001/lake/db/t/a", "http://127.0.0.1/lake/db/t/a",
    "http://evil/lake/db/t/a", "http://127.0.0.1:9000.evil/lake/db/t/a", "http://127.0.0.1:9000@evil/lake/db/t/a",
    "http://u:p@127.0.0.1:9000/lake/db/t/a", "http://other.127.0.0.1:9000/db/t/a", "http://lake.127.0.0.1:9000/lake/db/t/a",
    "http://x.lake.127.0.0.1:9000/db/t/a", "http://lake.127.0.0.1:9000//db/t/a", "http:/127.0.0.1:9000/lake/db/t/a",
    "HTTP://127.0.0.1:9000/lake/db/t/a", "//127.0.0.1:9000/lake/db/t/a", "/lake/db/t/a", "s3://lake/db/t/a", "",
    "http://127.0.0.1:9000", "http://127.0.0.1:9000?/lake/db/t/a", "http://[::1]:9000/lake/db/t/a",
  ])
  func refusesHosts(uri: String) { #expect(!isSigned(.delete, "GET", uri)) }

  @Test(arguments: ["get", "PATCH", "OPTIONS", "POST", "", "GET\n", "TRACE", "GETx"])
  func refusesMethods(method: String) { #expect(!isSigned(.delete, method, "\(Self.base)/lake/db/t/a")) }

  @Test(arguments: [
    ("x-amz-acl", "public-read"), ("X-Amz-Acl", "public-read"), ("x-amz-grant-read", "uri=x"), ("x-amz-website-redirect-location", "/x"),
    ("x-amz-object-lock-mode", "COMPLIANCE"), ("x-amz-bypass-governance-retention", "true"), ("x-amz-mfa", "1"),
    ("x-http-method-override", "DELETE"),
    ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), ("x-amz-content-sha256", "x"),
    ("x-amz-meta-a", "a\r\nx-amz-acl: public-read"),
    ("x-amz-meta-a:b", "x"), ("x-amz-meta-a b", "x"), ("", "x"), ("x-original-url", "/lake/db/u"), ("x-amz-copy-source", "/lake/db/u/a"),
    ("x-amz-copy-source", "/other/db/t/a"), ("x-amz-copy-source", "lake/db/t/../u/a"), ("x-amz-copy-source", "/lake/db/t%2Fa"),
    ("x-amz-copy-source", "/lake/db/t/%2e%2e/u/a"), ("x-amz-copy-source", "/lake/db/t/a?versionId=1"),
    ("x-amz-copy-source", "//lake/db/t/a"),
    ("x-amz-copy-source", "/lake/db/t/%252e%252e/u"), ("x-amz-copy-source", "arn:aws:s3:::lake/db/t/a"),
    ("x-amz-copy-source", "/lake/db/t/a%3FversionId=1"),
    ("x-amz-copy-source", ""), ("x-amz-copy-source", "/lake"), ("x-amz-copy-source", "/lake/db/t/a, /lake/db/u/a"),
  ])
  func refusesHeaders(name: String, value: String) {
    #expect(!isSigned(.delete, "PUT", "\(Self.base)/lake/db/t/a", [name: value]))
  }

  @Test func copiesInsideOnly() throws {
    let signed = try sign(.write, "PUT", "\(Self.base)/lake/db/t/a", ["x-amz-copy-source": "/lake/db/t/b%20c"])
    #expect(signed.headers.first { $0.name == "authorization" }?.value.contains("x-amz-copy-source") == true)
    #expect(!isSigned(.read, "PUT", "\(Self.base)/lake/db/t/a", ["x-amz-copy-source": "/lake/db/t/b"]))
    #expect(!isSigned(.delete, "GET", "\(Self.base)/lake/db/t/a", ["x-amz-copy-source": "/lake/db/t/b"]))
    let twice = SignRequest(
      method: "PUT", uri: "\(Self.base)/lake/db/t/a",
      headers: [("x-amz-copy-source", ["/lake/db/t/b"]), ("X-Amz-Copy-Source", ["/lake/db/u/b"])])
    #expect(throws: SignRefusal.self) { try signer().sign(twice, date: Self.date) }
  }

  @Test func deletesManyInsideOnly() throws {
    let uri = "\(Self.base)/lake?delete"
    func body(_ inner: String) -> String { "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(inner)</Delete>" }
    let good = body("<Object><Key>db/t/a&amp;b</Key></Object><Object><Key>db/t/%2e/c</Key><ETag>x</ETag></Object><Quiet>true</Quiet>")
    // Read once more, the second key would hold a dot.
    #expect(!isSigned(.delete, "POST", uri, body: good))
    let fine = body("<Object><Key>db/t/a&amp;b</Key></Object><Object><Key>db/t/c</Key><ETag>x</ETag></Object><Quiet>true</Quiet>")
    let signed = try sign(.delete, "POST", uri, ["content-md5": "x"], body: fine)
    #expect(signed.headers.first { $0.name == "x-amz-content-sha256" }?.value == RequestSigner.hash(Array(fine.utf8)))
    #expect(signed.uri == "\(Self.base)/lake?delete=")
    #expect(!isSigned(.write, "POST", uri, body: fine))
    #expect(!isSigned(.delete, "POST", uri, ["x-amz-content-sha256": "UNSIGNED-PAYLOAD"], body: fine))
    let bad = [
      nil, "", "x", body(""), body("<Object/>"), body("<Object><Key/></Object>"), body("<Object><Key>db/u/a</Key></Object>"),
      body("<Object><Key>db/t/a</Key></Object><Object><Key>db/t2/a</Key></Object>"), body("<Object><Key>db/t/../u</Key></Object>"),
      body("<Object><Key>db/t/a</Key><Key>db/u/a</Key></Object>"), body("<Object><Key>db/t/a</Key><VersionId>1</VersionId></Object>"),
      body("<Object><Key>db/t/a<!-- --></Key></Object>"), body("<Object><Key>db/t/a<x/></Key></Object>"),
      body("<Object><s:Key>db/u/a</s:Key></Object>"), body("<s:Object><Key>db/u/a</Key></s:Object><Object><Key>db/t/a</Key></Object>"),
      body("<Object><Key><![CDATA[db/u/a]]></Key></Object>"),
      "<!DOCTYPE Delete [<!ENTITY x \"u\">]>" + body("<Object><Key>db/&x;/a</Key></Object>"),
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + fine, body("<Object><Key> db/t/a</Key></Object>"),
      body("<Object><Key>db/t/a&#10;b</Key></Object>"), body(String(repeating: "<Object><Key>db/t/a</Key></Object>", count: 1_001)),
      fine + fine,
    ]
    for body in bad { #expect(!isSigned(.delete, "POST", uri, body: body), "\(body?.prefix(200) ?? "nil")") }
    #expect(!isSigned(.delete, "POST", "\(Self.base)/lake/db/t/a?delete", body: fine))
    #expect(!isSigned(.delete, "POST", "\(Self.base)/other?delete", body: fine))
  }

  /// Whatever is signed, a reader as simple as can be finds inside; mutations of good addresses and of bad ones.
  @Test func whatIsSignedIsInside() throws {
    var random = SeededGenerator(seed: 2_026)
    let pieces = [
      "lake", "db", "t", "u", "t2", "/", "//", "..", ".", "%2e", "%2E%2e", "%2f", "%252f", "%252e", "%", "%25", "?", "&", "=", "acl",
      "prefix=db/t/",
      "list-type=2", "a", "+", "%20", ";", "\\", "#", "@", ":", "127.0.0.1:9000", "http://", "uploads", "delete", "é", "%C3%A9",
      "x-id=GetObject",
    ]
    let seeds = ["/lake/db/t/a", "/lake/db/t/a?partNumber=1", "/lake?list-type=2&prefix=db/t/", "/lake/db/t/x/y/z?uploads"]
    let signer = try signer()
    var signedCount = 0
    for _ in 0..<40_000 {
      var text = Array(seeds.randomElement(using: &random)!)
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let place = Int.random(in: 0...text.count, using: &random)
        let end = min(text.count, place + Int.random(in: 0...3, using: &random))
        text.replaceSubrange(place..<end, with: Array(pieces.randomElement(using: &random)!))
      }
      let method = ["GET", "PUT", "POST", "DELETE", "HEAD"].randomElement(using: &random)!
      guard let signed = try? signer.sign(SignRequest(method: method, uri: Self.base + String(text), headers: []), date: Self.date)
      else { continue }
      signedCount += 1
      let isList = signed.uri.hasPrefix("\(Self.base)/lake?") && method == "GET"
      #expect(signed.uri.hasPrefix("\(Self.base)/lake/db/t/") || isList, "\(String(text)) \(signed.uri)")
      if isList { #expect(signed.uri.contains("prefix=db%2Ft%2F"), "\(signed.uri)") }
      #expect(!signed.uri.contains("/../") && !signed.uri.contains("/./") && !signed.uri.dropFirst(7).contains("//"), "\(signed.uri)")
      for word in ["acl", "delete", "policy"] {
        #expect(!signed.uri.contains("?\(word)") && !signed.uri.contains("&\(word)"), "\(signed.uri)")
      }
      // Signed once more, it is the same.
      #expect(try signer.sign(SignRequest(method: method, uri: signed.uri, headers: []), date: Self.date).uri == signed.uri)
    }
    #expect(signedCount > 1_000)
  }

  @Test func repeatsNoHeaderAndShowsNoSecret() throws {
    let signed = try sign(
      .write, "PUT", "\(Self.base)/lake/db/t/a", ["Content-Type": "x/y", "X-Amz-Date": "19700101T000000Z", "Authorization": "no"])
    #expect(!signed.headers.contains { $0.name == "content-type" || $0.name == "host" })
    #expect(signed.headers.first { $0.name == "x-amz-date" }?.value == Self.date)
    let signer = try signer()
    #expect(!"\(signed)".contains("hidden") && !"\(signer)".contains("hidden"))
  }

  /// A table may write to several places, and many deletes go by other keys where a service wants it so.
  @Test func signsForSeveralPlaces() throws {
    let signer = try RemoteSigner(
      profile: StorageProfile(root: ObjectLocation("s3://lake/root"), endpoint: Self.base, pathStyleAccess: true),
      locations: [ObjectLocation("s3://lake/root/t"), ObjectLocation("s3a://lake/root/out/t")], access: .delete,
      credentials: S3Credentials(accessKeyID: "NARROW", secretAccessKey: "b"),
      deletesCredentials: S3Credentials(accessKeyID: "OWN", secretAccessKey: "b"))
    func keyID(_ method: String, _ rest: String, body: String? = nil) throws -> String? {
      let signed = try signer.sign(SignRequest(method: method, uri: Self.base + rest, headers: [], body: body), date: Self.date)
      let value = signed.headers.first { $0.name == "authorization" }?.value
      return value?.split(separator: "=")[1].split(separator: "/").first.map(String.init)
    }
    for rest in ["/lake/root/t/a", "/lake/root/out/t/a"] {
      for method in ["GET", "PUT", "DELETE"] { #expect(try keyID(method, rest) == "NARROW") }
    }
    for rest in ["/lake/root/out/a", "/lake/root/out/t2/a", "/lake/root/a", "/lake/t/a"] {
      #expect(throws: SignRefusal.self) { try keyID("GET", rest) }
    }
    let inside = "<Delete><Object><Key>root/t/a</Key></Object><Object><Key>root/out/t/b</Key></Object></Delete>"
    #expect(try keyID("POST", "/lake?delete", body: inside) == "OWN")
    #expect(throws: SignRefusal.self) { try keyID("POST", "/lake?delete", body: inside.replacing("root/out/t/b", with: "root/u/b")) }
  }

  @Test func isForATableOnly() throws {
    for (root, location) in [
      ("s3://lake", "s3://lake"), ("s3://lake/a", "s3://lake/b/t"), ("s3://lake", "s3://other/t"), ("s3://lake", "file:///t"),
    ] {
      #expect(throws: ObjectStoreError.self) {
        try RemoteSigner(
          profile: StorageProfile(root: ObjectLocation(root)), locations: [ObjectLocation(location)], access: .read,
          credentials: S3Credentials(accessKeyID: "a", secretAccessKey: "b"))
      }
    }
    let amazon = try RemoteSigner(
      profile: StorageProfile(root: ObjectLocation("s3://lake"), region: "us-east-1"), locations: [ObjectLocation("s3://lake/t")],
      access: .read,
      credentials: S3Credentials(accessKeyID: "a", secretAccessKey: "b"))
    for host in ["lake.s3.us-east-1.amazonaws.com", "lake.s3.amazonaws.com", "lake.s3.us-east-1.amazonaws.com:443"] {
      #expect(throws: Never.self) { try amazon.sign(SignRequest(method: "GET", uri: "https://\(host)/t/a", headers: [])) }
    }
    #expect(throws: SignRefusal.self) {
      try amazon.sign(SignRequest(method: "GET", uri: "https://lake.s3.eu-west-1.amazonaws.com/t/a", headers: []))
    }
  }
}

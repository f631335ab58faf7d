import Foundation
import Testing

@testable import ObjectStorage

struct RequestSignerTests {
  /// What botocore signed: see `Tests/Support/S3Signatures/make.py`.
  private struct Golden: Decodable {
    let method: String
    let key: String
    let path: String
    let query: [[String]]
    let headers: [String: String]
    let body: String
    let token: String?
    let bodyHash: String
    let authorization: String
  }

  @Test func signsAsBotocoreDoes() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Support/S3Signatures/signatures.json")
    let goldens = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
    #expect(goldens.count == 48)
    let endpoint = try S3Endpoint(
      StorageProfile(root: ObjectLocation("s3://bucket"), endpoint: "http://127.0.0.1:9000/", region: "eu-central-1", pathStyleAccess: true)
    )
    for golden in goldens {
      let (host, path) = endpoint.target(bucket: "bucket", key: golden.key)
      #expect(path == golden.path)
      let hash = RequestSigner.hash(Array(golden.body.utf8))
      #expect(hash == golden.bodyHash)
      let signer = RequestSigner(
        credentials: S3Credentials(
          accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: golden.token),
        region: "eu-central-1")
      let signed = signer.headers(
        method: golden.method, host: host, path: path, query: golden.query.map { ($0[0], $0[1]) },
        headers: golden.headers.map { ($0.key, $0.value) }, bodyHash: hash, date: "20260503T101500Z")
      #expect(signed.last?.value == golden.authorization, "\(golden.method) \(golden.key) \(golden.query) \(golden.headers)")
    }
  }

  /// The examples of "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk".
  @Test(arguments: [
    ("GET", "/test.txt", "", ["range": "bytes=0-9"], "", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    (
      "PUT", "/test%24file.text", "", ["date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"],
      "Welcome to Amazon S3.", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    ),
    ("GET", "/", "lifecycle=", [:], "", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    ("GET", "/", "max-keys=2 prefix=J", [:], "", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
  ])
  func signsAsAmazonPublished(
    method: String, path: String, query: String, headers: [String: String], body: String, signature: String
  ) throws {
    let signer = RequestSigner(
      credentials: S3Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
      region: "us-east-1")
    let pairs = query.split(separator: " ").map { pair in
      let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
      return (name: String(parts[0]), value: String(parts[1]))
    }
    let signed = signer.headers(
      method: method, host: "examplebucket.s3.amazonaws.com", path: path, query: pairs, headers: headers.map { ($0.key, $0.value) },
      bodyHash: RequestSigner.hash(Array(body.utf8)), date: "20130524T000000Z")
    #expect(signed.last?.value.hasSuffix("Signature=\(signature)") == true)
  }

  @Test func credentialsShowNoSecret() {
    let credentials = S3Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "hidden-secret", sessionToken: "hidden-token")
    var dumped = ""
    dump(RequestSigner(credentials: credentials, region: "x"), to: &dumped)
    for text in ["\(credentials)", String(reflecting: credentials), "\(RequestSigner(credentials: credentials, region: "x"))", dumped] {
      #expect(!text.contains("hidden"), "\(text)")
    }
  }

  @Test func emptyVariablesAreNoCredentials() {
    #expect(S3Credentials(environment: ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""]) == nil)
    #expect(S3Credentials(environment: ["AWS_ACCESS_KEY_ID": "a"]) == nil)
    let credentials = S3Credentials(environment: ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": ""])
    #expect(credentials != nil)
    #expect(credentials?.sessionToken == nil)
  }

  @Test(arguments: [
    ("http://h:80", false, "b", "h", "/b/k"), ("http://h:9000/", true, "b", "b.h:9000", "/k"), ("https://h:443", true, "b", "b.h", "/k"),
    ("https://h", true, "b.c", "h", "/b.c/k"), ("", true, "b", "b.s3.eu-west-1.amazonaws.com", "/k"),
  ])
  func asksTheRightHost(endpoint: String, isVirtual: Bool, bucket: String, host: String, path: String) throws {
    let profile = StorageProfile(
      root: try ObjectLocation("s3://\(bucket)"), endpoint: endpoint, region: "eu-west-1", pathStyleAccess: !isVirtual)
    let target = try S3Endpoint(profile).target(bucket: bucket, key: "k")
    #expect(target.host == host)
    #expect(target.path == path)
  }

  @Test(arguments: ["ftp://h", "h:9000", "http://", "http://u:p@h", "http://h/path", "http://h?x", "http://h h"])
  func refusesEndpoints(endpoint: String) throws {
    let profile = StorageProfile(root: try ObjectLocation("s3://b"), endpoint: endpoint)
    #expect(throws: ObjectStoreError.self) { try S3Endpoint(profile) }
  }
}

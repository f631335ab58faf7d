/// Where an S3 service answers, and how it wants its buckets named.
struct S3Endpoint: Sendable {
  let isSecure: Bool
  /// Host and, where it is not the scheme's own, port.
  let host: String
  let region: String
  let usesPathStyle: Bool

  /// - Throws: `other` for an endpoint that is no http or https address.
  init(_ profile: StorageProfile) throws(ObjectStoreError) {
    region = profile.region ?? "us-east-1"
    usesPathStyle = profile.pathStyleAccess
    guard let endpoint = profile.endpoint, !endpoint.isEmpty else {
      isSecure = true
      host = "s3.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
      return
    }
    var rest = endpoint[...]
    while rest.hasSuffix("/") { rest = rest.dropLast() }
    if rest.hasPrefix("https://") {
      isSecure = true
      rest = rest.dropFirst(8)
    } else if rest.hasPrefix("http://") {
      isSecure = false
      rest = rest.dropFirst(7)
    } else {
      throw .other("The S3 endpoint \"\(endpoint)\" must begin with http:// or https://")
    }
    guard !rest.isEmpty, rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !rest.contains(where: { "/@?#%".contains($0) }) else {
      throw .other("The S3 endpoint \"\(endpoint)\" must be a scheme, a host and maybe a port")
    }
    // Clients leave the scheme's own port out of the Host header, which is signed.
    let ownPort = isSecure ? ":443" : ":80"
    host = String(rest.hasSuffix(ownPort) ? rest.dropLast(ownPort.count) : rest)
  }

  /// The host to ask and the encoded path to send for a key of a bucket; an empty key is the bucket itself.
  func target(bucket: String, key: String) -> (host: String, path: String) {
    let path = "/" + RequestSigner.encoded(key, keepingSlashes: true)
    // A certificate for *.host covers no bucket with a dot in its name.
    return usesPathStyle || (isSecure && bucket.contains("."))
      ? (host, "/\(bucket)\(key.isEmpty ? "" : path)") : ("\(bucket).\(host)", path)
  }

  var scheme: String { isSecure ? "https" : "http" }
}

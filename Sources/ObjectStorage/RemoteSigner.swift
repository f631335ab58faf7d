import FoundationEssentials

/// Signs the requests that clients send to S3 about one table's files, and no others (REST specification, `signRequest`).
///
/// Sign with keys that a ``CredentialVendor`` made for the same place and access: not every service insists that all headers are signed,
/// so a client may add `x-amz-copy-source` to what was signed, and only the key's own policy then holds it back.
package struct RemoteSigner: Sendable {
  private let locations: [ObjectLocation]
  private let bucket: String
  private let access: StorageAccess
  private let endpoint: S3Endpoint
  private let signer: RequestSigner
  private let deletesSigner: RequestSigner

  /// - Parameters:
  ///   - locations: the table's; a whole bucket is refused.
  ///   - deletesCredentials: for DeleteObjects, whose keys are all checked here: Ceph refuses it to narrowed keys. `nil` for the same.
  /// - Throws: `other` for an endpoint that is no address, `outsideRoot` for a location outside the profile's.
  package init(
    profile: StorageProfile, locations: [ObjectLocation], access: StorageAccess, credentials: S3Credentials,
    deletesCredentials: S3Credentials? = nil
  ) throws(ObjectStoreError) {
    for location in locations {
      guard location.scheme == .s3, !location.components.isEmpty, profile.root.contains(location) else {
        throw .outsideRoot(location.description, root: profile.root.description)
      }
    }
    self.locations = locations
    bucket = profile.root.bucket
    self.access = access
    endpoint = try S3Endpoint(profile)
    signer = RequestSigner(credentials: credentials, region: endpoint.region)
    deletesSigner = RequestSigner(credentials: deletesCredentials ?? credentials, region: endpoint.region)
  }

  package func sign(_ request: SignRequest) throws(SignRefusal) -> SignedRequest { try sign(request, date: S3Answer.amzDate(.now)) }

  /// The region is the warehouse's, whatever the client takes it for.
  func sign(_ request: SignRequest, date: String) throws(SignRefusal) -> SignedRequest {
    guard request.provider.map({ $0.lowercased() == "s3" }) ?? true else { throw .malformed("its provider is not s3") }
    let target = try SignTarget(request.uri, endpoint: endpoint, bucket: bucket)
    let headers = try SignHeaders(request.headers)
    let operation = try SignOperation(method: request.method, target: target, isCopy: headers.copySource != nil)
    try confine(operation, target, headers)
    guard access >= operation.access else { throw .needs(operation.access) }
    let bodyHash = try bodyHash(operation, request, headers)
    let signed = (operation == .deleteObjects ? deletesSigner : signer).headers(
      method: request.method, host: target.host, path: target.path, query: target.query, headers: headers.signed, bodyHash: bodyHash,
      date: date)
    return SignedRequest(
      uri: target.uri(endpoint), headers: signed.filter { $0.name != "host" && !headers.has($0.name, $0.value) })
  }

  private func confine(_ operation: SignOperation, _ target: SignTarget, _ headers: SignHeaders) throws(SignRefusal) {
    switch operation {
    case .listObjects, .listObjectsV2:
      let prefix = target.query.first { $0.name == "prefix" }?.value ?? ""
      // With the slash, or a table named t would list one named t2.
      guard isInside(prefix) else { throw .outside("the prefix \"\(prefix.prefix(200))\"") }
      try SignTarget.check(key: prefix.utf8.last == UInt8(ascii: "/") ? String(prefix.dropLast()) : prefix)
      if operation == .listObjectsV2, !target.query.contains(where: { $0.name == "list-type" && $0.value == "2" }) {
        throw .malformed("its list-type is not 2")
      }
    // Its keys are in the body.
    case .deleteObjects: break
    default: try confine(key: target.key)
    }
    if let source = headers.copySource { try confine(copySource: source) }
  }

  private func isInside(_ key: String) -> Bool { locations.contains { key.utf8.starts(with: "\($0.key)/".utf8) } }

  private func confine(key: String) throws(SignRefusal) {
    try SignTarget.check(key: key)
    guard isInside(key) else { throw .outside("the key \"\(key.prefix(200))\"") }
  }

  /// `bucket/key` or `/bucket/key`, percent-encoded. What follows a question mark would be a version.
  private func confine(copySource: String) throws(SignRefusal) {
    let bytes = copySource.utf8
    guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }), !copySource.contains("?"), !copySource.lowercased().contains("%2f"),
      !copySource.contains("+")
    else { throw .malformed("its copy source is not percent-encoded in the one way that is signed") }
    let parts = (copySource.hasPrefix("/") ? copySource.dropFirst() : copySource[...]).split(
      separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == bucket else { throw .outside("the copy source \"\(copySource.prefix(200))\"") }
    let key = try SignTarget.decoded(parts[1])
    // A service that reads it once more, or not at all, must find the same place.
    guard !key.contains("?"), !key.contains("%") else { throw .malformed("its copy source holds \"?\" or \"%\"") }
    try confine(key: String(parts[1]))
    try confine(key: key)
  }

  /// What is signed of the body: all of it where it names keys, or another body could be sent with the same signature.
  private func bodyHash(_ operation: SignOperation, _ request: SignRequest, _ headers: SignHeaders) throws(SignRefusal) -> String {
    guard operation == .deleteObjects else { return headers.bodyHash ?? "UNSIGNED-PAYLOAD" }
    guard let body = request.body, !body.isEmpty else { throw .malformed("a DeleteObjects request needs its body to be signed") }
    for key in try DeleteObjectsBody.keys(body) { try confine(key: key) }
    let hash = RequestSigner.hash(Array(body.utf8))
    guard headers.bodyHash ?? hash == hash else { throw .malformed("its x-amz-content-sha256 is not its body's") }
    return hash
  }
}

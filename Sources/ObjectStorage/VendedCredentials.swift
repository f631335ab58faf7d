/// A key for one table's files, for a while. It prints as "…".
package struct VendedCredentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package let accessKeyID: String
  package let secretAccessKey: String
  package let sessionToken: String
  /// Milliseconds since 1970.
  package let expiresAtMs: Int64

  package init(accessKeyID: String, secretAccessKey: String, sessionToken: String, expiresAtMs: Int64) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
    self.expiresAtMs = expiresAtMs
  }

  /// To sign with.
  package var signingCredentials: S3Credentials {
    S3Credentials(accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken)
  }

  /// Tells these keys from those before and after them, and says nothing of them: 16 hexadecimal digits.
  package var generation: String { String(RequestSigner.hash(Array("\(accessKeyID)\n\(expiresAtMs)".utf8)).prefix(16)) }

  /// What a client reads in `config` and in the config of `storage-credentials` (REST specification, `LoadTableResult`), in order.
  ///
  /// It holds secrets.
  package func clientConfig(_ profile: StorageProfile) -> [(name: String, value: String)] {
    var config = [
      (name: "s3.access-key-id", value: accessKeyID), ("s3.secret-access-key", secretAccessKey), ("s3.session-token", sessionToken),
      ("s3.session-token-expires-at-ms", String(expiresAtMs)),
    ]
    // ClickHouse doubles the path without the slash at the end.
    if let endpoint = profile.endpoint, !endpoint.isEmpty {
      config.append(("s3.endpoint", endpoint.hasSuffix("/") ? endpoint : endpoint + "/"))
    }
    if let region = profile.region { config += [("s3.region", region), ("client.region", region)] }
    config.append(("s3.path-style-access", profile.pathStyleAccess ? "true" : "false"))
    return config
  }

  package var description: String { "…" }
  package var debugDescription: String { "…" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

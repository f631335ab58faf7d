package import AsyncHTTPClient
package import Logging

/// How a warehouse's files are reached.
package struct StorageProfile: Sendable {
  package let root: ObjectLocation
  package let endpoint: String?
  package let region: String?
  package let pathStyleAccess: Bool

  package init(root: ObjectLocation, endpoint: String? = nil, region: String? = nil, pathStyleAccess: Bool = false) {
    self.root = root
    self.endpoint = endpoint
    self.region = region
    self.pathStyleAccess = pathStyleAccess
  }
}

/// Makes the store for a profile.
package struct ObjectStoreFactory: Sendable {
  private let client: HTTPClient
  /// The server's own credentials for S3; `nil` where there are none.
  private let credentials: S3Credentials?
  private let logger: Logger
  /// Put around every store made; tests break stores with it.
  private let wrap: @Sendable (any ObjectStore) -> any ObjectStore

  package init(
    client: HTTPClient, credentials: S3Credentials?, logger: Logger, wrap: @escaping @Sendable (any ObjectStore) -> any ObjectStore = { $0 }
  ) {
    self.client = client
    self.credentials = credentials
    self.logger = logger
    self.wrap = wrap
  }

  /// What hands out keys of a role, which the server's own may assume; `nil` where it has none.
  package func vendor(for role: AssumedRole) throws(CredentialVendingError) -> CredentialVendor? {
    guard let credentials else { return nil }
    return try CredentialVendor(role: role, credentials: credentials, client: client)
  }

  /// The server's own credentials: to sign with, and to hand out only where the operator says so in as many words.
  package var serverCredentials: S3Credentials? { credentials }

  package func store(for profile: StorageProfile) throws(ObjectStoreError) -> any ObjectStore { wrap(try plainStore(for: profile)) }

  private func plainStore(for profile: StorageProfile) throws(ObjectStoreError) -> any ObjectStore {
    switch profile.root.scheme {
    case .file: return LocalObjectStore(root: profile.root)
    case .s3:
      guard let credentials else {
        throw .accessDenied("\(profile.root) (set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the server)")
      }
      let endpoint = try S3Endpoint(profile)
      return S3ObjectStore(root: profile.root, endpoint: endpoint, credentials: credentials, client: client, logger: logger)
    }
  }
}

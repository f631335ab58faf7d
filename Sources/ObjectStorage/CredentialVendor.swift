package import AsyncHTTPClient
import FoundationEssentials

/// Hands out keys for one table's files, each narrowed by a session policy.
///
/// Keys are kept until half of their life is left, one call serves all who wait for the same, and failures are not kept.
package actor CredentialVendor {
  /// What keys are for. Those that only sign here are not those that were given away.
  package enum Use: String, Sendable, Hashable {
    case client, signing
  }

  /// Whose keys they are and what for.
  package struct Subject: Sendable, Hashable {
    package let locations: [ObjectLocation]
    package let access: StorageAccess
    package let use: Use
    /// Bytes: to Swift, two spellings of a name are one.
    fileprivate let principal: [UInt8]

    /// - Parameters:
    ///   - locations: the table's places; a bucket's root is refused.
    ///   - principal: whose keys these are; nobody is given another's.
    package init(locations: [ObjectLocation], access: StorageAccess, principal: String, use: Use = .client) {
      self.locations = locations
      self.access = access
      self.use = use
      self.principal = Array(principal.utf8)
    }
  }

  private struct Kept {
    let credentials: VendedCredentials
    let renewAtMs: Int64
  }

  typealias Assume = @Sendable (SessionPolicy, _ sessionName: String) async throws(CredentialVendingError) -> VendedCredentials

  private let role: AssumedRole
  private let assume: Assume
  private let nowMs: @Sendable () -> Int64
  private let maximumKept: Int
  private var kept: [Subject: Kept] = [:]
  private var underWay: [Subject: Task<VendedCredentials, any Error>] = [:]

  private static let maximumUnderWay = 256

  /// - Parameter credentials: the server's own, which may assume the role.
  /// - Throws: `badEndpoint`
  package init(role: AssumedRole, credentials: S3Credentials, client: HTTPClient, maximumKept: Int = 10_000) throws(CredentialVendingError)
  {
    let service = try TokenService(role: role, credentials: credentials, client: client, limits: .init())
    self.init(
      role: role, maximumKept: maximumKept, nowMs: { Int64(Date.now.timeIntervalSince1970 * 1_000) },
      assume: { policy, name throws(CredentialVendingError) in try await service.assumeRole(policy: policy, sessionName: name) })
  }

  init(role: AssumedRole, maximumKept: Int, nowMs: @escaping @Sendable () -> Int64, assume: @escaping Assume) {
    self.role = role
    self.maximumKept = max(1, maximumKept)
    self.nowMs = nowMs
    self.assume = assume
  }

  /// - Parameters:
  ///   - sessionName: what the service's log shows, ``AssumedRole/sessionName(principal:requestID:)``.
  ///   - record: called with new keys before anybody is given them; when it throws, nobody is.
  /// - Throws: ``CredentialVendingError``, and what `record` throws.
  package func credentials(
    for subject: Subject, sessionName: String, record: @escaping @Sendable (VendedCredentials) async throws -> Void = { _ in }
  ) async throws -> VendedCredentials {
    if let found = kept[subject], found.renewAtMs > nowMs() { return found.credentials }
    if let task = underWay[subject] { return try await task.value }
    let policy: SessionPolicy
    do {
      policy = try SessionPolicy(locations: subject.locations, access: subject.access, dialect: role.dialect, partition: role.partition)
    } catch {
      throw CredentialVendingError.policy(error)
    }
    guard underWay.count < Self.maximumUnderWay else {
      throw CredentialVendingError.unavailable("\(underWay.count) requests to it are under way")
    }
    // A task of its own: whoever asked first may go away while others wait.
    let task = Task { [assume] in
      defer { self.underWay[subject] = nil }
      let credentials = try await assume(policy, sessionName)
      try await record(credentials)
      self.keep(credentials, for: subject)
      return credentials
    }
    underWay[subject] = task
    return try await task.value
  }

  private func keep(_ credentials: VendedCredentials, for subject: Subject) {
    let now = nowMs()
    makeRoom(now)
    kept[subject] = Kept(credentials: credentials, renewAtMs: credentials.expiresAtMs - (credentials.expiresAtMs - now) / 2)
  }

  private func makeRoom(_ now: Int64) {
    guard kept.count >= maximumKept else { return }
    kept = kept.filter { $0.value.renewAtMs > now }
    guard kept.count >= maximumKept else { return }
    // A quarter at once, so that the search is not made for every newcomer.
    let leaving = kept.sorted { $0.value.renewAtMs < $1.value.renewAtMs }.prefix(max(1, maximumKept / 4))
    for (subject, _) in leaving { kept[subject] = nil }
  }

  var keptCount: Int { kept.count }
}

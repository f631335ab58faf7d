package import AsyncHTTPClient
import FoundationEssentials

/// Hands out keys for one table's files, each narrowed by a session policy.
///
/// Keys are kept until a third of their life is left, one call serves all who wait for the same, and failures are not kept.
package actor CredentialVendor {
  private struct Subject: Hashable {
    let location: ObjectLocation
    let access: StorageAccess
    let principal: String
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
  private var underWay: [Subject: Task<Result<VendedCredentials, CredentialVendingError>, Never>] = [:]

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
  ///   - location: the table's; a bucket's root is refused.
  ///   - principal: whose keys these are; nobody is given another's.
  package func credentials(
    location: ObjectLocation, access: StorageAccess, principal: String, requestID: String
  ) async throws(CredentialVendingError) -> VendedCredentials {
    let subject = Subject(location: location, access: access, principal: principal)
    if let found = kept[subject], found.renewAtMs > nowMs() { return found.credentials }
    if let task = underWay[subject] { return try await task.value.get() }
    let policy: SessionPolicy
    do {
      policy = try SessionPolicy(location: location, access: access, dialect: role.dialect, partition: role.partition)
    } catch {
      throw .policy(error)
    }
    guard underWay.count < Self.maximumUnderWay else { throw .unavailable("\(underWay.count) requests to it are under way") }
    let name = AssumedRole.sessionName(principal: principal, requestID: requestID)
    // A task of its own: whoever asked first may go away while others wait.
    let task = Task { [assume] () -> Result<VendedCredentials, CredentialVendingError> in
      let result: Result<VendedCredentials, CredentialVendingError>
      do throws(CredentialVendingError) {
        result = .success(try await assume(policy, name))
      } catch {
        result = .failure(error)
      }
      self.finish(subject, result)
      return result
    }
    underWay[subject] = task
    return try await task.value.get()
  }

  private func finish(_ subject: Subject, _ result: Result<VendedCredentials, CredentialVendingError>) {
    underWay[subject] = nil
    guard case .success(let credentials) = result else { return }
    let now = nowMs()
    makeRoom(now)
    kept[subject] = Kept(credentials: credentials, renewAtMs: credentials.expiresAtMs - (credentials.expiresAtMs - now) / 3)
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

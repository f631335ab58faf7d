import AsyncHTTPClient
import Synchronization
import Testing

@testable import ObjectStorage

@Suite(.timeLimit(.minutes(10)))
struct CredentialVendorTests {
  /// A token service with a clock of the test's own.
  private final class Stub: Sendable {
    let nowMs = Atomic<Int64>(1_000_000)
    let calls = Mutex<[(policy: String, name: String)]>([])
    let lifeMs: Int64 = 900_000
    let failures = Atomic<Int>(0)

    func vendor(maximumKept: Int = 100) -> CredentialVendor {
      CredentialVendor(
        role: AssumedRole(arn: "arn:aws:iam::1:role/lake"), maximumKept: maximumKept,
        nowMs: { self.nowMs.load(ordering: .relaxed) },
        assume: { policy, name throws(CredentialVendingError) in
          let count = self.calls.withLock {
            $0.append((policy.text, name))
            return $0.count
          }
          do { try await Task.sleep(for: .milliseconds(20)) } catch { throw CredentialVendingError.unavailable("cancelled") }
          if self.failures.load(ordering: .relaxed) > 0 {
            self.failures.subtract(1, ordering: .relaxed)
            throw CredentialVendingError.unavailable("status 503")
          }
          let now = self.nowMs.load(ordering: .relaxed)
          return VendedCredentials(accessKeyID: "key\(count)", secretAccessKey: "s", sessionToken: "t", expiresAtMs: now + self.lifeMs)
        })
    }

    var callCount: Int { calls.withLock { $0.count } }
  }

  private func ask(
    _ vendor: CredentialVendor, _ path: String = "t", _ access: StorageAccess = .read, _ principal: String = "ann"
  ) async throws -> VendedCredentials {
    try await vendor.credentials(
      for: CredentialVendor.Subject(locations: [ObjectLocation("s3://b/\(path)")], access: access, principal: principal), sessionName: "s")
  }

  @Test func keepsUntilHalfIsLeft() async throws {
    let stub = Stub()
    let vendor = stub.vendor()
    let first = try await ask(vendor)
    stub.nowMs.add(stub.lifeMs / 2 - 1, ordering: .relaxed)
    #expect(try await ask(vendor) == first)
    stub.nowMs.add(1, ordering: .relaxed)
    let second = try await ask(vendor)
    #expect(second != first)
    // Long after it expired, nobody is handed the old one.
    stub.nowMs.add(stub.lifeMs * 10, ordering: .relaxed)
    #expect(try await ask(vendor).expiresAtMs > stub.nowMs.load(ordering: .relaxed))
    #expect(stub.callCount == 3)
  }

  @Test func oneCallServesAllWhoWait() async throws {
    let stub = Stub()
    let vendor = stub.vendor()
    let keys = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<50 { group.addTask { try await ask(vendor).accessKeyID } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(keys == ["key1"])
    #expect(stub.callCount == 1)
  }

  @Test func theFirstMayGoAway() async throws {
    let stub = Stub()
    let vendor = stub.vendor()
    let first = Task { try await ask(vendor) }
    try await Task.sleep(for: .milliseconds(5))
    let second = Task { try await ask(vendor) }
    first.cancel()
    #expect(try await second.value.accessKeyID == "key1")
  }

  @Test func sharesWithNobodyElse() async throws {
    let stub = Stub()
    let vendor = stub.vendor()
    var keys: Set<String> = []
    for path in ["t", "t2"] {
      for access in StorageAccess.allCases {
        for principal in ["ann", "bob"] { keys.insert(try await ask(vendor, path, access, principal).accessKeyID) }
      }
    }
    #expect(keys.count == 12)
    #expect(stub.callCount == 12)
  }

  /// To Swift, é in one scalar and in two are one text; keys for signing are nobody's to hold.
  @Test func looksAlikeAndIsAnother() async throws {
    let stub = Stub()
    let vendor = stub.vendor()
    let first = try await ask(vendor, "t", .read, "Ren\u{E9}").accessKeyID
    let second = try await ask(vendor, "t", .read, "Rene\u{301}").accessKeyID
    #expect(first != second)
    let location = try ObjectLocation("s3://b/t")
    let signing = CredentialVendor.Subject(locations: [location], access: .read, principal: "Ren\u{E9}", use: .signing)
    #expect(try await vendor.credentials(for: signing, sessionName: "s").accessKeyID == "key3")
  }

  /// No key leaves that is not in the trail.
  @Test func handsOutNothingUnrecorded() async throws {
    struct Unrecorded: Error {}
    let stub = Stub()
    let vendor = stub.vendor()
    let subject = CredentialVendor.Subject(locations: [try ObjectLocation("s3://b/t")], access: .read, principal: "ann")
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<10 {
        group.addTask {
          do {
            _ = try await vendor.credentials(for: subject, sessionName: "s") { _ in throw Unrecorded() }
            return false
          } catch { return error is Unrecorded }
        }
      }
      for await isRefused in group { #expect(isRefused) }
    }
    #expect(await vendor.keptCount == 0)
    let recorded = Mutex<[String]>([])
    for _ in 0..<3 {
      _ = try await vendor.credentials(for: subject, sessionName: "s") { keys in recorded.withLock { $0.append(keys.accessKeyID) } }
    }
    #expect(recorded.withLock { $0 } == ["key2"])
  }

  @Test func generationsTellKeysApart() {
    func generation(_ id: String, _ expiresAtMs: Int64) -> String {
      VendedCredentials(accessKeyID: id, secretAccessKey: "hidden", sessionToken: "t", expiresAtMs: expiresAtMs).generation
    }
    #expect(Set([generation("a", 1), generation("a", 2), generation("b", 1)]).count == 3)
    #expect(generation("a", 1) == generation("a", 1) && generation("a", 1).utf8.count == 16)
  }

  @Test func keepsNoFailure() async throws {
    let stub = Stub()
    stub.failures.store(1, ordering: .relaxed)
    let vendor = stub.vendor()
    await #expect(throws: CredentialVendingError.unavailable("status 503")) { try await ask(vendor) }
    #expect(try await ask(vendor).accessKeyID == "key2")
  }

  @Test func isBounded() async throws {
    let vendor = Stub().vendor(maximumKept: 8)
    for index in 0..<50 {
      _ = try await ask(vendor, "t\(index)")
      #expect(await vendor.keptCount <= 8)
    }
  }

  @Test func refusesABucketsRootBeforeAsking() async throws {
    let stub = Stub()
    await #expect(throws: CredentialVendingError.policy(.wholeBucket("s3://b"))) { try await ask(stub.vendor(), "") }
    #expect(stub.callCount == 0)
  }

  @Test func cleansTheSessionName() {
    #expect(AssumedRole.sessionName(principal: "ann", requestID: "r-1") == "ann@r-1")
    #expect(AssumedRole.sessionName(principal: "a b/ü&Policy={}", requestID: "x\ny") == "a-b---Policy=--@x-y")
    for (principal, request) in [("", ""), (String(repeating: "ü", count: 100), String(repeating: "é", count: 100))] {
      #expect((2...64).contains(AssumedRole.sessionName(principal: principal, requestID: request).utf8.count))
    }
  }

  @Test func showsNoSecret() {
    let vended = VendedCredentials(accessKeyID: "hidden", secretAccessKey: "hidden", sessionToken: "hidden", expiresAtMs: 1)
    var dumped = ""
    dump(vended, to: &dumped)
    for text in ["\(vended)", String(reflecting: vended), dumped, "\([vended])"] { #expect(!text.contains("hidden")) }
  }

  @Test func tellsClientsWhatTheyRead() throws {
    let vended = VendedCredentials(accessKeyID: "a", secretAccessKey: "b", sessionToken: "c", expiresAtMs: 7)
    let profile = StorageProfile(root: try ObjectLocation("s3://b"), endpoint: "http://h:1", region: "r", pathStyleAccess: true)
    #expect(
      vended.clientConfig(profile).map { "\($0.name)=\($0.value)" } == [
        "s3.access-key-id=a", "s3.secret-access-key=b", "s3.session-token=c", "s3.session-token-expires-at-ms=7", "s3.endpoint=http://h:1/",
        "s3.region=r", "client.region=r", "s3.path-style-access=true",
      ])
  }
}

import Foundation
import PostgresTestSupport

/// A folder for a server of a test's own, which PostgreSQL's account can reach.
struct TestServerFolder {
  let path = "/dev/shm/moraine-test-server-\(UInt32.random(in: .min ... .max))"

  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }
}

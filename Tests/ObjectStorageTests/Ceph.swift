import Foundation
import Testing

@testable import ObjectStorage

/// A real S3 with a token service that enforces session policies: `scripts/ceph-rgw`, which downloads Ceph's packages once.
final class Ceph: Sendable {
  /// One for all tests of the process. It ends with the process: its standard input is ours. `nil` where the packages cannot be had.
  static let shared = Task { try await start() }

  let endpoint: String
  let credentials: S3Credentials
  let roleARN: String
  let closedRoleARN: String
  private let process: Process
  private let input: Pipe

  private init(_ values: [String: String], _ process: Process, _ input: Pipe) throws {
    endpoint = try #require(values["MORAINE_TEST_CEPH_ENDPOINT"])
    credentials = S3Credentials(
      accessKeyID: try #require(values["MORAINE_TEST_CEPH_ACCESS_KEY_ID"]),
      secretAccessKey: try #require(values["MORAINE_TEST_CEPH_SECRET_ACCESS_KEY"]))
    roleARN = try #require(values["MORAINE_TEST_CEPH_ROLE_ARN"])
    closedRoleARN = try #require(values["MORAINE_TEST_CEPH_CLOSED_ROLE_ARN"])
    self.process = process
    self.input = input
  }

  private static func start() async throws -> Ceph? {
    let script = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "../../scripts/ceph-rgw").standardized.path
    let folder = FileManager.default.temporaryDirectory.appending(path: "moraine-ceph-\(UUID().uuidString)").path
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: script)
    process.arguments = ["run", folder]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let text = await withCheckedContinuation { continuation in
      // A thread of its own: reading blocks.
      DispatchQueue.global().async {
        var text = Data()
        while true {
          let part = output.fileHandleForReading.availableData
          text += part
          if part.isEmpty || (text.last == 0x0A && text.range(of: Data("_CLOSED_ROLE_ARN=".utf8)) != nil) { break }
        }
        continuation.resume(returning: String(decoding: text, as: UTF8.self))
      }
    }
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
    }
    if values["MORAINE_TEST_CEPH_CLOSED_ROLE_ARN"] != nil { return try Ceph(values, process, input) }
    process.waitUntilExit()
    // Where everything is to be shown, as in continuous integration, what cannot be had is a failure.
    guard process.terminationStatus == 77, ProcessInfo.processInfo.environment["MORAINE_CONFORMANCE"] == nil else {
      throw CephBroken(status: process.terminationStatus)
    }
    return nil
  }

  func profile(_ root: String) throws -> StorageProfile {
    StorageProfile(root: try ObjectLocation(root), endpoint: endpoint, region: "us-east-1", pathStyleAccess: true)
  }
}

struct CephBroken: Error, CustomStringConvertible {
  let status: Int32
  var description: String { "scripts/ceph-rgw ended with status \(status); run it by hand to see why" }
}

import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ObjectStorage

/// An S3 service for tests: moto on a free port, or one that is running already (`MORAINE_TEST_S3_ENDPOINT`).
final class Moto: Sendable {
  /// One for all tests of the process. It ends with the process: its standard input is ours.
  static let shared = Task { try await Moto() }

  let endpoint: String
  let credentials: S3Credentials
  private let process: Process?

  private init() async throws {
    let environment = ProcessInfo.processInfo.environment
    if let endpoint = environment["MORAINE_TEST_S3_ENDPOINT"] {
      self.endpoint = endpoint
      credentials = try #require(S3Credentials(environment: environment))
      process = nil
      return
    }
    let port = try await Self.freePort()
    let venv = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.venv/bin/python").standardized.path
    let python = FileManager.default.isExecutableFile(atPath: venv) ? venv : "python3"
    let script = """
      import sys, threading
      from moto.server import ThreadedMotoServer
      ThreadedMotoServer(ip_address="127.0.0.1", port=\(port), verbose=False).start()
      sys.stdin.read()
      """
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [python, "-c", script]
    process.standardInput = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process = process
    endpoint = "http://127.0.0.1:\(port)"
    credentials = S3Credentials(accessKeyID: "test", secretAccessKey: "test-secret")
    for _ in 0..<300 {
      guard process.isRunning else { throw MotoMissing() }
      if (try? await HTTPClient.shared.execute(HTTPClientRequest(url: endpoint), timeout: .seconds(1))) != nil { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw MotoMissing()
  }

  private static func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
    defer { channel.close(promise: nil) }
    return try #require(channel.localAddress?.port)
  }

  /// A store on a new bucket.
  func store(path: String = "root dir/ü") async throws -> S3ObjectStore {
    let bucket = "test-\(UUID().uuidString.lowercased())"
    let endpoint = try S3Endpoint(
      StorageProfile(root: ObjectLocation("s3://\(bucket)"), endpoint: endpoint, region: "us-east-1", pathStyleAccess: true))
    let sender = S3RequestSender(
      endpoint: endpoint, credentials: credentials, client: .shared, logger: Logger(label: "test"), limits: .init())
    _ = try await sender.send(S3Request(.PUT, ObjectLocation("s3://\(bucket)")))
    return S3ObjectStore(
      root: try ObjectLocation("s3a://\(bucket)/\(path)"), endpoint: endpoint, credentials: credentials, client: .shared,
      logger: Logger(label: "test"))
  }
}

struct MotoMissing: Error, CustomStringConvertible {
  let description = "moto does not start; run: pip install -r Tests/requirements.txt"
}

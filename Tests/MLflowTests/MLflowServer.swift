import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

/// A real tracking server on SQLite, from the Python environment of the tests.
final class MLflowServer: Sendable {
  /// One for all tests of the process. It ends with the process: its standard input is ours.
  static let shared = Task { try await MLflowServer() }

  let url: String
  private let process: Process

  private init() async throws {
    let port = try await Self.freePort()
    let venv = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.venv/bin/python").standardized.path
    let python = FileManager.default.isExecutableFile(atPath: venv) ? venv : "python3"
    // The server has processes of its own, which end with their group. Foundation starts processes with signals blocked.
    let script = """
      import os, shutil, signal, subprocess, sys, tempfile
      signal.pthread_sigmask(signal.SIG_SETMASK, [])
      folder = tempfile.mkdtemp(prefix="moraine-mlflow-")
      log = open(folder + "/log", "wb")
      server = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", "sqlite:///" + folder + "/mlflow.db", "--artifacts-destination",
         folder + "/artifacts", "--host", "127.0.0.1", "--port", "\(port)", "--workers", "1"],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=folder,
        env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"})
      sys.stdin.read()
      os.killpg(server.pid, signal.SIGKILL)
      server.wait()
      shutil.rmtree(folder)
      """
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [python, "-c", script]
    process.standardInput = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    url = "http://127.0.0.1:\(port)"
    for _ in 0..<1_200 {
      guard process.isRunning else { throw MLflowMissing() }
      if let answer = try? await HTTPClient.shared.execute(HTTPClientRequest(url: "\(url)/health"), timeout: .seconds(2)),
        answer.status == .ok
      {
        return
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw MLflowMissing()
  }

  private static func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
    defer { channel.close(promise: nil) }
    return try #require(channel.localAddress?.port)
  }

  /// Sends what MLflow's own client would.
  @discardableResult
  func send(_ path: String, _ body: String) async throws -> JSONDocument { try await send(.POST, path, body) }

  @discardableResult
  func send(_ method: HTTPMethod, _ path: String, _ body: String) async throws -> JSONDocument {
    var request = HTTPClientRequest(url: "\(url)/api/2.0/mlflow/\(path)")
    request.method = method
    request.headers.add(name: "Content-Type", value: "application/json")
    request.body = .bytes(ByteBuffer(string: body))
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
    let answer = try await response.body.collect(upTo: 1 << 20)
    try #require(response.status == .ok, "\(path): \(String(buffer: answer))")
    return try JSONDocument(parsing: Array(answer.readableBytesView))
  }
}

struct MLflowMissing: Error, CustomStringConvertible {
  let description = "MLflow does not start; run: pip install -r Tests/requirements.txt"
}

import HTTPTypes
import Hummingbird
import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the catalog's server is measured against: Hummingbird, set up as the catalog sets it up, answering one fixed body from memory.
///
/// `MemoryServer PORT FILE` serves the file's bytes as the answer to every loadTable.
@main
struct MemoryServer {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let port = Int(arguments[1]), let bytes = contents(of: arguments[2]) else {
      print("usage: MemoryServer PORT FILE")
      exit(2)
    }
    let logger = Logger(label: "memory") { _ in QuietLogHandler() }
    let body = ByteBuffer(bytes: bytes)
    let router = Router(context: BasicRequestContext.self)
    router.get("/v1/{prefix}/namespaces/{namespace}/tables/{table}") { _, context in
      let headers: HTTPFields = [
        .contentType: "application/json", .eTag: "\"00000000-0000-0000-0000-000000000000-1-all\"",
        HTTPField.Name("X-Request-Id")!: context.id.description,
      ]
      return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }
    let application = Application(
      router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), serverName: "moraine"),
      onServerRunning: { _ in
        let line = Array("ready http://127.0.0.1:\(port)\n".utf8)
        _ = write(STDOUT_FILENO, line, line.count)
      },
      logger: logger)
    try await application.runService()
  }

  private static func contents(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
  }
}

/// Keeps what requests add to the logger, as the catalog's own handler does, and writes nothing.
struct QuietLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.warning

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {}
}

import CatalogStore
import Iceberg
import Identity
import JSON
import Logging
import Postgres

/// Lists all tables of a namespace, page by page, as the server does it, for callers in turn: first for the server itself, about whom
/// nothing is decided, then for the services that are named.
///
/// Arguments: a database URL, a warehouse, a namespace, names of services. Prints one JSON object: the median time of each in ms.
@main
struct AccessBenchmark {
  private let store: CatalogStore
  private let authorizer: Authorizer

  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count > 3 else { return print("AccessBenchmark DATABASE-URL WAREHOUSE NAMESPACE SERVICE…") }
    let words = Array(arguments)
    let configuration = PostgresConfiguration(connectionString: words[0])
    let store = CatalogStore(pool: PostgresPool(configuration), gathering: configuration, logger: Logger(label: "benchmark"))
    let benchmark = AccessBenchmark(store: store, authorizer: Authorizer(store, allowsAnonymous: false))
    try await benchmark.run(
      NamespacePath(warehouse: words[1], namespace: Namespace(checking: [words[2]])), services: words[3...].map { $0 })
    await store.shutdown()
  }

  private func run(_ path: NamespacePath, services: [String]) async throws {
    let callers = [("nobody asked", Caller.server)] + services.map { ($0, Caller(.service, name: $0)) }
    var times: [String: [Double]] = [:]
    for _ in 0..<25 {
      for (name, caller) in callers {
        let start = ContinuousClock.now
        try await list(path, caller)
        times[name, default: []].append((ContinuousClock.now - start) / .milliseconds(1))
      }
    }
    var writer = JSONWriter()
    writer.object { writer in
      for (name, _) in callers {
        let sorted = times[name, default: []].sorted()
        writer.key(name)
        writer.object { writer in
          writer.field("median-us", Int((sorted[sorted.count / 2] * 1e3).rounded()))
          writer.field("fastest-us", Int((sorted[0] * 1e3).rounded()))
        }
      }
    }
    print(String(decoding: writer.bytes, as: UTF8.self))
  }

  private func list(_ path: NamespacePath, _ caller: Caller) async throws {
    let (object, facts) = try await authorizer.object(try await store.found(path))
    let context = OperationContext(caller, requestID: "benchmark")
    var next: String?
    repeat {
      let page = PageRequest(after: next, size: 1_000)
      let found = try await authorizer.visibleDatasets(.table, in: facts, object.state, page, context)
      next = found.next
    } while next != nil
  }
}

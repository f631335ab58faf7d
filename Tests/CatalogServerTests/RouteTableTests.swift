import HTTPTypes
import Testing

@testable import CatalogServer

@Suite struct RouteTableTests {
  private let table = RouteTable([
    .get("/v1/config", "getConfig") { _ in Reply(status: .ok) },
    .get("/v1/{prefix}/namespaces", "listNamespaces") { _ in Reply(status: .ok) },
    .post("/v1/{prefix}/namespaces", "createNamespace") { _ in Reply(status: .ok) },
    .get("/v1/{prefix}/namespaces/{namespace}", "loadNamespace") { _ in Reply(status: .ok) },
    .get("/v1/{prefix}/namespaces/{namespace}/tables/{table}", "loadTable") { _ in Reply(status: .ok) },
    .post("/v1/{prefix}/tables/rename", "renameTable") { _ in Reply(status: .ok) },
  ])

  private func found(_ path: String) -> [String] {
    guard let (routes, parameters) = table.match(path) else { return [] }
    let values = ["prefix", "namespace", "table"].compactMap { name in parameters[name].map { "\(name)=\($0)" } }
    return routes.map(\.operationID) + values
  }

  @Test(arguments: [
    ("/v1/config", ["getConfig"]),
    ("/v1/main/namespaces", ["listNamespaces", "createNamespace", "prefix=main"]),
    ("/v1/namespaces", ["listNamespaces", "createNamespace"]),
    // A literal goes before a parameter, and gives way when nothing lies behind it.
    ("/v1/namespaces/namespaces", ["loadNamespace", "namespace=namespaces"]),
    ("/v1/config/namespaces", ["listNamespaces", "createNamespace", "prefix=config"]),
    ("/v1/namespaces/namespaces/a/tables/t", ["loadTable", "prefix=namespaces", "namespace=a", "table=t"]),
    ("/v1/main/namespaces/a%2Fb/tables/t%20t", ["loadTable", "prefix=main", "namespace=a%2Fb", "table=t%20t"]),
    ("/v1/namespaces/é/tables/日", ["loadTable", "namespace=é", "table=日"]),
    ("/v1/tables/rename", ["renameTable"]),
    ("//v1//config/", ["getConfig"]),
    ("/", []), ("", []), ("/v1", []), ("/v1/main", []), ("/v1/main/namespaces/a/tables", []), ("/v2/config", []),
    ("/v1/main/namespaces/a/tables/t/more", []),
  ])
  func finds(path: String, what: [String]) {
    #expect(found(path) == what)
  }
}

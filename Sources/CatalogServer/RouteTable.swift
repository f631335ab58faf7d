import HTTPTypes
import Hummingbird

/// Finds the routes of a path in a tree of its segments. A literal goes before a parameter, empty segments do not count.
///
/// Hummingbird's router can more, and takes a twentieth of a loadTable (docs/performance.md).
struct RouteTable: Sendable {
  private struct Node: Sendable {
    var literals: [(text: [UInt8], node: Int)] = []
    var parameter: Int?
    /// What is served here, by method.
    var routes: [Route] = []
    /// Names of the parameters on the way here.
    var names: [String] = []
  }

  private var nodes = [Node()]

  init(_ routes: [Route]) {
    for route in routes {
      for path in route.servedPaths { insert(route, at: path) }
    }
  }

  private mutating func insert(_ route: Route, at path: String) {
    var node = 0
    var names: [String] = []
    for segment in path.split(separator: "/") {
      if segment.hasPrefix("{") {
        names.append(String(segment.dropFirst().dropLast()))
        node = nodes[node].parameter ?? addNode { $0[node].parameter = $1 }
      } else {
        let text = Array(segment.utf8)
        node = nodes[node].literals.first { $0.text == text }?.node ?? addNode { $0[node].literals.append((text, $1)) }
      }
    }
    precondition(nodes[node].routes.isEmpty || nodes[node].names == names, "\(path) names its parameters as no other route does")
    nodes[node].names = names
    nodes[node].routes.append(route)
  }

  private mutating func addNode(_ connect: (inout [Node], Int) -> Void) -> Int {
    nodes.append(Node())
    connect(&nodes, nodes.count - 1)
    return nodes.count - 1
  }

  /// What is served under a path, and the path's parameters as they are spelt there; `nil` when nothing is.
  func match(_ path: String) -> (routes: [Route], parameters: PathParameters)? {
    var path = path
    var values: [String] = []
    guard let node = path.withUTF8({ find($0, from: 0, below: 0, &values) }) else { return nil }
    return (nodes[node].routes, PathParameters(names: nodes[node].names, values: values))
  }

  private func find(_ path: UnsafeBufferPointer<UInt8>, from start: Int, below node: Int, _ values: inout [String]) -> Int? {
    let slash = UInt8(ascii: "/")
    var start = start
    while start < path.count, path[start] == slash { start += 1 }
    if start == path.count { return nodes[node].routes.isEmpty ? nil : node }
    var end = start
    while end < path.count, path[end] != slash { end += 1 }
    let segment = path[start..<end]
    for literal in nodes[node].literals where literal.text.elementsEqual(segment) {
      if let found = find(path, from: end, below: literal.node, &values) { return found }
    }
    guard let parameter = nodes[node].parameter else { return nil }
    values.append(String(decoding: segment, as: UTF8.self))
    if let found = find(path, from: end, below: parameter, &values) { return found }
    values.removeLast()
    return nil
  }
}

/// The parameters of a path, not yet decoded.
struct PathParameters: Sendable {
  fileprivate let names: [String]
  fileprivate let values: [String]

  subscript(name: String) -> String? { names.firstIndex(of: name).map { values[$0] } }
}

/// Answers every request: by its route, or with what is wrong about its path or method.
struct RouteResponder: HTTPResponder {
  let table: RouteTable
  let responder: Responder

  func respond(to request: Request, context: BasicRequestContext) async -> Response {
    guard let (routes, parameters) = table.match(request.uri.path) else { return responder.refuse(request, allowed: []) }
    guard let route = routes.first(where: { $0.method == request.method }) else {
      return responder.refuse(request, allowed: routes.map(\.method))
    }
    return await responder.respond(route, parameters, request, context)
  }
}

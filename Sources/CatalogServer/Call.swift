import Catalog
package import CatalogStore
import HTTPTypes
import Hummingbird
import Iceberg
import JSON
import NIOCore

/// A request on its way to a handler: matched, with its body read and its caller known.
package struct Call: Sendable {
  let parameters: PathParameters
  let queryText: String?
  let headers: HTTPFields
  let body: ByteBuffer
  package let context: OperationContext
  /// The warehouse of a request that names none.
  let defaultWarehouse: String

  /// What a request's JSON may be like. Identifiers go into Postgres, which holds no U+0000.
  static let limits = JSONLimits(maximumDepth: 100, maximumSizeBytes: 64 << 20)

  // MARK: Path

  /// A path parameter, decoded.
  func parameter(_ name: String) throws -> String {
    guard let raw = parameters[name] else { throw CatalogError.badRequest("The path lacks its \(name)") }
    return try decodePathComponent(raw)
  }

  /// The one that the path names, under whichever name.
  var warehouse: String {
    get throws {
      for name in ["prefix", "warehouse"] where parameters[name] != nil { return try parameter(name) }
      return defaultWarehouse
    }
  }

  /// The path's namespace; levels are joined by U+001F.
  var namespace: NamespacePath {
    get throws { NamespacePath(warehouse: try warehouse, namespace: try Namespace(path: try parameter("namespace"))) }
  }

  var table: DatasetPath {
    get throws { try DatasetPath(namespace, parameter("table")) }
  }

  var view: DatasetPath {
    get throws { try DatasetPath(namespace, parameter("view")) }
  }

  /// A dataset of a path under `/governance/v1/warehouses/{warehouse}`.
  ///
  /// - Parameter name: the parameter that names it: `table`, `view` or `dataset`.
  func governed(_ name: String) throws -> DatasetPath { try DatasetPath(governedNamespace, parameter(name)) }

  /// The namespace of such a path.
  var governedNamespace: NamespacePath {
    get throws { NamespacePath(warehouse: try parameter("warehouse"), namespace: try Namespace(path: try parameter("namespace"))) }
  }

  // MARK: Query

  /// A query parameter, decoded; `nil` when absent.
  func query(_ name: String) throws -> String? {
    guard let queryText else { return nil }
    for pair in queryText.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if try decodePathComponent(String(parts[0])) == name { return parts.count > 1 ? try decodePathComponent(String(parts[1])) : "" }
    }
    return nil
  }

  /// Every query parameter of that name, decoded.
  func queries(_ name: String) throws -> [String] {
    try (queryText ?? "").split(separator: "&").compactMap { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard try decodePathComponent(String(parts[0])) == name else { return nil }
      return parts.count > 1 ? try decodePathComponent(String(parts[1])) : ""
    }
  }

  /// A whole number of the query, at least 0; `nil` when absent or empty.
  func count(_ name: String) throws -> Int64? {
    guard let text = try query(name), !text.isEmpty else { return nil }
    guard let number = Int64(text), number >= 0 else {
      throw CatalogError.badRequest("The query parameter \(name) is \"\(text)\"; it must be a whole number, 0 or more")
    }
    return number
  }

  /// Clients spell it `true`, `True` and `TRUE`.
  func flag(_ name: String) throws -> Bool {
    switch try query(name)?.lowercased() {
    case nil, "", "false": false
    case "true": true
    case let other?: throw CatalogError.badRequest("The query parameter \(name) is \"\(other)\"; it may be true or false")
    }
  }

  /// The page asked for. An empty `pageToken` asks for the first.
  var page: PageRequest {
    get throws {
      var size = PageRequest.maximumSize
      if let text = try query("pageSize"), !text.isEmpty {
        guard let number = Int(text), number > 0 else {
          throw CatalogError.badRequest("The query parameter pageSize is \"\(text)\"; it must be a whole number above 0")
        }
        size = number
      }
      guard let token = try query("pageToken"), !token.isEmpty else { return PageRequest(size: size) }
      return PageRequest(after: try PageToken.decode(token), size: size)
    }
  }

  // MARK: Body

  /// The request's JSON body.
  var json: JSONValue {
    get throws {
      guard body.readableBytes > 0 else { throw CatalogError.badRequest("The request needs a JSON body") }
      return try JSONDocument(parsing: Array(body.readableBytesView), limits: Self.limits).root
    }
  }
}

/// Undoes percent-encoding. Java writes a space as `+`, so `+` is one; a plus comes as `%2B`.
func decodePathComponent(_ text: String) throws -> String {
  guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return text }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count)
  var iterator = text.utf8.makeIterator()
  func hex(_ byte: UInt8?) -> UInt8? { byte.flatMap { Character(UnicodeScalar($0)).hexDigitValue }.map(UInt8.init) }
  while let byte = iterator.next() {
    switch byte {
    case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
    case UInt8(ascii: "%"):
      guard let high = hex(iterator.next()), let low = hex(iterator.next()) else {
        throw CatalogError.badRequest("\"\(text)\" holds a % that two hexadecimal digits do not follow; write % as %25")
      }
      bytes.append(high << 4 | low)
    default: bytes.append(byte)
    }
  }
  guard let decoded = String(validating: bytes, as: UTF8.self) else {
    throw CatalogError.badRequest("\"\(text)\" is not UTF-8 once decoded")
  }
  return decoded
}

/// Where the next page begins, in a form that says nothing to the caller.
enum PageToken {
  static func encode(_ key: String) -> String {
    key.utf8.reduce(into: "") { text, byte in
      let digits = String(byte, radix: 16)
      text += digits.count == 1 ? "0" + digits : digits
    }
  }

  static func decode(_ token: String) throws -> String {
    var bytes: [UInt8] = []
    var rest = token[...]
    while !rest.isEmpty {
      guard rest.count >= 2, rest.prefix(2).allSatisfy(\.isHexDigit), let byte = UInt8(rest.prefix(2), radix: 16) else {
        throw invalid(token)
      }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    guard let key = String(validating: bytes, as: UTF8.self), !key.utf8.contains(0) else { throw invalid(token) }
    return key
  }

  private static func invalid(_ token: String) -> CatalogError {
    .badRequest("The pageToken \"\(token.prefix(80))\" is none of ours; send the one from the page before")
  }
}

// MARK: The trail

extension Call {
  /// Remembers a refusal that no policy made – a rule of a zone, a pin, a hold – for the trail: by what the path names.
  func noteRefusal(of route: Route, _ reason: String) {
    guard !context.trail.hasDenial else { return }
    context.trail.append(
      denial: AuditEvent(refusing: route.operationID.kebabCased, resource ?? CatalogResource(.server, ""), context, reason: reason))
  }

  /// What the path names; `nil` when it names nothing that the trail knows, or not in a way that can be read.
  private var resource: CatalogResource? {
    for (name, kind) in [("table", DatasetKind.table), ("view", .view), ("dataset", .dataset)] where parameters[name] != nil {
      guard let path = try? DatasetPath(namespaceOfPath, parameter(name)) else { return nil }
      return AccessObject.dataset(kind, path).resource
    }
    if parameters["model"] != nil { return (try? parameter("model")).map { AccessObject.model($0).resource } }
    if parameters["zone"] != nil { return (try? AccessObject.zone(parameter("zone"), warehouse: warehouse))?.resource }
    if parameters["namespace"] != nil { return (try? namespaceOfPath).map { AccessObject.namespace($0).resource } }
    return (try? warehouse).map { AccessObject.warehouse($0).resource }
  }

  private var namespaceOfPath: NamespacePath {
    get throws { NamespacePath(warehouse: try warehouse, namespace: try Namespace(path: parameter("namespace"))) }
  }
}

extension String {
  /// `dropTable` → `drop-table`, as the trail calls actions.
  fileprivate var kebabCased: String {
    reduce(into: "") { text, letter in
      if letter.isUppercase { text.append("-") }
      text.append(contentsOf: letter.lowercased())
    }
  }
}

import ArgumentParser
import JSON

/// An object as the command line names it: a kind and a name, as in `table ns.t`; the catalog and the warehouse need no name.
struct ObjectName: Hashable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case catalog, warehouse, zone, namespace, table, view, dataset, model
  }

  static let kinds = Kind.allCases.map(\.rawValue)

  let kind: Kind
  /// Of the warehouse where it is not the one that the command works in.
  let warehouse: String?
  let levels: [String]
  /// Of a zone, or of a dataset of any kind.
  let name: String?

  /// - Parameter words: the kind, then the name.
  /// - Throws: a ``CommandFailure`` that says how objects are written.
  init(_ words: [String]) throws {
    guard let kind = words.first.flatMap(Kind.init) else {
      throw CommandFailure.usage(
        "\(words.first.map { "\"\($0)\" is no kind of object" } ?? "There is no object")",
        hint: "Write catalog, warehouse [NAME], zone NAME, namespace NAME, table NAME, view NAME, dataset NAME or model NAME.")
    }
    let optional = kind == .catalog || kind == .warehouse
    guard words.count == 2 || (words.count == 1 && optional), !(kind == .catalog && words.count == 2) else {
      let hint = optional ? nil : "Write the kind and one name, as in: \(kind.rawValue) \(kind == .zone ? "raw" : "sales.orders")"
      throw CommandFailure.usage("\"\(words.joined(separator: " "))\" is no name of an object", hint: hint)
    }
    self.kind = kind
    switch kind {
    case .catalog: (warehouse, levels, name) = (nil, [], nil)
    case .warehouse: (warehouse, levels, name) = (words.count == 2 ? words[1] : nil, [], nil)
    case .zone, .model: (warehouse, levels, name) = (nil, [], words[1])
    case .namespace: (warehouse, levels, name) = (nil, try NamespaceName(parsing: words[1]).levels, nil)
    case .table, .view, .dataset:
      let parsed = try DatasetName(parsing: words[1])
      (warehouse, levels, name) = (nil, parsed.namespace.levels, parsed.name)
    }
  }

  /// Undoes ``write(to:in:)``.
  init(json: JSONValue) throws {
    let object = try json.object()
    let text = try object.required("kind").string()
    guard let kind = Kind(rawValue: text) else {
      throw CommandFailure(.failure, "The server names a \(text), which this client does not know")
    }
    self.kind = kind
    warehouse = try object.optional("warehouse")?.string()
    levels = try object.optional("namespace")?.array().map { try $0.string() } ?? []
    name = try object.optional("name")?.string()
  }

  func write(to writer: inout JSONWriter, in warehouse: String) {
    writer.object {
      $0.field("kind", kind.rawValue)
      if kind != .catalog, kind != .model { $0.field("warehouse", self.warehouse ?? warehouse) }
      if !levels.isEmpty { $0.field("namespace", levels) }
      if let name { $0.field("name", name) }
    }
  }

  /// As a query spells it.
  func query(in warehouse: String) -> [(String, String)] {
    var query = [("object-kind", kind.rawValue)]
    if kind != .catalog, kind != .model { query.append(("warehouse", self.warehouse ?? warehouse)) }
    if !levels.isEmpty { query.append(("namespace", levels.joined(separator: "\u{1F}"))) }
    if let name { query.append(("name", name)) }
    return query
  }
}

extension ObjectName: CustomStringConvertible {
  /// As it can be written on the command line again.
  var description: String {
    switch kind {
    case .catalog: "catalog"
    case .warehouse: warehouse.map { "warehouse \($0)" } ?? "warehouse"
    case .zone, .model: "\(kind.rawValue) \(name ?? "")"
    case .namespace: "namespace \(NamespaceName(levels: levels))"
    case .table, .view, .dataset: "\(kind.rawValue) \(DatasetName(namespace: NamespaceName(levels: levels), name: name ?? ""))"
    }
  }
}

/// Words that say something, such as `read on table ns.t to analyst`.
struct Phrase {
  private var words: ArraySlice<String>

  init(_ words: [String]) { self.words = words[...] }

  var isEmpty: Bool { words.isEmpty }

  /// The next word.
  mutating func word(_ what: String) throws -> String {
    guard let word = words.popFirst() else { throw CommandFailure.usage("There is no \(what)") }
    return word
  }

  /// Skips `expected`, which must come now.
  mutating func skip(_ expected: String, before what: String) throws {
    guard let word = words.first, word == expected else {
      throw CommandFailure.usage("Expected \"\(expected)\" before the \(what)\(words.first.map { ", found \"\($0)\"" } ?? "")")
    }
    words = words.dropFirst()
  }

  /// The words up to `stop`, or the rest.
  mutating func object(until stop: String? = nil) throws -> ObjectName {
    let end = stop.flatMap { words.lastIndex(of: $0) } ?? words.endIndex
    defer { words = words[end...] }
    return try ObjectName(Array(words[..<end]))
  }

  func finish() throws {
    guard let extra = words.first else { return }
    throw CommandFailure.usage("\"\(extra)\" was not expected")
  }
}

import Foundation
import JSON

/// One thing that a file declares, and where it stands.
struct Declaration: Sendable {
  let section: DeclaredSection
  let name: String
  let json: JSONValue
  let file: YAMLDocument

  /// How people read it in a plan: `table sales.orders`.
  var title: String { "\(section.singular) \(name)" }

  /// - Throws: a failure that names file, line and key.
  func reading<T>(_ body: (JSONObject) throws -> T) throws -> T {
    do { return try body(json.object()) } catch let error as JSONError { throw file.failure(error) }
  }

  func text(_ key: StaticString) throws -> String? { try reading { try $0.optional(key)?.string() } }

  /// In their order; `nil` when it says nothing of them.
  func texts(_ key: StaticString) throws -> [String]? {
    try reading { try $0.optional(key)?.array().map { try $0.string() } }
  }

  func failure(_ message: String, at key: StaticString? = nil) -> any Error {
    let value = key.flatMap { (try? json.object())?.optional($0) } ?? json
    return file.failure(value.invalid(message))
  }

  /// Whoever is named, in full: `team:risk`.
  func person(_ text: String, at key: StaticString) throws -> String {
    guard let colon = text.firstIndex(of: ":"), PrincipalName.kinds.contains(String(text[..<colon])) else {
      throw failure("\"\(text)\" is nobody; write KIND:NAME, as in team:risk or user:ann", at: key)
    }
    return text
  }

  func people(_ key: StaticString) throws -> [String]? { try texts(key)?.map { try person($0, at: key) } }
}

/// What files declare, in the order in which it is made.
enum DeclaredSection: String, CaseIterable, Sendable {
  case teams, roles, tags, zones, namespaces, tables, terms, retention, grants

  var singular: String { self == .retention ? "retention rule" : String(rawValue.dropLast()) }

  /// What may be said of each; `nil` for lists.
  var keys: [String]? {
    switch self {
    case .teams, .roles: ["description", "members"]
    case .tags: ["description", "values"]
    case .zones: ["kind", "description", "default", "rules", "owner", "stewards", "technical-contacts"]
    case .namespaces: ["description", "owner", "stewards", "technical-contacts"]
    case .tables: ["description", "owner", "stewards", "technical-contacts", "tags", "columns", "contract"]
    case .terms: ["definition", "owner", "stands-for"]
    case .retention: ["for", "tag", "trigger", "minimum", "maximum", "then", "description"]
    case .grants: nil
    }
  }

  /// Whether what no file names may be taken away with `--prune`: words, rules and rights; never what holds data or people.
  var isPruned: Bool { [.tags, .terms, .retention, .grants].contains(self) }
}

/// Everything that a set of files declares.
struct Declarations: Sendable {
  private(set) var all: [DeclaredSection: [Declaration]] = [:]
  /// The files by what they declare.
  private var places: [String: String] = [:]

  /// - Parameter paths: YAML files, and folders of them.
  init(reading paths: [String]) throws {
    let files = try paths.flatMap { try LocalFile.yamlFiles($0) }
    guard !files.isEmpty else { throw CommandFailure.usage("There is no .yaml file in \(paths.joined(separator: ", "))") }
    for path in files { try add(YAMLDocument(reading: path)) }
  }

  var count: Int { all.values.reduce(0) { $0 + $1.count } }

  private mutating func add(_ file: YAMLDocument) throws {
    do {
      for member in try file.json.object() {
        guard let section = DeclaredSection(rawValue: member.key) else {
          throw member.value.invalid("Nothing is called so; there are \(DeclaredSection.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let keys = section.keys else {
          for element in try member.value.array() {
            try add(Declaration(section: section, name: try GrantPhrase.normal(element), json: element, file: file))
          }
          continue
        }
        for each in try member.value.object() {
          for field in try each.value.object() where !keys.contains(field.key) {
            throw field.value.invalid("A \(section.singular) has no \"\(field.key)\"; it has \(keys.joined(separator: ", "))")
          }
          try add(Declaration(section: section, name: each.key, json: each.value, file: file))
        }
      }
    } catch let error as JSONError {
      throw file.failure(error)
    }
  }

  private mutating func add(_ declaration: Declaration) throws {
    if let other = places.updateValue(declaration.file.path, forKey: declaration.title), declaration.section != .grants {
      throw declaration.failure("The \(declaration.title) is declared in \(other) already")
    }
    all[declaration.section, default: []].append(declaration)
  }
}

extension LocalFile {
  /// A file by itself, or the YAML files of a folder and those below it, in order.
  static func yamlFiles(_ path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CommandFailure.usage("There is no \(path)")
    }
    guard isFolder.boolValue else { return [path] }
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted().map { "\(path)/\($0)" }
  }
}

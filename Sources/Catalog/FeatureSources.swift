import CatalogStore
import Features
import Iceberg
import ObjectStorage
import Postgres

/// Where the data of a source may be among our datasets.
struct SourcePlaces: Hashable {
  /// Names that its table may have here, ``DatasetPath/text`` each, the likeliest first.
  private(set) var names: [PostgresText] = []
  /// Where its files are, as the catalog writes locations down.
  private(set) var locations: [PostgresText] = []

  /// - Parameter warehouse: of tables that are named without one.
  init(_ source: FeatureSource, warehouse: String) {
    if let table = source.table {
      add(table, warehouse: warehouse)
    } else if let path = source.path, let location = try? ObjectLocation(path) {
      locations.append(PostgresText(location.canonicalText))
    } else if let topic = source.topic, let servers = source.servers {
      locations = servers.split(separator: ",").map { PostgresText("kafka://\($0)/\(topic)") }
    }
    locations.removeAll { $0.bytes.contains(0) }
  }

  /// - Parameter warehouse: of a table that is named without one.
  init(table: String, warehouse: String) { add(table, warehouse: warehouse) }

  private mutating func add(_ table: String, warehouse: String) {
    let exact = Self.parts(table)
    // Some warehouses write names in capitals, whatever they were made as.
    let lowered = exact.map { $0.lowercased() }
    for parts in exact == lowered ? [exact] : [exact, lowered] {
      // `warehouse.namespace.table` goes before a namespace that is called like a warehouse.
      if parts.count > 2 { names.append(PostgresText(parts.joined(separator: "\u{1F}"))) }
      if parts.count > 1 { names.append(PostgresText(([warehouse] + parts).joined(separator: "\u{1F}"))) }
    }
  }

  /// A name's levels; those in backticks or double quotes may hold dots.
  ///
  /// - Returns: none for what is no name.
  private static func parts(_ text: String) -> [String] {
    var parts: [String] = [""]
    var quote: Character?
    for character in text {
      if character == quote {
        quote = nil
      } else if quote == nil, character == "`" || character == "\"" {
        quote = character
      } else if quote == nil, character == "." {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    let isName = parts.allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy { $0 != 0 && $0 != 0x1F } }
    return isName ? parts : []
  }
}

extension Catalog {
  /// The datasets that sources are, as far as the caller may know of them.
  func linked(_ places: Set<SourcePlaces>, _ authorization: Authorization) async throws -> [SourcePlaces: LinkedDataset] {
    let byName = try await store.linked(named: Array(Set(places.flatMap(\.names))), authorization)
    let byLocation = try await store.linked(at: Array(Set(places.flatMap(\.locations))), authorization)
    var found: [SourcePlaces: LinkedDataset] = [:]
    for place in places {
      found[place] =
        place.names.lazy.compactMap { byName[$0] }.first ?? place.locations.lazy.compactMap { byLocation[$0] }.first
    }
    return found
  }

  /// Whether the caller may know of a dataset.
  func isVisible(_ dataset: LinkedDataset, _ context: OperationContext) async throws -> Bool {
    let object: GovernedObject
    do { object = try await authorizer.object(dataset.found, at: dataset.path) } catch is CatalogError { return false }
    return try authorizer.allows([PolicyQuestion(.list)], on: object, context)
  }
}

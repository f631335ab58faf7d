import Cedar
import Governance
import Postgres

/// What legal holds keep that nobody has released: places by themselves, with all that lies in them, and whatever carries a tag.
package struct HeldPlaces: Sendable {
  /// Warehouses, zones, namespaces, and datasets by their ids.
  private let places: [EntityUID: [HoldInForce]]
  private let tags: [(key: String, value: String?, hold: HoldInForce)]

  init(places: [(EntityUID, HoldInForce)] = [], tags: [(key: String, value: String?, hold: HoldInForce)] = []) {
    self.places = Dictionary(grouping: places, by: \.0).mapValues { $0.map(\.1) }
    self.tags = tags
  }

  package var isEmpty: Bool { places.isEmpty && tags.isEmpty }

  /// Whether a hold names it by itself.
  func names(_ id: DatasetID, _ kind: DatasetKind) -> Bool { !places.isEmpty && places[PolicyWord.uid(of: id, kind)] != nil }

  /// The holds on a dataset, those that name something larger after those that name it.
  ///
  /// - Parameters:
  ///   - dataset: its entity in policies, and all that it lies in.
  ///   - tags: its own and those of its columns.
  func holds(on dataset: EntityUID, in ancestors: EntitySet, carrying tags: DatasetTags) -> [HoldInForce] {
    guard !isEmpty else { return [] }
    let carried = [tags.own] + tags.fields.values
    let byTag = self.tags.filter { held in
      carried.contains { tags in tags[held.key].map { held.value == nil || held.value == $0 } ?? false }
    }
    return ([dataset] + ancestors.elements).flatMap { places[$0] ?? [] } + byTag.map(\.hold)
  }
}

extension HeldPlaces {
  /// Of the holds that nobody has released; what is gone keeps nothing.
  init(on connection: PostgresConnection) throws {
    let rows = try connection.query(
      """
      SELECT h.name, h.reason, g.object_kind || ' ' || g.object_name, g.tag_key, g.tag_value, g.object_kind, g.object_id,
        \(AccessObject.columns)
      FROM holds h JOIN hold_objects g ON g.hold_id = h.id \(AccessObject.tables) WHERE h.released_at IS NULL ORDER BY h.name, g.id
      """
    ) { row in
      let hold = HoldInForce(name: try row[0], reason: try row[1], scope: try row[2])
      let id: PostgresUUID? = try row[6]
      let object = try id == nil ? nil : AccessObject(kind: row[5], row, at: 7)
      return (hold: hold, key: try row[3] as String?, value: try row[4] as String?, place: object.map { DecisionName.uid(of: $0, id) })
    }
    self.init(
      places: rows.compactMap { row in row.place.map { ($0, row.hold) } },
      tags: rows.compactMap { row in row.key.map { ($0, row.value, row.hold) } })
  }
}

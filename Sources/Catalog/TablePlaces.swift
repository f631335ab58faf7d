import CatalogStore
import Iceberg
import ObjectStorage
import Synchronization

/// Where a table's metadata sends writers, as it spells it.
struct TablePlaces: Sendable, Hashable {
  let uuid: String
  let location: String
  /// Places that properties name beside the location.
  let paths: [String]

  static let properties = ["write.data.path", "write.metadata.path", "write.object-storage.path", "write.folder-storage.path"]

  init(_ metadata: TableMetadata) {
    uuid = metadata.uuid ?? ""
    location = metadata.location
    paths = Self.properties.compactMap { metadata.properties[$0] }
  }
}

/// Finds which places of a table are its own, so that keys for them open nothing of another's.
///
/// Locations are checked when they are named, but two that are named at once may meet, and older tables were named before there were
/// keys. What was found is believed for a minute.
final class OwnPlaces: Sendable {
  private struct Subject: Hashable {
    let dataset: DatasetID?
    let identifier: String
    let places: TablePlaces
  }

  private struct Known {
    let locations: [ObjectLocation]
    let until: ContinuousClock.Instant
  }

  private let store: CatalogStore
  private let known = Mutex<[Subject: Known]>([:])

  private static let lifetime = Duration.seconds(60)
  private static let maximumKnown = 10_000

  init(store: CatalogStore) { self.store = store }

  /// The places that keys for a table may open, its location first.
  ///
  /// - Throws: ``CatalogError/forbidden(_:)`` when its location is another's too.
  func locations(
    of dataset: DatasetID?, _ path: DatasetPath, _ places: TablePlaces, in storage: WarehouseStorage, _ authorization: Authorization
  ) async throws -> [ObjectLocation] {
    let subject = Subject(dataset: dataset, identifier: path.text, places: places)
    let now = ContinuousClock.now
    if let found = known.withLock({ $0[subject] }), found.until > now { return found.locations }
    let location = try storage.location(places.location, of: "location")
    try await require(location, of: dataset, path, places.uuid, authorization)
    var locations = [location]
    for text in places.paths {
      // One that is elsewhere, or another's too, is left out: its writers need keys of their own.
      guard let outer = try? storage.location(text, of: "path"), !locations.contains(where: { $0.contains(outer) }) else { continue }
      let place = TablePlace(dataset: dataset, identifier: path.text, tableUUID: places.uuid, location: outer.canonicalText)
      if try await store.isShared(place, authorization) { continue }
      if try await store.isNamedElsewhere(place, below: storage.root.canonicalText, authorization) { continue }
      locations.append(outer)
    }
    known.withLock {
      if $0.count >= Self.maximumKnown { $0.removeAll() }
      $0[subject] = Known(locations: locations, until: now + Self.lifetime)
    }
    return locations
  }

  /// - Throws: ``CatalogError/forbidden(_:)`` when a location is another table's too.
  func require(
    _ location: ObjectLocation, of dataset: DatasetID?, _ path: DatasetPath, _ uuid: String, _ authorization: Authorization
  ) async throws {
    let place = TablePlace(dataset: dataset, identifier: path.text, tableUUID: uuid, location: location.canonicalText)
    guard try await !store.isShared(place, authorization) else {
      throw CatalogError.forbidden(
        "The location \(location) of \(path.identifier) is another table's, in it, or around it; keys for one would open the other. "
          + "Choose a location of its own, or none")
    }
  }
}

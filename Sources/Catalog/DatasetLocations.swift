import CatalogStore
import Governance
import ObjectStorage

// Where a dataset may be that is neither Iceberg table nor view.

extension Catalog {
  /// The location that a dataset is registered with, as it is compared.
  ///
  /// Inside the warehouse, it is the dataset's alone. Outside of all warehouses it is a name that the server never opens: its own
  /// credentials reach what the caller's may not. Whoever names such a place must be allowed to set locations here without owning the
  /// dataset.
  ///
  /// - Returns: `nil` for what has no place.
  /// - Throws: ``CatalogError/badRequest(_:)``, ``CatalogError/forbidden(_:)``
  func location(of request: RegisterDatasetRequest, at path: DatasetPath, _ place: AuthorizedNamespace) async throws -> String? {
    guard let text = request.location else {
      guard request.format.hasFiles else { return nil }
      throw CatalogError.badRequest("A dataset of format \(request.format.rawValue) has files; say where with location")
    }
    let storage = try await storages.storage(named: path.warehouse, place.authorization)
    let parsed: ObjectLocation?
    do { parsed = try ObjectLocation(text) } catch .unknownScheme {
      try Self.check(address: text)
      parsed = nil
    } catch {
      throw CatalogError.badRequest("The location \"\(text.prefix(200))\" is no location: \(error)")
    }
    guard request.format.hasFiles else {
      guard parsed == nil else {
        throw CatalogError.badRequest(
          "A dataset of format \(request.format.rawValue) has no files; give an address such as kafka://host/topic")
      }
      return text
    }
    if let parsed, storage.root.contains(parsed) {
      let location = try storage.location(text, of: "location").canonicalText
      let wanted = TablePlace(dataset: nil, identifier: path.text, tableUUID: "", location: location)
      guard try await !store.isShared(wanted, place.authorization) else {
        throw CatalogError.forbidden(
          "The location \(text) is another dataset's, in it, or around it; who may read one would read the other. Register a place of its own"
        )
      }
      return location
    }
    try await authorizeExternal(parsed, text, at: path, place)
    return parsed?.canonicalText ?? text
  }

  private func authorizeExternal(
    _ location: ObjectLocation?, _ text: String, at path: DatasetPath, _ place: AuthorizedNamespace
  ) async throws {
    // As if it were there and belonged to the owner of its namespace: who registers it is not asked as its owner.
    let object = GovernedObject(.new(), .dataset, at: path, DatasetFacts(), in: place.facts, place.object.state)
    _ = try authorizer.authorize(
      .registerDataset, [PolicyQuestion(.setLocation)], on: object, place.authorization.context,
      missing: .forbidden("\(place.authorization.context.principal) may not name locations outside the warehouse \(path.warehouse)"))
    guard let location else { return }
    for text in try await store.warehouseLocations(place.authorization) {
      guard let root = try? ObjectLocation(text), root.contains(location) || location.contains(root) else { continue }
      throw CatalogError.badRequest(
        "The location \(location) is that of a warehouse, in it, or around it; register it there, or choose another")
    }
  }

  /// An address of a kind that the catalog does not know: kept as it is.
  private static func check(address: String) throws {
    let bytes = address.utf8
    let isPlain = bytes.count <= 4_096 && bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F } && address.contains("://")
    let hasDots = address.split(separator: "/").contains { $0 == "." || $0 == ".." }
    guard isPlain, !hasDots else {
      throw CatalogError.badRequest(
        "The location \"\(address.prefix(200))\" is no location; write scheme://place, without spaces and without \".\" and \"..\" components"
      )
    }
  }
}

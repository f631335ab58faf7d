/// All that a producer says about which dataset it means.
package struct DatasetIdentity: Hashable, Sendable {
  package let name: EntityName
  package let symlinks: [Symlink]
  package let catalog: CatalogReference?
  package let sourceURI: String?

  package init(_ dataset: DatasetReference) {
    name = dataset.name
    symlinks = dataset.facets.symlinks
    catalog = dataset.facets.catalog
    sourceURI = dataset.facets.source?.uri
  }

  /// Of one that is only mentioned.
  package init(_ name: EntityName) {
    self.name = name
    symlinks = []
    catalog = nil
    sourceURI = nil
  }

  /// What it may be, the likeliest first: by its location, by symlinks, by aliases of its namespace, by its name.
  package func candidates(_ aliases: NamespaceAliases) -> DatasetCandidates {
    var candidates = DatasetCandidates()
    for name in [name] + symlinks.map(\.name) {
      if let address = StorageAddress(name) {
        candidates.add(address)
      } else if name.namespace.contains("://"), name.namespace.utf8.last != UInt8(ascii: "/") {
        // Topics and tables of databases have no folders.
        candidates.locations.append("\(name.namespace)/\(name.name)")
      }
      candidates.add(StorageAddress(name)?.name ?? name)
    }
    if let address = sourceURI.flatMap(StorageAddress.init(text:)), address == StorageAddress(name) { candidates.add(address) }
    let catalogs = [catalog?.metadataURI, catalog?.warehouseURI].compactMap { $0 }
    for link in symlinks.map(\.name) + [name] {
      for namespace in [link.namespace] + catalogs {
        candidates.paths += aliases.paths(of: link.name, in: namespace, engineCatalog: catalog?.name)
      }
    }
    return candidates
  }
}

/// What a dataset may be, in the order in which it is looked for: locations, then paths, then names.
package struct DatasetCandidates: Hashable, Sendable {
  /// As the catalog may have them; each followed by the folders that it lies in, since what lies in a dataset's location is part of it.
  package fileprivate(set) var locations: [String] = []
  package fileprivate(set) var paths: [CatalogPath] = []
  /// The first one is its name, others are further ones of the same dataset.
  package fileprivate(set) var names: [EntityName] = []

  fileprivate mutating func add(_ address: StorageAddress) {
    var next: StorageAddress? = address
    while let place = next {
      locations += place.spellings
      next = place.parent
    }
  }

  fileprivate mutating func add(_ name: EntityName) {
    if !names.contains(name) { names.append(name) }
  }
}

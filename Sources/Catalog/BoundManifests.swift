import CatalogStore
import Crypto
import Governance
import Iceberg
import ObjectStorage

extension Catalog {
  /// What the manifests of a snapshot that is being bound are, as far as that is not on record: earlier snapshots have most of them, too.
  ///
  /// Of very many only the first are read; whoever verifies the version first has the others read.
  ///
  /// - Parameter list: the manifest list's bytes; `nil` where the snapshot lists its manifests itself.
  /// - Throws: ``CatalogError/badRequest(_:)`` when one is not there: then the data is lost already.
  func manifestsToRecord(
    of snapshot: Snapshot, list: [UInt8]?, _ asked: AuthorizedDataset, in storage: WarehouseStorage
  ) async throws -> [RecordedFile] {
    let manifests: [ListedManifest]
    do {
      manifests =
        try list.map { try ManifestListReader.manifests(in: $0).map { ListedManifest($0) } }
        ?? snapshot.manifests.map { ListedManifest(embedded: $0) }
    } catch let error as AvroError {
      throw CatalogError.badRequest("The manifest list of snapshot \(snapshot.id) cannot be read, so nothing can be bound to it: \(error)")
    }
    let dataset = asked.found.version.id
    let known = try await store.recordedFiles(manifests.map(\.path), of: dataset, asked.authorization)
    var sizeBytes: Int64 = 0
    let wanted = manifests.filter { known[$0.path] == nil }.prefix(options.verification.manifestsAtBinding).prefix { manifest in
      sizeBytes += max(0, manifest.line?.length ?? 1 << 20)
      return sizeBytes <= options.verification.manifestsSizeBytesAtBinding
    }
    let limit = options.maximumMetadataSizeBytes
    return try await wanted.concurrentMap(atOnce: options.verification.readersAtOnce) { manifest in
      let location = try storage.location(manifest.path, of: "manifest")
      do {
        let bytes = try await storage.objects.read(location, maximumSizeBytes: limit)
        return RecordedFile(path: manifest.path, sizeBytes: Int64(bytes.count), sha256: Array(SHA256.hash(data: bytes)))
      } catch ObjectStoreError.notFound {
        throw CatalogError.badRequest(
          "The manifest \(manifest.path) of snapshot \(snapshot.id) is not there, so nothing can be bound to it: its data is lost or was moved"
        )
      } catch let error as ObjectStoreError {
        throw CatalogError.unavailable("The manifest \(manifest.path) cannot be read: \(error)")
      }
    }
  }
}

import CatalogStore
import ObjectStorage

/// What a warehouse's options say about letting clients at its files.
struct StorageAccessOptions: Sendable {
  /// Whose keys are narrowed and handed out.
  let role: AssumedRole?
  let offered: Set<AccessDelegation>
  /// Whether the server's own keys are handed out: only when the operator says so in as many words.
  let sharesServerKeys: Bool

  /// - Throws: ``CatalogError/badRequest(_:)`` saying which option is wrong, and what it may be.
  init(_ warehouse: Warehouse, root: ObjectLocation) throws {
    let options = warehouse.storage
    let ours = Warehouse.storageOptions.map(\.key).filter { !["s3.endpoint", "s3.region", "s3.path-style-access"].contains($0) }
    if root.scheme != .s3, let key = ours.first(where: { options[$0] != nil && options[$0] != "none" }) {
      throw CatalogError.badRequest("The storage option \"\(key)\" is for warehouses on S3; \(root) is none")
    }
    role = try Self.role(options)
    sharesServerKeys = try Self.sharesServerKeys(options)
    offered = try Self.offered(options, root, hasKeys: role != nil || sharesServerKeys)
  }

  private static func role(_ options: [String: String]) throws -> AssumedRole? {
    guard let arn = options["s3.sts.role-arn"] else {
      for key in ["s3.sts.endpoint", "s3.sts.external-id", "s3.session-duration"] where options[key] != nil {
        throw CatalogError.badRequest("The storage option \"\(key)\" is of use only with s3.sts.role-arn, the role that keys are made from")
      }
      return nil
    }
    let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    let isARN = parts.count == 6 && parts[0] == "arn" && parts[5].hasPrefix("role/") && parts[5].count > 5
    guard isARN, arn.utf8.count <= 2_048, arn.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw CatalogError.badRequest("The storage option s3.sts.role-arn is no role's: write arn:aws:iam::123456789012:role/lake")
    }
    // Ceph and MinIO answer for both at one address.
    let endpoint = options["s3.sts.endpoint"] ?? options["s3.endpoint"]
    let allowed = AssumedRole.durations(endpoint: endpoint)
    guard let seconds = Int(options["s3.session-duration"] ?? "3600"), allowed.contains(seconds) else {
      throw CatalogError.badRequest(
        "The storage option s3.session-duration is how long keys live, in seconds: a number from \(allowed.lowerBound) to \(allowed.upperBound)"
      )
    }
    return AssumedRole(
      arn: arn, externalID: options["s3.sts.external-id"], endpoint: endpoint, region: options["s3.region"] ?? "us-east-1",
      duration: .seconds(seconds))
  }

  private static func sharesServerKeys(_ options: [String: String]) throws -> Bool {
    switch options["static-credentials"] {
    case nil, "none": return false
    case "shared": return true
    case let other?:
      throw CatalogError.badRequest(
        "The storage option static-credentials is \"\(other)\"; it may be none, or shared, which hands out the server's own keys")
    }
  }

  /// Without a word from the operator: keys and signatures where a role narrows them; signatures alone where the service itself refuses
  /// what a client adds to a signed request, as Amazon's does and Ceph's does not.
  private static func offered(_ options: [String: String], _ root: ObjectLocation, hasKeys: Bool) throws -> Set<AccessDelegation> {
    guard root.scheme == .s3 else { return [] }
    guard let text = options["access-delegation"] else {
      if options["s3.sts.role-arn"] != nil { return [.vendedCredentials, .remoteSigning] }
      return hasKeys ? [.vendedCredentials] : (options["s3.endpoint"] ?? "").isEmpty ? [.remoteSigning] : []
    }
    guard text != "none" else { return [] }
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { !$0.isWhitespace } }
    let offered = names.compactMap { AccessDelegation(rawValue: $0) }
    guard offered.count == names.count else {
      throw CatalogError.badRequest(
        "The storage option access-delegation is \"\(text)\"; it may be none or a list of vended-credentials and remote-signing")
    }
    guard hasKeys || !offered.contains(.vendedCredentials) else {
      throw CatalogError.badRequest("The storage option access-delegation offers vended-credentials, which need s3.sts.role-arn")
    }
    return Set(offered)
  }
}

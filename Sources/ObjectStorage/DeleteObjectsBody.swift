/// The keys that a DeleteObjects request names.
enum DeleteObjectsBody {
  private static let maximumSizeBytes = 4 << 20
  private static let maximumKeys = 1_000
  /// Conditions on the object; a version, once deleted, cannot be had back.
  private static let conditions: Set = ["ETag", "LastModifiedTime", "Size"]

  /// - Throws: `malformed` for a body that another reader could understand in another way.
  static func keys(_ body: String) throws(SignRefusal) -> [String] {
    guard body.utf8.count <= maximumSizeBytes else { throw .malformed("its body is larger than \(maximumSizeBytes) bytes") }
    // In another encoding the same bytes are other keys.
    let declaration = body.prefix { $0 != ">" }.lowercased()
    guard !declaration.contains("encoding") || declaration.contains("utf-8") else { throw .malformed("its body is not declared as UTF-8") }
    guard let root = S3Answer(Array(body.utf8), root: "Delete") else { throw .malformed("its body is no Delete document") }
    guard root.children.allSatisfy({ $0.name == "Object" || $0.name == "Quiet" }) else {
      throw .malformed("its body holds more than objects")
    }
    let objects = root.elements("Object")
    guard !objects.isEmpty, objects.count <= maximumKeys else { throw .malformed("its body names no object, or more than \(maximumKeys)") }
    var keys: [String] = []
    for object in objects {
      let names = object.elements("Key")
      guard names.count == 1, names[0].children.isEmpty, object.children.allSatisfy({ $0.name == "Key" || conditions.contains($0.name) })
      else { throw .malformed("an object of its body has not just one key") }
      keys.append(names[0].text)
    }
    return keys
  }
}

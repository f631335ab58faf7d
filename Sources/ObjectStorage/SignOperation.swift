/// The operations of S3 that are signed: each names the query it may have and the access it needs. All others are refused.
enum SignOperation: String, CaseIterable {
  case getObject, headObject, listObjectsV2, listObjects
  case putObject, uploadPart, copyObject, uploadPartCopy, createMultipartUpload, completeMultipartUpload, abortMultipartUpload, listParts
  case deleteObject, deleteObjects

  init(method: String, target: SignTarget, isCopy: Bool) throws(SignRefusal) {
    let names = Set(target.query.map(\.name)).subtracting(["x-id"])
    guard let found = Self.allCases.first(where: { $0.matches(method, isBucket: target.key.isEmpty, names, isCopy) }) else {
      let query = names.sorted().joined(separator: "&").prefix(200)
      throw .malformed("\(method.prefix(20)) of \(target.key.isEmpty ? "a bucket" : "a key") with the query \"\(query)\" is not signed")
    }
    // Some clients name the operation; one that names another wants to be misread.
    guard target.query.allSatisfy({ $0.name != "x-id" || $0.value == found.name }) else {
      throw .malformed("its x-id is not \(found.name)")
    }
    self = found
  }

  /// As S3 spells it.
  private var name: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

  private func matches(_ method: String, isBucket: Bool, _ names: Set<String>, _ isCopy: Bool) -> Bool {
    let shape = shape
    return shape.method == method && shape.isBucket == isBucket && names.isSuperset(of: shape.required)
      && names.isSubset(of: shape.required.union(shape.allowed)) && shape.isCopy == isCopy
  }

  private struct Shape {
    let method: String
    var isBucket = false
    var required: Set<String> = []
    var allowed: Set<String> = []
    var isCopy = false
  }

  private static let listing: Set = ["delimiter", "encoding-type", "max-keys"]

  private var shape: Shape {
    switch self {
    case .getObject: Shape(method: "GET", allowed: ["partNumber"])
    case .headObject: Shape(method: "HEAD", allowed: ["partNumber"])
    case .listObjectsV2:
      Shape(
        method: "GET", isBucket: true, required: ["list-type", "prefix"],
        allowed: Self.listing.union(["continuation-token", "start-after", "fetch-owner"]))
    case .listObjects: Shape(method: "GET", isBucket: true, required: ["prefix"], allowed: Self.listing.union(["marker"]))
    case .putObject: Shape(method: "PUT")
    case .uploadPart: Shape(method: "PUT", required: ["partNumber", "uploadId"])
    case .copyObject: Shape(method: "PUT", isCopy: true)
    case .uploadPartCopy: Shape(method: "PUT", required: ["partNumber", "uploadId"], isCopy: true)
    case .createMultipartUpload: Shape(method: "POST", required: ["uploads"])
    case .completeMultipartUpload: Shape(method: "POST", required: ["uploadId"])
    case .abortMultipartUpload: Shape(method: "DELETE", required: ["uploadId"])
    case .listParts: Shape(method: "GET", required: ["uploadId"], allowed: ["max-parts", "part-number-marker"])
    case .deleteObject: Shape(method: "DELETE")
    case .deleteObjects: Shape(method: "POST", isBucket: true, required: ["delete"])
    }
  }

  var access: StorageAccess {
    switch self {
    case .getObject, .headObject, .listObjectsV2, .listObjects: .read
    case .putObject, .uploadPart, .copyObject, .uploadPartCopy, .createMultipartUpload, .completeMultipartUpload, .abortMultipartUpload,
      .listParts:
      .write
    case .deleteObject, .deleteObjects: .delete
    }
  }
}

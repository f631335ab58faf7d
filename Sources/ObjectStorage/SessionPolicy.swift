/// What a vended key may do: an IAM policy that narrows a role to one table's files.
///
/// The text is ASCII without spaces, quotes and all else escaped: AWS takes no character beyond U+00FF, and Ceph no space.
package struct SessionPolicy: Sendable, Hashable {
  /// How the service reads `*`, `?` and `$` in a resource's name.
  package enum Dialect: Sendable, Hashable {
    /// `${*}` is a star, as AWS says.
    case variables
    /// `${*}` is `$`, `{`, anything and `}`, as Ceph reads it: a star cannot be written, and would open other tables.
    case plain
  }

  package let text: String

  /// What AWS takes of a policy in plain text.
  private static let maximumSizeBytes = 2_048

  package init(
    location: ObjectLocation, access: StorageAccess, dialect: Dialect = .variables, partition: String = "aws"
  ) throws(SessionPolicyError) {
    try self.init(locations: [location], access: access, dialect: dialect, partition: partition)
  }

  /// - Parameters:
  ///   - locations: folders of one bucket, at least one.
  ///   - partition: the first part of the role's ARN after `arn`, such as `aws` or `aws-cn`.
  /// - Throws: ``SessionPolicyError`` for a place that is not narrow or that the dialect cannot name.
  package init(
    locations: [ObjectLocation], access: StorageAccess, dialect: Dialect = .variables, partition: String = "aws"
  ) throws(SessionPolicyError) {
    guard let first = locations.first else { throw .wholeBucket("nothing") }
    let bucket = "arn:\(partition):s3:::\(first.bucket)"
    var keys: [String] = []
    for location in locations {
      guard location.scheme == .s3 else { throw .notS3(location.description) }
      // ObjectLocation refuses dots and empty components, so that a key here names one place.
      guard !location.components.isEmpty else { throw .wholeBucket(location.description) }
      guard location.bucket == first.bucket else { throw .severalBuckets(location.description, first.bucket) }
      keys.append(try Self.pattern(location, dialect))
    }
    var actions = ["s3:GetObject"]
    if access >= .write { actions += ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"] }
    if access >= .delete { actions.append("s3:DeleteObject") }
    let list = actions.map(Self.quoted).joined(separator: ",")
    // With the slash, or a table named t would be shared with one named t2.
    let objects = keys.map { Self.quoted("\(bucket)/\($0)/*") }.joined(separator: ",")
    let prefixes = keys.map { Self.quoted("\($0)/*") }.joined(separator: ",")
    text =
      #"{"Version":"2012-10-17","Statement":["#
      + #"{"Effect":"Allow","Action":[\#(list)],"Resource":[\#(objects)]},"#
      + #"{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":[\#(Self.quoted(bucket))],"#
      + #""Condition":{"StringLike":{"s3:prefix":[\#(prefixes)]}}}]}"#
    guard text.utf8.count <= Self.maximumSizeBytes else {
      throw .tooLong(first.description, sizeBytes: text.utf8.count, maximumSizeBytes: Self.maximumSizeBytes)
    }
  }

  private static func pattern(_ location: ObjectLocation, _ dialect: Dialect) throws(SessionPolicyError) -> String {
    var result = ""
    // Scalars, not characters: a star with an accent behind it is still a star to the service.
    for scalar in location.key.unicodeScalars {
      switch (scalar, dialect) {
      case ("*", .variables), ("?", .variables), ("$", .variables): result += "${\(scalar)}"
      case ("*", .plain), ("?", .plain), ("$", .plain): throw .wildcard(location.description)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A JSON string of printable ASCII without spaces.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x21...0x7E: result.unicodeScalars.append(UnicodeScalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result + "\""
  }
}

/// Why a place has no session policy.
package enum SessionPolicyError: Error, Hashable, CustomStringConvertible {
  case notS3(String)
  case wholeBucket(String)
  case severalBuckets(String, String)
  case wildcard(String)
  case tooLong(String, sizeBytes: Int, maximumSizeBytes: Int)

  package var description: String {
    switch self {
    case .notS3(let location): "\(location) is not on S3; keys are vended for S3 only"
    case .wholeBucket(let location): "\(location) is a whole bucket; keys are vended for a folder of it"
    case .severalBuckets(let location, let bucket): "\(location) is not in the bucket \(bucket); a key is vended for one bucket"
    case .wildcard(let location):
      "\(location) holds \"*\", \"?\" or \"$\", which this service's policies cannot name; use remote signing, or move the table"
    case .tooLong(let location, let size, let maximum):
      "the policy for \(location) would be \(size) bytes and may be \(maximum); use a shorter location"
    }
  }
}

/// The role whose keys are narrowed and handed out, and the service that does it.
package struct AssumedRole: Sendable {
  /// `arn:aws:iam::123456789012:role/lake`
  package let arn: String
  /// What the role's owner asks for, so that nobody else's service is made to use it.
  package let externalID: String?
  /// The token service; `nil` is AWS's of the region.
  package let endpoint: String?
  package let region: String
  package let durationSeconds: Int

  /// - Parameter duration: brought into what the service takes, ``durations(endpoint:)``.
  package init(
    arn: String, externalID: String? = nil, endpoint: String? = nil, region: String = "us-east-1", duration: Duration = .seconds(3_600)
  ) {
    self.arn = arn
    self.externalID = externalID
    self.endpoint = endpoint
    self.region = region
    let allowed = Self.durations(endpoint: endpoint)
    durationSeconds = min(max(Int(duration.components.seconds), allowed.lowerBound), allowed.upperBound)
  }

  /// Seconds that keys may live: Amazon's own bounds, or what other services may be configured to.
  package static func durations(endpoint: String?) -> ClosedRange<Int> { (endpoint ?? "").isEmpty ? 900...43_200 : 15...43_200 }

  /// `aws`, `aws-cn`, …
  var partition: String {
    let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count > 5 && !parts[1].isEmpty && parts[1].utf8.allSatisfy(Self.isPartitionByte) ? String(parts[1]) : "aws"
  }

  private static func isPartitionByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
  }

  /// Only AWS itself is known to read `${*}` as a star.
  var dialect: SessionPolicy.Dialect { (endpoint ?? "").isEmpty ? .variables : .plain }

  /// Whether the service lets narrowed keys delete several objects in one request; Ceph does not.
  package var narrowedKeysDeleteMany: Bool { dialect == .variables }

  /// What the service's log shows: who, and for which request. 2 to 64 of `[A-Za-z0-9_+=,.@-]`.
  package static func sessionName(principal: String, requestID: String) -> String {
    let who = cleaned(principal).prefix(40)
    let request = cleaned(requestID).prefix(63 - who.count)
    return "\(who.isEmpty ? "-" : who)@\(request)"
  }

  private static func cleaned(_ text: String) -> String {
    String(
      text.unicodeScalars.map { scalar -> Character in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "+", "=", ",", ".", "@", "-": Character(scalar)
        default: "-"
        }
      })
  }
}

package import JSON

/// What a check from outside found out about a snapshot.
package struct QualityResult: Hashable, Sendable {
  package enum Outcome: String, Sendable, CaseIterable {
    case passed, failed
    /// The check itself could not be made.
    case error
  }

  package let check: String
  package let outcome: Outcome
  /// When the check was made, in milliseconds since 1970; `nil` for when it was recorded.
  package let checkedAtMs: Int64?
  /// JSON, as whoever checked says it.
  package let details: [UInt8]?

  package init(check: String, outcome: Outcome, checkedAtMs: Int64? = nil, details: [UInt8]? = nil) {
    self.check = check
    self.outcome = outcome
    self.checkedAtMs = checkedAtMs
    self.details = details
  }
}

extension QualityResult: JSONDecodable, JSONEncodable {
  package static let maximumDetailsBytes = 65_536

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    let name = try object.required("check")
    check = try name.string()
    guard (1...1_024).contains(check.utf8.count) else { throw name.invalid("Expected 1 to 1024 bytes") }
    let value = try object.required("outcome")
    guard let outcome = Outcome(rawValue: try value.string()) else { throw value.invalid("Expected passed, failed or error") }
    self.outcome = outcome
    checkedAtMs = try object.optional("checked-at-ms")?.int64()
    let details = object.optional("details")
    self.details = details.map { Array($0.raw) }
    guard self.details?.count ?? 0 <= Self.maximumDetailsBytes else {
      throw (details ?? json).invalid("The details are longer than \(Self.maximumDetailsBytes) bytes")
    }
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("check", check)
      $0.field("outcome", outcome.rawValue)
      if let checkedAtMs { $0.field("checked-at-ms", checkedAtMs) }
      if let details { $0.field("details", raw: details) }
    }
  }
}

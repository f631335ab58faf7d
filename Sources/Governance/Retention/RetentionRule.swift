package import JSON

/// How long something is kept at least and at most, counted from an event, and what becomes of it then.
package struct RetentionRule: Hashable, Sendable {
  /// What the time is counted from.
  package enum Trigger: String, Sendable, CaseIterable {
    /// Of a snapshot, its own making; of a dataset, the day that the catalog learned of it.
    case created
    /// The last snapshot of the table.
    case modified
    /// The day on which the dataset was given the tag that the rule is for.
    case tagged
    /// The day on which the last model version that was trained on it retired. Until then the time does not begin.
    case modelRetired = "model-retired"
  }

  /// What is done when the maximum is over.
  package enum Outcome: String, Sendable, CaseIterable {
    /// Nothing is deleted.
    case keepRecord = "keep-record"
    /// Snapshots go, with all that only they reach.
    case expireSnapshots = "expire-snapshots"
    /// The dataset's name goes; its files and row stay.
    case drop
    /// The dataset goes with its files.
    case purge
    /// A person is asked.
    case ask
  }

  package var name: String
  package var trigger: Trigger
  /// A duty: nothing goes before.
  package var minimum: Duration?
  /// The outcome is due after it, unless a duty says otherwise.
  package var maximum: Duration?
  package var outcome: Outcome
  package var description: String

  package init(
    name: String, trigger: Trigger = .created, minimum: Duration? = nil, maximum: Duration? = nil, outcome: Outcome = .keepRecord,
    description: String = ""
  ) {
    self.name = name
    self.trigger = trigger
    self.minimum = minimum
    self.maximum = maximum
    self.outcome = outcome
    self.description = description
  }

  /// Milliseconds, rounded down.
  package var minimumMs: Int64? { minimum?.wholeMilliseconds }
  package var maximumMs: Int64? { maximum?.wholeMilliseconds }
}

extension RetentionRule: JSONDecodable, JSONEncodable {
  /// Reads `{"name":…,"trigger":"created","minimum":"30d","maximum":"90d","then":"expire-snapshots","description":…}`.
  ///
  /// One of `minimum` and `maximum` must be there; `then` belongs to `maximum`.
  package init(json: JSONValue) throws(JSONError) {
    let nameValue = try json.object().required("name")
    let name = try nameValue.string()
    guard Self.isName(name) else { throw nameValue.invalid(Self.nameRule) }
    try self.init(name: name, json: json, beside: ["name"])
  }

  /// What a name must be like, for people.
  package static let nameRule = "Expected 1 to 63 lower-case letters, digits, '-' and '_', beginning with a letter or digit"

  /// Reads the same where the name stands elsewhere.
  ///
  /// - Parameter others: members that somebody else reads.
  package init(name: String, json: JSONValue, beside others: [StaticString]) throws(JSONError) {
    let object = try json.object()
    let known: [StaticString] = others + ["trigger", "minimum", "maximum", "then", "description"]
    for member in object where !known.contains(where: { member.isNamed($0) }) {
      throw member.value.invalid("Unknown member; there are \(known.map(\.description).joined(separator: ", "))")
    }
    self.name = name
    trigger = try object.optional("trigger").map { value throws(JSONError) in try Self.choice(value) } ?? .created
    minimum = try object.optional("minimum").map { value throws(JSONError) in try DurationText.read(value) }
    maximum = try object.optional("maximum").map { value throws(JSONError) in try DurationText.read(value) }
    let then = object.optional("then")
    outcome = try then.map { value throws(JSONError) in try Self.choice(value) } ?? .keepRecord
    let descriptionValue = object.optional("description")
    description = try descriptionValue?.string() ?? ""
    guard description.utf8.count <= 10_000 else { throw json.invalid("The description is longer than 10000 bytes") }
    guard minimum != nil || maximum != nil else { throw json.invalid("A rule says minimum, maximum, or both") }
    if let then, maximum == nil, outcome != .keepRecord { throw then.invalid("\"then\" is done after the maximum; say which") }
    if maximum != nil, then == nil { throw json.invalid("A maximum needs \"then\": what is done when it is over") }
    if let minimum, let maximum, minimum > maximum { throw json.invalid("The minimum is longer than the maximum") }
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ json: JSONValue) throws(JSONError) -> Choice {
    guard let choice = Choice(rawValue: try json.string()) else {
      throw json.invalid("Expected one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  package static func isName(_ text: String) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
    guard (1...63).contains(text.utf8.count), let first = text.utf8.first, isPlain(first) else { return false }
    return text.utf8.allSatisfy { isPlain($0) || $0 == 0x2D || $0 == 0x5F }
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { write(fieldsTo: &$0) }
  }

  package func write(fieldsTo writer: inout JSONWriter) {
    writer.field("name", name)
    write(withoutNameTo: &writer)
  }

  package func write(withoutNameTo writer: inout JSONWriter) {
    writer.field("trigger", trigger.rawValue)
    if let minimum { writer.field("minimum", DurationText.text(minimum)) }
    if let maximum { writer.field("maximum", DurationText.text(maximum)) }
    if maximum != nil { writer.field("then", outcome.rawValue) }
    if !description.isEmpty { writer.field("description", description) }
  }
}

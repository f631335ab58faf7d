import Iceberg
package import JSON

// A contract as people write and keep it. Equal contracts have equal texts.

extension Contract: JSONDecodable, JSONEncodable {
  private static let maximumCount = 1_000
  private static let maximumTextBytes = 1_024

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    try Self.refuseUnknown(
      in: object,
      ["description", "mode", "refs", "deliveries", "statistics", "columns", "schema-changes", "rows", "freshness", "files", "checks"])
    self.init()
    if let value = object.optional("description") { description = try value.string() }
    if let value = object.optional("mode") { mode = try Self.choice(value) }
    if let value = object.optional("refs") { refs = try Self.patterns(value) }
    if let value = object.optional("deliveries") {
      deliveries = Set(try value.array().decode { operation throws(JSONError) -> SnapshotOperation in try Self.choice(operation) })
      guard !deliveries.isEmpty, !deliveries.contains(.delete) else { throw value.invalid("Expected some of append, overwrite, replace") }
    }
    if let value = object.optional("statistics") { statistics = try Self.choice(value) }
    if let value = object.optional("columns") { columns = try Self.columns(value) }
    if let value = object.optional("schema-changes") { schemaChanges = try Self.choice(value) }
    if let value = object.optional("rows") { rows = try Self.rows(value) }
    if let value = object.optional("freshness") { freshness = try Self.freshness(value) }
    if let value = object.optional("files") { files = try Self.files(value) }
    if let value = object.optional("checks") { checks = try Self.checks(value) }
    guard description.utf8.count <= 10_000 else { throw json.invalid("The description is longer than 10000 bytes") }
  }

  // MARK: Reading

  private static func refuseUnknown(in object: JSONObject, _ known: [StaticString]) throws(JSONError) {
    for member in object where !known.contains(where: { member.isNamed($0) }) {
      throw member.value.invalid("Unknown member; there are \(known.map(\.description).joined(separator: ", "))")
    }
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ json: JSONValue) throws(JSONError) -> Choice {
    guard let choice = Choice(rawValue: try json.string()) else {
      throw json.invalid("Expected one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  private static func text(_ json: JSONValue) throws(JSONError) -> String {
    let text = try json.string()
    guard !text.isEmpty, text.utf8.count <= maximumTextBytes else { throw json.invalid("Expected 1 to \(maximumTextBytes) bytes") }
    return text
  }

  private static func list<Element>(
    _ json: JSONValue, _ element: (JSONValue) throws(JSONError) -> Element
  ) throws(JSONError) -> [Element] {
    let array = try json.array()
    guard array.count <= maximumCount else { throw json.invalid("There may be \(maximumCount) at most") }
    return try array.decode(element)
  }

  private static func number(_ json: JSONValue) throws(JSONError) -> Int64 {
    let number = try json.int64()
    guard number >= 0 else { throw json.invalid("Expected no negative number") }
    return number
  }

  private static func patterns(_ json: JSONValue) throws(JSONError) -> [String] {
    let patterns = try list(json) { value throws(JSONError) -> String in
      let pattern = try text(value)
      guard !pattern.dropLast().contains("*") else { throw value.invalid("Only the last character may be *") }
      return pattern
    }
    guard !patterns.isEmpty else { throw json.invalid("Expected the name of a branch, or * for all") }
    return patterns
  }

  private static func columns(_ json: JSONValue) throws(JSONError) -> [Column] {
    var names: Set<String> = []
    return try list(json) { value throws(JSONError) -> Column in
      let object = try value.object()
      try refuseUnknown(in: object, ["name", "type", "required", "no-nulls"])
      let name = try object.required("name")
      var column = Column(name: try text(name))
      guard names.insert(column.name).inserted else { throw name.invalid("The column \(column.name) is named twice") }
      if let type = object.optional("type") { column.type = try Self.type(type) }
      column.isRequired = try object.optional("required")?.bool()
      column.forbidsNulls = try object.optional("no-nulls")?.bool() ?? false
      return column
    }
  }

  private static func type(_ json: JSONValue) throws(JSONError) -> String {
    let text = try text(json)
    if ["struct", "list", "map"].contains(text) { return text }
    guard let type = PrimitiveType(text) else {
      throw json.invalid("Expected a type of Iceberg, such as long, string, timestamptz, decimal(10, 2), struct, list or map")
    }
    return type.description
  }

  private static func rows(_ json: JSONValue) throws(JSONError) -> Rows {
    let object = try json.object()
    try refuseUnknown(in: object, ["minimum", "maximum", "deviations"])
    var rows = Rows()
    rows.minimum = try object.optional("minimum").map { value throws(JSONError) in try number(value) }
    rows.maximum = try object.optional("maximum").map { value throws(JSONError) in try number(value) }
    rows.deviations = try object.optional("deviations").map { value throws(JSONError) in try deviations(value) }
    if let minimum = rows.minimum, let maximum = rows.maximum, minimum > maximum {
      throw json.invalid("The minimum is above the maximum")
    }
    guard rows != Rows() else { throw json.invalid("Expected minimum, maximum or deviations") }
    return rows
  }

  private static func deviations(_ json: JSONValue) throws(JSONError) -> Deviations {
    let object = try json.object()
    try refuseUnknown(in: object, ["within", "last", "at-least", "least-spread"])
    let within = try object.required("within")
    var deviations = Deviations(within: try within.double())
    guard deviations.within > 0, deviations.within <= 1_000_000 else { throw within.invalid("Expected a number above 0, such as 5") }
    if let value = object.optional("last") {
      deviations.last = Int(try value.int32())
      guard (3...maximumCount).contains(deviations.last) else { throw value.invalid("Expected 3 to \(maximumCount) deliveries") }
    }
    deviations.atLeast = min(deviations.atLeast, deviations.last)
    if let value = object.optional("at-least") {
      deviations.atLeast = Int(try value.int32())
      guard (3...deviations.last).contains(deviations.atLeast) else { throw value.invalid("Expected 3 to \(deviations.last) deliveries") }
    }
    if let value = object.optional("least-spread") {
      deviations.leastSpread = try value.double()
      guard (0...1).contains(deviations.leastSpread) else { throw value.invalid("Expected 0 to 1: a part of the median") }
    }
    return deviations
  }

  private static func freshness(_ json: JSONValue) throws(JSONError) -> Freshness {
    let object = try json.object()
    try refuseUnknown(in: object, ["column", "maximum-age"])
    return Freshness(column: try text(object.required("column")), maximumAge: try DurationText.read(object.required("maximum-age")))
  }

  private static func files(_ json: JSONValue) throws(JSONError) -> Files {
    let object = try json.object()
    try refuseUnknown(in: object, ["maximum-count", "minimum-average-bytes", "maximum-bytes"])
    var files = Files()
    if let value = object.optional("maximum-count") {
      files.maximumCount = Int(try value.int32())
      guard files.maximumCount! >= 1 else { throw value.invalid("Expected at least 1") }
    }
    files.minimumAverageBytes = try object.optional("minimum-average-bytes").map { value throws(JSONError) in try number(value) }
    files.maximumBytes = try object.optional("maximum-bytes").map { value throws(JSONError) in try number(value) }
    guard files != Files() else { throw json.invalid("Expected maximum-count, minimum-average-bytes or maximum-bytes") }
    return files
  }

  private static func checks(_ json: JSONValue) throws(JSONError) -> [QualityCheck] {
    var names: Set<String> = []
    return try list(json) { value throws(JSONError) -> QualityCheck in
      let object = try value.object()
      try refuseUnknown(in: object, ["name", "required", "maximum-age"])
      let name = try object.required("name")
      var check = QualityCheck(name: try text(name))
      guard names.insert(check.name).inserted else { throw name.invalid("The check \(check.name) is named twice") }
      check.isRequired = try object.optional("required")?.bool() ?? true
      check.maximumAge = try object.optional("maximum-age").map { age throws(JSONError) in try DurationText.read(age) }
      return check
    }
  }

  // MARK: Writing

  package func write(to writer: inout JSONWriter) {
    writer.object {
      if !description.isEmpty { $0.field("description", description) }
      $0.field("mode", mode.rawValue)
      $0.field("refs", refs)
      $0.field("deliveries", SnapshotOperation.allCases.filter(deliveries.contains).map(\.rawValue))
      $0.field("statistics", statistics.rawValue)
      $0.field("columns", columns)
      $0.field("schema-changes", schemaChanges.rawValue)
      if let rows { $0.field("rows", rows) }
      if let freshness { $0.field("freshness", freshness) }
      if let files { $0.field("files", files) }
      $0.field("checks", checks)
    }
  }
}

extension Contract.Column: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      if let type { $0.field("type", type) }
      if let isRequired { $0.field("required", isRequired) }
      $0.field("no-nulls", forbidsNulls)
    }
  }
}

extension Contract.Rows: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      if let minimum { $0.field("minimum", minimum) }
      if let maximum { $0.field("maximum", maximum) }
      if let deviations { $0.field("deviations", deviations) }
    }
  }
}

extension Contract.Deviations: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("within", raw: "\(within)".utf8)
      $0.field("last", last)
      $0.field("at-least", atLeast)
      $0.field("least-spread", raw: "\(leastSpread)".utf8)
    }
  }
}

extension Contract.Freshness: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("column", column)
      $0.field("maximum-age", DurationText.text(maximumAge))
    }
  }
}

extension Contract.Files: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      if let maximumCount { $0.field("maximum-count", maximumCount) }
      if let minimumAverageBytes { $0.field("minimum-average-bytes", minimumAverageBytes) }
      if let maximumBytes { $0.field("maximum-bytes", maximumBytes) }
    }
  }
}

extension Contract.QualityCheck: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      $0.field("required", isRequired)
      if let maximumAge { $0.field("maximum-age", DurationText.text(maximumAge)) }
    }
  }
}

extension ContractViolation: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("clause", clause)
      $0.field("promised", promised)
      $0.field("found", found)
      $0.field("remedy", remedy)
      if let snapshotID { $0.field("snapshot-id", snapshotID) }
    }
  }
}

import Iceberg
package import JSON

/// A contract of the Open Data Contract Standard, version 3, as one of ours (bitol.io, "Open Data Contract Standard").
///
/// The standard describes more than a catalog can hold anybody to. What has no place here is listed, member by member.
package struct OpenDataContract: Hashable, Sendable {
  package let contract: Contract
  /// What is not taken over: where it stands, and why.
  package let left: [String]

  /// - Parameter object: the name of the object of `schema` that the dataset is; needed where there are several.
  package init(_ json: JSONValue, object name: String? = nil) throws(JSONError) {
    var reader = OpenDataContractReader()
    try reader.read(json, name)
    contract = reader.contract
    left = reader.left
  }
}

private struct OpenDataContractReader {
  var contract = Contract(schemaChanges: .additive)
  var left: [String] = []

  private mutating func leave(_ value: JSONValue, _ why: String) { left.append("\(value.path.dropFirst(2)): \(why)") }

  mutating func read(_ json: JSONValue, _ name: String?) throws(JSONError) {
    let root = try json.object()
    let kind = try root.required("kind")
    guard try kind.string() == "DataContract" else { throw kind.invalid("Expected DataContract") }
    let version = try root.required("apiVersion")
    guard try version.string().hasPrefix("v3.") else { throw version.invalid("Expected version 3 of the standard, such as v3.1.0") }
    let named = if let name = root.optional("name") { name } else { try root.required("id") }
    var title = try named.string()
    if let number = root.optional("version") { title += ", version \(try number.string())" }
    contract.description = "Taken over from the open data contract \(title)."
    for member in root where !member.value.isNull {
      switch member.key {
      case "kind", "apiVersion", "name", "id", "version": break
      case "description": try readDescription(member.value)
      case "schema": try readSchema(member.value, name)
      case "slaProperties": break
      case "status": leave(member.value, "whether it is in force is said by applying it")
      default: leave(member.value, "the catalog has no such clause")
      }
    }
    guard root.optional("schema") != nil else { throw json.invalid("Missing required field \"schema\"") }
    if let sla = root.optional("slaProperties") { try readSLA(sla, name) }
  }

  private mutating func readDescription(_ json: JSONValue) throws(JSONError) {
    guard json.kind == .object else {
      contract.description = try json.string() + "\n\n" + contract.description
      return
    }
    for member in try json.object() where !member.value.isNull {
      guard member.isNamed("purpose") else {
        leave(member.value, "of descriptions only the purpose is taken over")
        continue
      }
      contract.description = try member.value.string() + "\n\n" + contract.description
    }
  }

  // MARK: Schema

  private mutating func readSchema(_ json: JSONValue, _ name: String?) throws(JSONError) {
    var found: JSONValue?
    var names: [String] = []
    for element in try json.array() {
      let title = try element.object().required("name").string()
      names.append(title)
      let physical = try element.object().optional("physicalName")?.string()
      if found == nil, name == nil || title == name || physical == name { found = element }
    }
    guard names.count == 1 || name != nil else {
      throw json.invalid("Say which object is meant; there are \(names.joined(separator: ", "))")
    }
    guard let found else { throw json.invalid("There is no object \(name ?? ""); there are \(names.joined(separator: ", "))") }
    for element in try json.array() where element.path != found.path { leave(element, "another object than the one that is taken over") }
    for member in try found.object() where !member.value.isNull {
      switch member.key {
      case "name", "physicalName", "logicalType", "physicalType", "id": break
      case "properties": try readProperties(member.value, below: "")
      case "quality": try readQuality(member.value, column: nil)
      default: leave(member.value, "the catalog has no such clause")
      }
    }
  }

  private mutating func readProperties(_ json: JSONValue, below prefix: String) throws(JSONError) {
    for element in try json.array() {
      let property = try element.object()
      let named = if let physical = property.optional("physicalName") { physical } else { try property.required("name") }
      let name = prefix + (try named.string())
      let place = contract.columns.count
      contract.columns.append(Contract.Column(name: name))
      contract.columns[place].type = try type(of: property, element)
      for member in property where !member.value.isNull {
        switch member.key {
        case "name", "physicalName", "logicalType", "physicalType", "id": break
        case "required":
          if try member.value.bool() { contract.columns[place].forbidsNulls = true }
        case "properties": try readProperties(member.value, below: name + ".")
        case "quality": try readQuality(member.value, column: place)
        case "items": leave(member.value, "what a list holds is not checked")
        case "map": leave(member.value, "what a map holds is not checked")
        default: leave(member.value, "the catalog has no such clause")
        }
      }
    }
  }

  /// The physical type if it is one of Iceberg or a usual name of SQL for one, else the logical one where it leaves no choice.
  private mutating func type(of property: JSONObject, _ element: JSONValue) throws(JSONError) -> String? {
    if let physical = property.optional("physicalType") {
      if let type = Self.type(physical: try physical.string()) { return type }
      leave(physical, "not known as a type of Iceberg")
    }
    guard let logical = property.optional("logicalType") else { return nil }
    switch try logical.string() {
    case "string": return "string"
    case "date": return "date"
    case "time": return "time"
    case "boolean": return "boolean"
    case "object": return "struct"
    case "array": return "list"
    case "map": return "map"
    case "integer": leave(logical, "int or long is not said; give a physicalType")
    case "number": leave(logical, "float, double or decimal is not said; give a physicalType")
    case "timestamp": leave(logical, "with or without a time zone is not said; give a physicalType")
    default: leave(logical, "no type of the standard")
    }
    return nil
  }

  private static func type(physical text: String) -> String? {
    if let type = PrimitiveType(text) { return type.description }
    let word = text.lowercased().prefix { $0 != "(" }.split(separator: " ").joined(separator: " ")
    let arguments = text.contains("(") ? text.drop { $0 != "(" } : ""
    switch word {
    case "varchar", "char", "text", "nvarchar", "character varying": return "string"
    case "bigint", "int8", "int64": return "long"
    case "integer", "int4", "int32", "smallint", "tinyint": return "int"
    case "real", "float4": return "float"
    case "double precision", "float8", "float64": return "double"
    case "bool": return "boolean"
    case "numeric": return PrimitiveType("decimal\(arguments)")?.description
    case "timestamp without time zone": return "timestamp"
    case "timestamp with time zone": return "timestamptz"
    case "bytea", "blob", "varbinary": return "binary"
    default: return nil
    }
  }

  // MARK: Quality

  /// - Parameter column: the place of the column that the rules are about; `nil` for the whole object.
  private mutating func readQuality(_ json: JSONValue, column: Int?) throws(JSONError) {
    for element in try json.array() {
      let rule = try element.object()
      let metric = try (rule.optional("metric") ?? rule.optional("rule"))?.string()
      if let column, metric == "nullValues", try forbids(rule) {
        contract.columns[column].forbidsNulls = true
        continue
      }
      guard let name = try rule.optional("name")?.string(), !name.isEmpty else {
        leave(element, "a rule without a name: what is proven elsewhere is asked for by its name")
        continue
      }
      if !contract.checks.contains(where: { $0.name == name }) { contract.checks.append(Contract.QualityCheck(name: name)) }
      leave(element, "not proven here; its result must be recorded as that of the check \(name)")
    }
  }

  /// Whether a rule about nulls allows none.
  private func forbids(_ rule: JSONObject) throws(JSONError) -> Bool {
    if let value = rule.optional("mustBe") { return try value.double() == 0 }
    if let value = rule.optional("mustBeLessOrEqualTo") { return try value.double() == 0 }
    return false
  }

  // MARK: Service levels

  private mutating func readSLA(_ json: JSONValue, _ name: String?) throws(JSONError) {
    for element in try json.array() {
      let level = try element.object()
      let property = try level.required("property").string().lowercased()
      guard ["latency", "ly", "freshness"].contains(property), contract.freshness == nil else {
        leave(element, "the catalog has no such clause")
        continue
      }
      guard let target = try level.optional("element")?.string(), !target.contains(","), let column = Self.column(target, contract) else {
        leave(element, "which column says how new rows are is not said")
        continue
      }
      guard let age = try Self.duration(level) else {
        leave(element, "its value and unit are no duration that is known")
        continue
      }
      contract.freshness = Contract.Freshness(column: column, maximumAge: age)
      for member in level where !["property", "element", "value", "unit", "id"].contains(member.key) && !member.value.isNull {
        leave(member.value, "the catalog has no such clause")
      }
    }
  }

  /// `table.column`, or the column alone.
  private static func column(_ element: String, _ contract: Contract) -> String? {
    let names = contract.columns.map(\.name)
    if names.contains(element) { return element }
    let rest = element.drop { $0 != "." }.dropFirst()
    return names.first { $0 == rest }
  }

  private static func duration(_ level: JSONObject) throws(JSONError) -> Duration? {
    let value = try level.required("value")
    let text = value.kind == .number ? value.rawText : try value.string()
    guard let number = Int64(text), number > 0 else { return nil }
    switch try level.optional("unit")?.string().lowercased() {
    case "s", "second", "seconds": return DurationText.parse("\(number)s")
    case "m", "min", "minute", "minutes": return DurationText.parse("\(number)m")
    case "h", "hr", "hour", "hours": return DurationText.parse("\(number)h")
    case "d", "day", "days": return DurationText.parse("\(number)d")
    case "w", "week", "weeks": return DurationText.parse("\(number)w")
    default: return nil
    }
  }
}

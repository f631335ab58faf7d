import JSON
import TransparencyLog

/// Which values of `report.json` are meant: member names with points between them.
///
/// `training-data[].schema` is the schema of each input, and every one must have it. `approvals[decision=approved].approver` looks only at elements
/// whose member has that text.
package struct FieldPath: Hashable, Sendable, CustomStringConvertible {
  private struct Step: Hashable, Sendable {
    let member: String
    let isList: Bool
    var filter: Filter?
  }

  private struct Filter: Hashable, Sendable {
    let member: String
    let text: String
  }

  package let description: String
  private let steps: [Step]

  init(json: JSONValue) throws(JSONError) {
    description = try json.string()
    var steps: [Step] = []
    for part in description.split(separator: ".", omittingEmptySubsequences: false) {
      guard let open = part.firstIndex(of: "[") else {
        guard !part.isEmpty else { throw json.invalid("Not a path of fields") }
        steps.append(Step(member: String(part), isList: false))
        continue
      }
      guard part.last == "]", open > part.startIndex else { throw json.invalid("Not a path of fields") }
      let inside = part[part.index(after: open)...].dropLast()
      let sides = inside.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard inside.isEmpty || sides.count == 2 else { throw json.invalid("Not a path of fields") }
      let filter = inside.isEmpty ? nil : Filter(member: sides[0], text: sides[1])
      steps.append(Step(member: String(part[..<open]), isList: true, filter: filter))
    }
    self.steps = steps
  }

  /// How many values there should be, and how many there are. A list without elements should have had one.
  func count(in value: CanonicalValue) -> (present: Int, wanted: Int) { count(in: value, steps[...]) }

  private func count(in value: CanonicalValue, _ rest: ArraySlice<Step>) -> (present: Int, wanted: Int) {
    guard let step = rest.first else { return (Self.says(value) ? 1 : 0, 1) }
    guard case .object(let members) = value, let next = members[step.member] else { return (0, 1) }
    guard step.isList else { return count(in: next, rest.dropFirst()) }
    guard case .array(var elements) = next else { return (0, 1) }
    if let filter = step.filter {
      elements = elements.filter { element in
        if case .object(let members) = element { members[filter.member] == .string(filter.text) } else { false }
      }
    }
    guard !elements.isEmpty else { return (0, 1) }
    return elements.reduce((0, 0)) { sum, element in
      let next = count(in: element, rest.dropFirst())
      return (sum.0 + next.present, sum.1 + next.wanted)
    }
  }

  /// Whether it says something: `false` and 0 do.
  private static func says(_ value: CanonicalValue) -> Bool {
    switch value {
    case .null: false
    case .bool, .int64: true
    case .string(let text): !text.allSatisfy(\.isWhitespace)
    case .array(let elements): !elements.isEmpty
    case .object(let members): !members.isEmpty
    }
  }
}

import JSON

/// Where a claim lies: names from the outside in, written with dots, such as `realm_access.roles`.
///
/// A dot that belongs to a name is written `\.`, as in `https://example\.com/groups`.
package struct ClaimPath: Hashable, Sendable, CustomStringConvertible {
  package let names: [String]

  /// `nil` for a path that is empty, holds an empty name, or is deeper than eight.
  package init?(_ text: String) {
    var names: [String] = []
    var name = ""
    var escaped = false
    for scalar in text.unicodeScalars {
      if escaped || (scalar != "." && scalar != "\\") {
        name.unicodeScalars.append(scalar)
        escaped = false
      } else if scalar == "\\" {
        escaped = true
      } else {
        names.append(name)
        name = ""
      }
    }
    names.append(name)
    guard !escaped, names.count <= 8, names.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.names = names
  }

  private init(name: String) { names = [name] }

  package static let subject = ClaimPath(name: "sub")
  package static let groups = ClaimPath(name: "groups")
  package static let originalIssuer = ClaimPath(name: "orig_iss")
  package static let kind = ClaimPath(name: "kind")
  package static let authenticationTime = ClaimPath(name: "auth_time")
  package static let preferredUsername = ClaimPath(name: "preferred_username")

  package var description: String { names.joined(separator: ".") }

  /// The claim's value; `nil` when it is absent or null.
  func value(in claims: JSONObject) -> JSONValue? {
    var object = claims
    var found: JSONValue?
    for (depth, name) in names.enumerated() {
      if depth > 0 {
        guard let inner = try? found?.object() else { return nil }
        object = inner
      }
      found = object.first { ExactText.isSame($0.key, name) }?.value
    }
    return found.flatMap { $0.isNull ? nil : $0 }
  }
}

package import JSON

/// Why the model refuses a document or a change. Messages are those of the Iceberg reference where it has one.
package enum ModelError: Error, Hashable, CustomStringConvertible {
  /// It makes no sense, whenever it is asked. 400.
  case invalid(String)
  /// A requirement of the commit does not hold. 409.
  case requirementFailed(String)
  /// It was made for an older state of the table. 409.
  case conflict(String)
  /// A text cannot be read.
  case malformed(JSONError)

  package var message: String {
    switch self {
    case .invalid(let message), .requirementFailed(let message), .conflict(let message): message
    case .malformed(let error): error.description
    }
  }

  package var description: String { message }
}

/// Refuses unless `condition` holds.
func check(_ condition: Bool, _ message: @autoclosure () -> String) throws(ModelError) {
  guard condition else { throw .invalid(message()) }
}

/// Why a text is no value of an extension type, or why an operation on such values failed.
///
/// To the evaluator each of these is an extension error: the policy that met it is skipped and reported.
package enum ExtensionError: Error, Hashable, Sendable {
  /// A text that is not of the form the type asks for.
  case malformed(type: String, text: String, expected: String)
  /// A value or a result outside what the type can hold.
  case overflow(type: String, expected: String)
}

extension ExtensionError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformed(let type, let text, let expected): "\(StringLiteral.quoted(text)) is not a \(type); expected \(expected)"
    case .overflow(let type, let expected): "The result does not fit a \(type); expected \(expected)"
    }
  }
}

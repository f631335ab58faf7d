package import JSON

// The form of the expressions spec, appendix B, with references by field id as restrictions must have them. Constants stand as
// `{"type":"literal",…}` behind comparisons and bare in lists.

extension Predicate: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .constant(let value): writer.value(value)
    case .not(let child):
      writer.object {
        $0.field("type", "not")
        $0.field("child", child)
      }
    case .and(let left, let right): Self.write("and", left, right, to: &writer)
    case .or(let left, let right): Self.write("or", left, right, to: &writer)
    case .test(let test, let fieldID):
      writer.object {
        $0.field("type", test.rawValue)
        $0.field("child", Reference(fieldID: fieldID))
      }
    case .comparison(let comparison, let fieldID, let literal):
      writer.object {
        $0.field("type", comparison.rawValue)
        $0.field("left", Reference(fieldID: fieldID))
        $0.field(
          "right",
          object: {
            $0.field("type", "literal")
            $0.field("value", literal)
          })
      }
    case .membership(let isIn, let fieldID, let literals):
      writer.object {
        $0.field("type", isIn ? "in" : "not-in")
        $0.field("child", Reference(fieldID: fieldID))
        $0.field("values", literals)
      }
    }
  }

  private static func write(_ type: String, _ left: Predicate, _ right: Predicate, to writer: inout JSONWriter) {
    writer.object {
      $0.field("type", type)
      $0.field("left", left)
      $0.field("right", right)
    }
  }

  private struct Reference: JSONEncodable {
    let fieldID: Int32

    func write(to writer: inout JSONWriter) {
      writer.object {
        $0.field("type", "reference")
        $0.field("id", fieldID)
      }
    }
  }
}

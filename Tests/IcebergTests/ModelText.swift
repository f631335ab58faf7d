import Iceberg
import JSON
import Testing

/// Parts of the model from short texts, and texts from them.
enum ModelText {
  static func read<T: JSONDecodable>(_ text: String, as type: T.Type = T.self) throws -> T { try T(jsonText: Array(text.utf8)) }

  static func write(_ value: some JSONEncodable) -> String { String(decoding: value.jsonText, as: UTF8.self) }

  static func schema(_ fields: String, id: Int = 0, identifiers: [Int] = []) throws -> Schema {
    try read(#"{"type":"struct","schema-id":\#(id),"identifier-field-ids":\#(identifiers),"fields":[\#(fields)]}"#)
  }

  /// One field's text.
  static func field(_ id: Int, _ name: String, _ type: String, required: Bool = false) -> String {
    let type = type.hasPrefix("{") ? type : #""\#(type)""#
    return #"{"id":\#(id),"name":"\#(name)","required":\#(required),"type":\#(type)}"#
  }

  static func structure(_ fields: String...) -> String { #"{"type":"struct","fields":[\#(fields.joined(separator: ","))]}"# }

  static func list(_ id: Int, _ element: String, required: Bool = true) -> String {
    let element = element.hasPrefix("{") ? element : #""\#(element)""#
    return #"{"type":"list","element-id":\#(id),"element":\#(element),"element-required":\#(required)}"#
  }

  static func map(_ keyID: Int, _ key: String, _ valueID: Int, _ value: String) -> String {
    let key = key.hasPrefix("{") ? key : #""\#(key)""#
    let value = value.hasPrefix("{") ? value : #""\#(value)""#
    return #"{"type":"map","key-id":\#(keyID),"key":\#(key),"value-id":\#(valueID),"value":\#(value),"value-required":false}"#
  }

  static func fixture(_ name: String) throws -> [UInt8] { try Fixture.bytes(name) }

  /// The message of what refuses `body`; `nil` when nothing does.
  static func refusal(_ body: () throws -> Void) -> String? {
    do { try body() } catch let error as ModelError { return error.message } catch let error as JSONError { return error.description } catch
    {
      return "\(error)"
    }
    return nil
  }
}

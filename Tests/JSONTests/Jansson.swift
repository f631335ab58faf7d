import CJansson

/// The oracle: jansson, told to be as strict as our reader.
enum Jansson {
  enum Verdict: Equatable {
    case accepted(ModelValue)
    case refused(String)
    /// Refused, or read differently, for a reason that is a known difference between the two.
    case incomparable
  }

  static func read(_ bytes: [UInt8]) -> Verdict {
    var failure = json_error_t()
    let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY)
    let root = bytes.withUnsafeBytes { buffer in
      json_loadb(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, flags, &failure)
    }
    guard let root else {
      // The error's code is the last byte of its text.
      let code = withUnsafeBytes(of: &failure.text) { $0[$0.count - 1] }
      // Integers beyond 64 bits and reals beyond a double are refused at once by jansson, and by us only when they are asked for.
      if UInt32(code) == json_error_numeric_overflow.rawValue { return .incomparable }
      let message = withUnsafeBytes(of: &failure.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      return .refused(message)
    }
    defer { json_decref(root) }
    return .accepted(value(root))
  }

  private static func value(_ json: UnsafeMutablePointer<json_t>) -> ModelValue {
    switch json.pointee.type {
    case JSON_OBJECT:
      var members: [ModelValue.Member] = []
      var iterator = json_object_iter(json)
      while let current = iterator {
        if let key = json_object_iter_key(current), let member = json_object_iter_value(current) {
          members.append(.init(key: Array(String(cString: key).unicodeScalars), value: value(member)))
        }
        iterator = json_object_iter_next(json, current)
      }
      return .object(members)
    case JSON_ARRAY: return .array((0..<json_array_size(json)).compactMap { json_array_get(json, $0).map(value) })
    case JSON_STRING:
      let bytes = UnsafeRawBufferPointer(start: json_string_value(json), count: json_string_length(json))
      return .string(Array(String(decoding: bytes, as: UTF8.self).unicodeScalars))
    case JSON_INTEGER: return .integer(json_integer_value(json))
    case JSON_REAL: return .real(json_real_value(json))
    case JSON_TRUE: return .bool(true)
    case JSON_FALSE: return .bool(false)
    default: return .null
    }
  }
}

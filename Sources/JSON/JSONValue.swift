/// A cursor on one value of a document.
package struct JSONValue: Sendable {
  package let document: JSONDocument
  let index: Int

  @inline(__always)
  var node: TapeNode { document.tape[index] }

  package var kind: JSONKind { node.kind }
  package var isNull: Bool { node.kind == .null }

  /// The value's text exactly as it stands in the source.
  package var raw: ArraySlice<UInt8> { document.bytes[Int(node.start)..<Int(node.end)] }
  package var rawText: String { String(decoding: raw, as: UTF8.self) }

  /// An error about this value, carrying its path.
  package func invalid(_ message: String) -> JSONError { JSONError(message, path: path, offset: Int(node.start)) }

  private func expected(_ what: String) -> JSONError {
    let text = node.end - node.start > 60 ? "\(kind)" : rawText
    return invalid("Expected \(what), found \(text)")
  }

  // MARK: Scalars

  package func bool() throws(JSONError) -> Bool {
    guard kind == .bool else { throw expected("true or false") }
    return document.isTrue(index)
  }

  /// A whole number in the range of Int64, exact; `1.0` and `1e3` are not whole numbers here.
  package func int64() throws(JSONError) -> Int64 {
    let node = node
    guard node.kind == .number, !node.isComplex else { throw expected("a whole number") }
    guard let value = document.int64(index) else { throw expected("a number of 64 bits") }
    return value
  }

  package func int() throws(JSONError) -> Int { Int(try int64()) }

  package func int32() throws(JSONError) -> Int32 {
    guard let value = Int32(exactly: try int64()) else { throw expected("a number of 32 bits") }
    return value
  }

  /// The nearest double; a number too large for one is an error.
  package func double() throws(JSONError) -> Double {
    guard kind == .number, let value = Double(rawText), value.isFinite else { throw expected("a number") }
    return value
  }

  package func string() throws(JSONError) -> String {
    guard kind == .string else { throw expected("a string") }
    return document.text(index)
  }

  /// Whether this is a string that says `text`, scalar by scalar, without making a `String`.
  package func isString(_ text: StaticString) -> Bool { document.isString(index, text) }

  // MARK: Containers

  package func array() throws(JSONError) -> JSONArray {
    guard kind == .array else { throw expected("an array") }
    return JSONArray(value: self)
  }

  package func object() throws(JSONError) -> JSONObject {
    guard kind == .object else { throw expected("an object") }
    return JSONObject(value: self)
  }

  // MARK: Where

  /// The way from the root to this value, such as `$.schema.fields[2].id`. Walks the tape: for errors only.
  package var path: String {
    var path = "$"
    var container = 0
    let tape = document.tape
    while container != index {
      var child = container + 1
      var position = 0
      let isObject = tape[container].kind == .object
      while true {
        let value = isObject ? child + 1 : child
        // A cursor may also stand on a key.
        if child == index || index < Int(tape[value].next) {
          if isObject {
            path += "." + ((try? JSONValue(document: document, index: child).string()) ?? "?")
          } else {
            path += "[\(position)]"
          }
          if child == index { return path }
          container = value
          break
        }
        child = Int(tape[value].next)
        position += 1
      }
    }
    return path
  }
}

/// The elements of an array, in order.
package struct JSONArray: Sequence, Sendable {
  package let value: JSONValue

  package var isEmpty: Bool { Int(value.node.next) == value.index + 1 }

  /// Found by walking along the elements.
  package var count: Int {
    let end = Int(value.node.next)
    var count = 0
    var index = value.index + 1
    while index < end {
      count += 1
      index = Int(value.document.tape[index].next)
    }
    return count
  }

  package func makeIterator() -> Iterator { Iterator(document: value.document, index: value.index + 1, end: Int(value.node.next)) }

  package struct Iterator: IteratorProtocol {
    let document: JSONDocument
    var index: Int
    let end: Int

    package mutating func next() -> JSONValue? {
      guard index < end else { return nil }
      defer { index = Int(document.tape[index].next) }
      return JSONValue(document: document, index: index)
    }
  }

  /// Every element through `transform`.
  package func decode<T>(_ transform: (JSONValue) throws(JSONError) -> T) throws(JSONError) -> [T] {
    var result: [T] = []
    for element in self { result.append(try transform(element)) }
    return result
  }
}

/// The members of an object, in the order they were written.
package struct JSONObject: Sequence, Sendable {
  package let value: JSONValue

  package struct Member: Sendable {
    let keyValue: JSONValue
    package let value: JSONValue
    package var key: String { (try? keyValue.string()) ?? "" }
    package func isNamed(_ name: StaticString) -> Bool { keyValue.isString(name) }
  }

  package func makeIterator() -> Iterator { Iterator(document: value.document, index: value.index + 1, end: Int(value.node.next)) }

  package struct Iterator: IteratorProtocol {
    let document: JSONDocument
    var index: Int
    let end: Int

    package mutating func next() -> Member? {
      guard index < end else { return nil }
      defer { index = Int(document.tape[index + 1].next) }
      return Member(keyValue: JSONValue(document: document, index: index), value: JSONValue(document: document, index: index + 1))
    }
  }

  /// The member's value, also when it is null.
  package subscript(key: StaticString) -> JSONValue? {
    let document = value.document
    let end = Int(value.node.next)
    var index = value.index + 1
    while index < end {
      if document.isString(index, key) { return JSONValue(document: document, index: index + 1) }
      index = Int(document.tape[index + 1].next)
    }
    return nil
  }

  /// The member's value; `nil` when it is absent or null.
  package func optional(_ key: StaticString) -> JSONValue? {
    guard let found = self[key], !found.isNull else { return nil }
    return found
  }

  /// The member's value, which must be there and not null.
  package func required(_ key: StaticString) throws(JSONError) -> JSONValue {
    guard let found = optional(key) else { throw value.invalid("Missing required field \"\(key)\"") }
    return found
  }

  /// The members whose keys are not among `known`, kept as they were written so that they can be written again.
  package func unknown(besides known: [StaticString]) -> JSONFields {
    var fields = JSONFields()
    let document = value.document
    let end = Int(value.node.next)
    var index = value.index + 1
    while index < end {
      let following = Int(document.tape[index + 1].next)
      if !known.contains(where: { document.isString(index, $0) }) {
        fields.append(key: JSONValue(document: document, index: index).raw, value: JSONValue(document: document, index: index + 1).raw)
      }
      index = following
    }
    return fields
  }

  /// A map of strings, as properties are. Keys that differ only in Unicode composition are refused, since a dictionary holds but one.
  package func strings() throws(JSONError) -> [String: String] {
    let document = value.document
    let end = Int(value.node.next)
    // Room for every member at once: a key and a value of one node each, as they must be; bounded, since they may not be.
    var result = [String: String](minimumCapacity: Swift.min((end - value.index) / 2, 1_024))
    var index = value.index + 1
    while index < end {
      let member = JSONValue(document: document, index: index + 1)
      let text = try member.string()
      guard result.updateValue(text, forKey: document.text(index)) == nil else {
        throw member.invalid("Another key differs from this one only in Unicode composition")
      }
      index += 2
    }
    return result
  }
}

/// Members carried along unread: raw `"key":value` texts in source order.
package struct JSONFields: Hashable, Sendable {
  package private(set) var texts: [ArraySlice<UInt8>] = []

  package init() {}

  package var isEmpty: Bool { texts.isEmpty }

  mutating func append(key: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
    // One slice from the key's quote to the value's end would carry the source's spacing along; copy both parts instead.
    var text: [UInt8] = []
    text.reserveCapacity(key.count + 1 + value.count)
    text.append(contentsOf: key)
    text.append(UInt8(ascii: ":"))
    text.append(contentsOf: value)
    texts.append(text[...])
  }
}

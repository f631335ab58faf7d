/// Where an object's members stand, found in one pass. Members are asked for by their place among the words.
///
/// What a member says is read here and not from a ``JSONValue``, which would hold the document once more: of a table's columns there are
/// many, and counting references was most of the time of reading them.
package struct JSONMembers: ~Copyable {
  package static let maximumCount = 8

  private let document: JSONDocument
  private let index: Int
  private let words: JSONWords
  /// Where the values stand on the tape; 0 for none.
  private var places = InlineArray<8, Int32>(repeating: 0)
  private var hasUnknown = false

  /// - Parameter index: of an object.
  fileprivate init(_ document: JSONDocument, _ index: Int, _ words: JSONWords) {
    precondition(words.count <= Self.maximumCount, "an object is read by at most \(Self.maximumCount) words")
    self.document = document
    self.index = index
    self.words = words
    let end = Int(document.tape[index].next)
    var key = index + 1
    while key < end {
      if let word = document.word(key, among: words) { places[word] = Int32(key + 1) } else { hasUnknown = true }
      key = Int(document.tape[key + 1].next)
    }
  }

  /// The tape index of the member's value; `nil` when it is absent or null.
  private func place(_ word: Int) -> Int? {
    let place = Int(places[word])
    return place > 0 && document.tape[place].kind != .null ? place : nil
  }

  /// The object.
  package var value: JSONValue { JSONValue(document: document, index: index) }

  /// The member's value; `nil` when it is absent or null.
  package func optional(_ word: Int) -> JSONValue? { place(word).map { JSONValue(document: document, index: $0) } }

  /// The member's value, which must be there and not null.
  package func required(_ word: Int) throws(JSONError) -> JSONValue {
    guard let found = optional(word) else { throw value.invalid("Missing required field \"\(words[word])\"") }
    return found
  }

  // MARK: What a required member says; the errors are those of `JSONValue`

  package func int32(_ word: Int) throws(JSONError) -> Int32 {
    if let place = place(word), let number = document.int64(place), let narrow = Int32(exactly: number) { return narrow }
    return try required(word).int32()
  }

  package func bool(_ word: Int) throws(JSONError) -> Bool {
    if let place = place(word), document.tape[place].kind == .bool { return document.isTrue(place) }
    return try required(word).bool()
  }

  package func string(_ word: Int) throws(JSONError) -> String {
    if let place = place(word), document.tape[place].kind == .string { return document.text(place) }
    return try required(word).string()
  }

  /// Which of other words it says; `nil` when it is absent or says something else.
  package func choice(_ word: Int, among words: JSONWords) -> Int? { place(word).flatMap { document.word($0, among: words) } }

  /// Whether none of these members is there, or only with null.
  package func lacks(_ words: ClosedRange<Int>) -> Bool { words.allSatisfy { places[$0] == 0 || place($0) == nil } }

  /// The members that are none of the words, kept as they were written so that they can be written again.
  package var unknown: JSONFields { hasUnknown ? JSONObject(value: value).unknown(besides: words.all) : JSONFields() }
}

extension JSONValue {
  /// The members of this object that `words` name, found in one pass.
  package func members(_ words: JSONWords) throws(JSONError) -> JSONMembers {
    JSONMembers(document, try object().value.index, words)
  }
}

extension JSONArray {
  /// The members of each element, which must be an object, in turn.
  package func forEachObject(_ words: JSONWords, _ body: (borrowing JSONMembers) throws(JSONError) -> Void) throws(JSONError) {
    let document = value.document
    let end = Int(value.node.next)
    var index = value.index + 1
    while index < end {
      if document.tape[index].kind != .object { _ = try JSONValue(document: document, index: index).object() }
      try body(JSONMembers(document, index, words))
      index = Int(document.tape[index].next)
    }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Words that a reader knows, as names of members or as values, told apart without making strings.
///
/// Made once for each place that reads, as a static constant, and never given back: looking something up then counts no references.
package struct JSONWords: @unchecked Sendable {
  // Written in the initializer alone.
  private let words: UnsafeBufferPointer<StaticString>

  package init(_ words: StaticString...) {
    let buffer = UnsafeMutableBufferPointer<StaticString>.allocate(capacity: words.count)
    _ = buffer.initialize(from: words)
    self.words = UnsafeBufferPointer(buffer)
  }

  var count: Int { words.count }
  subscript(index: Int) -> StaticString { words[index] }
  var all: [StaticString] { Array(words) }

  /// The place of a text among the words.
  package func index(of text: String) -> Int? {
    var text = text
    return text.withUTF8 { index(of: $0) }
  }

  @inline(__always)
  func index(of content: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let base = content.baseAddress else { return words.firstIndex { $0.utf8CodeUnitCount == 0 } }
    let length = content.count
    for index in 0..<words.count {
      let word = words[index]
      if word.utf8CodeUnitCount == length, memcmp(base, word.utf8Start, length) == 0 { return index }
    }
    return nil
  }
}

extension JSONDocument {
  /// Which of the words the string at `index` says, scalar by scalar; `nil` when it is another, or no string.
  func word(_ index: Int, among words: JSONWords) -> Int? {
    let node = tape[index]
    guard node.kind == .string else { return nil }
    return bytes.withUnsafeBufferPointer { bytes in
      let content = UnsafeBufferPointer(rebasing: bytes[Int(node.start) + 1..<Int(node.end) - 1])
      guard node.isComplex else { return words.index(of: content) }
      return words.index(of: unescape(content))
    }
  }
}

extension JSONValue {
  /// Which of the words this string says; `nil` when it is another, or no string.
  package func word(among words: JSONWords) -> Int? { document.word(index, among: words) }
}

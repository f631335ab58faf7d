/// Words that are in documents, for words that are not.
package enum Spelling {
  /// A word of the vocabulary.
  package struct Known: Hashable, Sendable {
    package let word: String
    /// Documents that have it.
    package let documents: Int

    package init(word: String, documents: Int) {
      self.word = word
      self.documents = documents
    }
  }

  /// How many words may stand for one.
  package static let maximumWords = 8

  /// A short word may be wrong in one place, a longer one in two; one of three letters or fewer, or a number, not at all.
  package static func allowance(for word: String) -> Int {
    if word.unicodeScalars.allSatisfy({ $0.properties.numericType != nil }) { return 0 }
    switch word.unicodeScalars.count {
    case ..<4: return 0
    case ..<6: return 1
    default: return 2
    }
  }

  /// Everything that differs from a word in one place, written in its own letters and a to z.
  package static func neighbours(of word: String) -> [String] {
    let letters = Array(word.unicodeScalars)
    let alphabet = (UInt8(ascii: "a")...UInt8(ascii: "z")).map { Unicode.Scalar($0) }
    func text(_ scalars: some Sequence<Unicode.Scalar>) -> String { String(String.UnicodeScalarView(scalars)) }
    var found: Set<String> = []
    for index in 0...letters.count {
      let (head, tail) = (letters[..<index], letters[index...])
      for letter in alphabet {
        found.insert(text(head + [letter] + tail))
        if !tail.isEmpty { found.insert(text(head + [letter] + tail.dropFirst())) }
      }
      if !tail.isEmpty { found.insert(text(head + tail.dropFirst())) }
      if tail.count > 1 { found.insert(text(head + [tail[index + 1], tail[index]] + tail.dropFirst(2))) }
    }
    found.remove(word)
    return found.sorted()
  }

  /// What a word may stand for: the ones that begin with it, else the ones that differ least; the most frequent first.
  ///
  /// - Parameters:
  ///   - beginning: words of the vocabulary that begin with it.
  ///   - alike: words of the vocabulary that look like it.
  package static func readings(of word: String, beginning: [Known], alike: [Known]) -> [String] {
    let allowance = allowance(for: word)
    let distances = alike.compactMap { known -> (known: Known, distance: Int)? in
      guard let distance = distance(word, known.word, atMost: allowance), distance > 0 else { return nil }
      return (known, distance)
    }
    // A letter too few at the end is both; what is typed halfway is more often meant.
    let begun = beginning.filter { $0.word != word }.sorted(by: isBetter).prefix(maximumWords).map(\.word)
    guard begun.isEmpty, let least = distances.map(\.distance).min() else { return Array(begun) }
    return distances.filter { $0.distance == least }.map(\.known).sorted(by: isBetter).prefix(maximumWords).map(\.word)
  }

  private static func isBetter(_ left: Known, _ right: Known) -> Bool {
    left.documents == right.documents ? left.word < right.word : left.documents > right.documents
  }

  /// How many letters must be changed, added, left out or exchanged with their neighbour to make one of the other
  /// (optimal string alignment); `nil` when more than `limit`.
  package static func distance(_ left: String, _ right: String, atMost limit: Int) -> Int? {
    let (left, right) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
    guard abs(left.count - right.count) <= limit else { return nil }
    var (before, previous) = ([Int](), Array(0...right.count))
    for row in left.indices {
      var current = [row + 1]
      current.reserveCapacity(right.count + 1)
      for column in right.indices {
        var best = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (left[row] == right[column] ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] { best = min(best, before[column - 1] + 1) }
        current.append(best)
      }
      guard current.min() ?? 0 <= limit else { return nil }
      (before, previous) = (previous, current)
    }
    return previous[right.count] <= limit ? previous[right.count] : nil
  }
}

/// Takes identifiers and prose apart into the words that they are found by.
///
/// `customerIncome_2024` holds `customer`, `income` and `2024`; what stands together without a sign between is a word as a whole too,
/// so that `iPhone` is found by `iphone`. Words are in lower case, without accents, and in the singular.
package enum Words {
  /// Longer ones are cut.
  package static let maximumSizeBytes = 64

  /// The words of a text, in order, those that occur twice twice.
  package static func split(_ text: String) -> [String] { parts(of: text).flatMap(\.words) }

  /// The same without words that say nothing in a sentence.
  package static func splitProse(_ text: String) -> [String] { split(text).filter { !silent.contains($0) } }

  /// What stands together in a text.
  package struct Part: Hashable, Sendable {
    package let pieces: [String]
    /// The pieces as one word; `nil` where there is but one.
    package let whole: String?

    package var words: [String] { pieces + (whole.map { [$0] } ?? []) }
  }

  package static func parts(of text: String) -> [Part] {
    var parts: [Part] = []
    var pieces: [String.UnicodeScalarView] = []
    var current = String.UnicodeScalarView()
    var last = Kind.other

    func endPiece() {
      if !current.isEmpty { pieces.append(current) }
      current = String.UnicodeScalarView()
    }
    func endPart() {
      endPiece()
      if !pieces.isEmpty {
        let whole = pieces.count > 1 ? word(String.UnicodeScalarView(pieces.joined())) : nil
        parts.append(Part(pieces: pieces.map(word), whole: whole))
      }
      pieces = []
    }

    for scalar in text.unicodeScalars {
      let kind = Kind(scalar)
      switch (last, kind) {
      case (_, .mark): continue
      case (_, .other): endPart()
      // Scripts without spaces: each sign by itself.
      case (_, .ideograph), (.ideograph, _): endPart()
      case (.upper, .lower) where current.count > 1:
        // HTTPServer: the last capital begins the next word.
        let first = current.removeLast()
        endPiece()
        current.append(first)
      case (.upper, .lower): break
      case (let before, let now) where before != now: endPiece()
      default: break
      }
      if kind != .other { current.append(scalar) }
      last = kind
    }
    endPart()
    return parts
  }

  // MARK: Scalars

  private enum Kind {
    case lower, upper, digit, ideograph, mark, other

    init(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case 0x61...0x7A: self = .lower
      case 0x41...0x5A: self = .upper
      case 0x30...0x39: self = .digit
      case 0...0x7F: self = .other
      case 0x2E80...0x9FFF, 0xAC00...0xD7A3, 0x20000...0x3FFFD: self = scalar.properties.isAlphabetic ? .ideograph : .other
      default:
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .titlecaseLetter: self = .upper
        case .lowercaseLetter, .modifierLetter, .otherLetter: self = .lower
        case .decimalNumber: self = .digit
        case .nonspacingMark, .spacingMark, .enclosingMark, .format: self = .mark
        default: self = .other
        }
      }
    }
  }

  private static func word(_ scalars: String.UnicodeScalarView) -> String {
    var word = singular(folded(String(scalars).lowercased()))
    while word.utf8.count > maximumSizeBytes { word.unicodeScalars.removeLast() }
    return word
  }

  // MARK: Folding

  /// U+00E0 to U+017F as they are written without accents; · where they stay as they are.
  private static let foldedLetters = Array(
    """
    aaaaaa·ceeeeiiiidnooooo·ouuuuy·yaaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiii\
    ii··jjkkkllllllllllnnnnnnnnnoooooo··rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs
    """.unicodeScalars)

  /// Takes accents off Latin letters in lower case: `café` becomes `cafe`, `größe` `grosse`. Accents that are scalars of their own are no
  /// part of words.
  static func folded(_ word: String) -> String {
    guard !word.utf8.allSatisfy({ $0 < 0x80 }) else { return word }
    var folded = String.UnicodeScalarView()
    for scalar in word.unicodeScalars {
      switch scalar.value {
      case 0xDF: folded.append(contentsOf: "ss".unicodeScalars)
      case 0xE6: folded.append(contentsOf: "ae".unicodeScalars)
      case 0x153: folded.append(contentsOf: "oe".unicodeScalars)
      case 0xE0...0x17F where foldedLetters[Int(scalar.value) - 0xE0].isASCII: folded.append(foldedLetters[Int(scalar.value) - 0xE0])
      // Lowercased, I with a dot is i and a dot.
      case 0x300...0x36F: break
      default: folded.append(scalar)
      }
    }
    return String(folded)
  }

  /// Takes the plural off an English word, by endings alone: `categories` becomes `category`, `loans` `loan`; `status` and `loss` stay.
  package static func singular(_ word: String) -> String {
    let bytes = word.utf8
    guard bytes.count > 3, bytes.last == UInt8(ascii: "s"), bytes.allSatisfy({ $0 < 0x80 }) else { return word }
    func cut(_ count: Int, _ ending: String = "") -> String { String(word.dropLast(count)) + ending }
    if word.hasSuffix("ss") || word.hasSuffix("us") || word.hasSuffix("is") { return word }
    if word.hasSuffix("ies") { return bytes.count > 4 ? cut(3, "y") : word }
    if word.hasSuffix("sses") || word.hasSuffix("xes") || word.hasSuffix("ches") || word.hasSuffix("shes") { return cut(2) }
    return cut(1)
  }

  /// English words that are in every sentence.
  package static let silent: Set<String> = [
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "in", "is", "it", "its", "of", "on", "or", "that", "the",
    "this", "to", "was", "were", "which", "will", "with",
  ]
}

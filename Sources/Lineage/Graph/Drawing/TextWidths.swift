/// How wide text is, without a font at hand.
///
/// Measured as DejaVu Sans, the widest of the fonts that pictures ask for (Helvetica, Arial and Liberation Sans need a tenth less): whichever
/// of them is there, what is measured to fit does fit.
package enum TextWidths {
  /// In the unit of `size`.
  package static func width(_ text: String, size: Double, isBold: Bool = false) -> Double {
    var sum = 0
    for scalar in text.unicodeScalars { sum += thousandths(scalar, isBold: isBold) }
    return Double(sum) * size / 1_000
  }

  /// The text if it is at most so wide, else its beginning and its end with `…` between, since names differ at both.
  package static func shortened(_ text: String, to width: Double, size: Double, isBold: Bool = false) -> String {
    // Nothing longer fits into any box; that much need not be measured.
    let isLong = text.utf8.count > 2_000
    if !isLong, self.width(text, size: size, isBold: isBold) <= width { return text }
    let beginning = Array(isLong ? text.prefix(300) : text[...])
    let ending = Array(isLong ? text.suffix(300) : text[...])
    // The most characters that fit, a few more of them at the beginning.
    var low = 0
    var high = isLong ? 600 : beginning.count
    func cut(_ kept: Int) -> String {
      let first = (kept + 1) / 2
      return String(beginning.prefix(first)) + "…" + String(ending.suffix(kept - first))
    }
    while low < high {
      let middle = (low + high + 1) / 2
      if self.width(cut(middle), size: size, isBold: isBold) <= width { low = middle } else { high = middle - 1 }
    }
    return cut(low)
  }

  private static func thousandths(_ scalar: Unicode.Scalar, isBold: Bool) -> Int {
    let value = scalar.value
    for (row, range) in ranges.enumerated() where range.contains(value) {
      return Int((isBold ? bold : regular)[row][Int(value - range.lowerBound)])
    }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    // Ideographs fill a square; emoji are wider than one.
    default: return value >= 0x1F000 ? 1_400 : value >= 0xFFFD ? 1_030 : 1_000
    }
  }
}

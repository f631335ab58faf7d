/// What a reader accepts before it gives up.
package struct JSONLimits: Sendable {
  /// Nested arrays and objects, the outermost counting as one.
  package var maximumDepth: Int
  /// Bytes of text.
  package var maximumSizeBytes: Int
  /// Whether a string may hold U+0000, which Postgres cannot store.
  package var allowsNUL: Bool

  package init(maximumDepth: Int = 128, maximumSizeBytes: Int = 1 << 30, allowsNUL: Bool = false) {
    self.maximumDepth = maximumDepth
    self.maximumSizeBytes = min(maximumSizeBytes, Int(UInt32.max) - 1)
    self.allowsNUL = allowsNUL
  }

  package static let standard = JSONLimits()
}

/// The fonts that a PDF is written with, as the bytes of TrueType files: reading files is the caller's work.
///
/// Debian's `fonts-dejavu-core` has three that fit, under a licence that allows embedding: `DejaVuSans.ttf`, `DejaVuSans-Bold.ttf` and
/// `DejaVuSansMono.ttf`. Where a file is missing (`nil`), a font takes its place that every PDF reader has: Helvetica or Courier, of Western
/// European letters.
package struct ReportFonts: Hashable, Sendable {
  package var regular: [UInt8]?
  package var bold: [UInt8]?
  package var mono: [UInt8]?

  package init(regular: [UInt8]? = nil, bold: [UInt8]? = nil, mono: [UInt8]? = nil) {
    self.regular = regular
    self.bold = bold
    self.mono = mono
  }
}

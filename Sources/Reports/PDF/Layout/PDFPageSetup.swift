/// Measures of pages, in points.
enum PDFPageSetup {
  static let margin = 51.0
  /// Left at the bottom for the page's number.
  static let footer = 30.0
  static let captionRoom = 60.0
  static let bodySize = 9.5
  static let tableSize = 8.0
  static let codeSize = 7.8
  static let captionSize = 8.5
}

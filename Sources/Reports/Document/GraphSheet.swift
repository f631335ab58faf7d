import Lineage

/// On what paper a lineage graph is legible: within the text, or on a page of its own, which lies on its side.
struct GraphSheet {
  /// Points, as wide and as high as the paper is.
  struct Size: Hashable {
    let width: Double
    let height: Double
  }

  static let a4 = Size(width: 595.28, height: 841.89)
  static let a4Landscape = Size(width: 841.89, height: 595.28)
  static let a3Landscape = Size(width: 1190.55, height: 841.89)
  static let a3 = Size(width: 841.89, height: 1190.55)

  /// Below this, the drawing's text of 10 points is hard to read.
  private static let legible = 0.62

  let size: Size
  let needsItsOwn: Bool

  /// The first paper that it is legible on; else the one that it is largest on.
  init(_ drawing: LineageDrawing) {
    let margins = 2 * PDFPageSetup.margin
    func scale(_ size: Size) -> Double {
      min(1, (size.width - margins) / drawing.width, (size.height - margins - PDFPageSetup.captionRoom) / drawing.height)
    }
    let within = min(1, (Self.a4.width - margins) / drawing.width)
    if within >= Self.legible, drawing.height * within <= (Self.a4.height - margins) * 0.7 {
      size = Self.a4
      needsItsOwn = false
      return
    }
    let papers = [Self.a4Landscape, Self.a4, Self.a3Landscape, Self.a3]
    size = papers.first { scale($0) >= Self.legible } ?? papers.max { scale($0) < scale($1) } ?? Self.a3Landscape
    needsItsOwn = true
  }
}

import Foundation
import Testing

@testable import Lineage

/// Pictures as files: the one in the documentation, which must be what is drawn today.
@Suite struct LineagePictureFiles {
  /// `MORAINE_WRITE_PICTURES=1` draws it anew; with the name of a folder, the other examples are written there, to be looked at.
  private static let order = ProcessInfo.processInfo.environment["MORAINE_WRITE_PICTURES"]

  @Test func theDocumentationShowsWhatIsDrawn() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
    let file = root.appending(path: "docs/images/lineage.svg")
    let text = LineageDrawing(LineageExamples.creditRisk()).svgText()
    if Self.order != nil {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let kept = try String(contentsOf: file, encoding: .utf8)
    #expect(kept == text, "docs/images/lineage.svg is old: run this test with MORAINE_WRITE_PICTURES=1 and look at it")
  }

  @Test(.enabled(if: order?.hasPrefix("/") == true)) func examples() throws {
    let folder = URL(filePath: try #require(Self.order))
    let examples: [(String, LineageGraph)] = [
      ("six", LineageExamples.creditRisk()), ("fifty", LineageExamples.fiftyTables()), ("columns", LineageExamples.columns()),
      ("cycle", LineageExamples.cycle()), ("hidden", LineageExamples.hiddenAndLong()),
      ("random", LineageExamples.random(seed: 4, nodes: 40, edges: 60, isHostile: false)),
      ("hostile", LineageExamples.random(seed: 7, nodes: 14, edges: 24)),
    ]
    for (name, graph) in examples {
      try Data(LineageDrawing(graph).svgText().utf8).write(to: folder.appending(path: name + ".svg"))
      try Data(graph.treeText.utf8).write(to: folder.appending(path: name + ".txt"))
      try Data(graph.dotText.utf8).write(to: folder.appending(path: name + ".dot"))
    }
  }
}

import Foundation
import FoundationXML
import Testing

@testable import Lineage

@Suite struct LineageSVGTests {
  /// What an XML parser finds.
  private final class Reader: NSObject, XMLParserDelegate {
    struct Element {
      let name: String
      let attributes: [String: String]
      var text = ""
    }

    private(set) var elements: [Element] = []
    private var open: [Int] = []

    init(_ text: String) throws {
      super.init()
      let parser = XMLParser(data: Data(text.utf8))
      parser.delegate = self
      guard parser.parse() else { throw parser.parserError ?? CancellationError() }
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
    ) {
      open.append(elements.count)
      elements.append(Element(name: name, attributes: attributes))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
      if let last = open.last { elements[last].text += string }
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) { open.removeLast() }

    func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }
    func texts(_ name: String) -> [String] { all(name).map(\.text) }
  }

  @Test func aSmallPicture() throws {
    let graph = LineageGraph(
      focus: "model:m@1",
      nodes: [
        LineageNode(id: "dataset:a.b", kind: .table, label: "a.b", snapshotID: 42, marks: [.pinned]),
        LineageNode(id: "model:m@1", kind: .modelVersion, label: "m@1"),
      ], edges: [LineageEdge(from: "dataset:a.b", to: "model:m@1", label: "train", evidence: .inferred)])
    let svg = try Reader(LineageDrawing(graph).svgText(idPrefix: "one"))
    let root = svg.elements[0]
    #expect(root.name == "svg" && root.attributes["role"] == "img" && root.attributes["aria-labelledby"] == "one-title one-desc")
    #expect(root.attributes["viewBox"] == "0 0 \(root.attributes["width"] ?? "") \(root.attributes["height"] ?? "")")
    #expect(svg.elements[1].text == "Lineage of m@1" && svg.elements[1].attributes["id"] == "one-title")
    #expect(
      svg.elements[2].text == """
        What it was made from (upstream). Data flows from left to right. 2 nodes, 1 edge. table a.b to model version m@1, train (inferred).
        """)
    #expect(
      svg.texts("text") == [
        "Lineage of m@1", "What it was made from (upstream). Data flows from left to right.", "train", "Table", "pinned", "a.b",
        "snapshot 42",
        "Model version", "m@1", "Boxes", "Model version", "Table", "what was asked about", "pinned",
        "must be kept: a model was trained on it", "Arrows", "inferred: concluded, not seen",
      ])
    #expect(
      svg.texts("title") == [
        "Lineage of m@1", "dataset:a.b → model:m@1: train, inferred (concluded, not seen)",
        "dataset:a.b → model:m@1: train, inferred (concluded, not seen)", "Table a.b · snapshot 42 · pinned · dataset:a.b",
        "Model version m@1 · model:m@1",
      ])
    let dashed = svg.all("path").filter { $0.attributes["stroke-dasharray"] == "7 4.5" }
    #expect(dashed.count == 2, "the edge, and the legend's sample")
    // The focus, and the legend's sample of it.
    #expect(svg.all("rect").filter { $0.attributes["stroke-width"] == "2.6" }.count == 2)
    #expect(svg.all("g").map { $0.attributes["class"] } == ["background", "heading", "edge", "edge-label", "node", "node", "legend"])
  }

  /// Dark only on screens: what is printed is light, whatever the reader prefers.
  @Test func paperIsLight() throws {
    let svg = try Reader(LineageDrawing(LineageExamples.creditRisk()).svgText())
    let style = try #require(svg.texts("style").first)
    #expect(style.hasPrefix("@media screen and (prefers-color-scheme: dark) {") && style.contains(".ml-f-paper{fill:#12161b}"))
    #expect(style.count { $0 == "{" } == style.count { $0 == "}" })
    let ground = try #require(svg.all("rect").first)
    #expect(ground.attributes["fill"] == "#ffffff" && ground.attributes["class"] == "ml-f-paper")
    #expect(ground.attributes["width"] == svg.elements[0].attributes["width"])
  }

  @Test func longNamesAreWholeInTooltips() throws {
    let graph = LineageExamples.hiddenAndLong()
    let svg = try Reader(LineageDrawing(graph).svgText())
    for node in graph.nodes { #expect(svg.texts("title").contains { $0.contains(node.label) }) }
    #expect(svg.texts("text").contains("curated.europe…_features_v12"))
    #expect(svg.texts("title").contains { $0.contains("<script>alert(\"1\")</script> & 'more'") })
    #expect(svg.all("script").isEmpty)
  }

  @Test func anEmptyGraphSaysSo() throws {
    let svg = try Reader(LineageDrawing(LineageGraph()).svgText())
    #expect(svg.texts("text") == ["Lineage", "Nothing is known."])
  }

  /// Whatever names are, the document is well-formed, loads nothing, and says each name; all numbers are within the picture.
  @Test(arguments: UInt64(1)...60) func anythingIsWellFormed(seed: UInt64) throws {
    let graph = LineageExamples.random(seed: seed, nodes: Int(seed % 20), edges: Int(seed % 31))
    let text = LineageDrawing(graph).svgText()
    let svg = try Reader(text)
    #expect(Set(svg.elements.map(\.name)).isSubset(of: ["svg", "title", "desc", "style", "g", "rect", "path", "text"]))
    #expect(!svg.elements.contains { $0.attributes.keys.contains { $0.hasPrefix("on") || $0.hasSuffix("href") } })
    #expect(svg.all("g").count { $0.attributes["class"] == "node" } == graph.nodes.count)
    // By bytes: a name may begin with a mark that joins what is before it.
    let titles = svg.texts("title").joined(separator: "\n")
    for node in graph.nodes where !node.label.isEmpty {
      #expect(titles.range(of: PlainText.of(node.label), options: .literal) != nil)
    }
    let width = try #require(Double(svg.elements[0].attributes["width"] ?? ""))
    let height = try #require(Double(svg.elements[0].attributes["height"] ?? ""))
    for rect in svg.all("rect") {
      let numbers = try ["x", "y", "width", "height"].map { try #require(Double(rect.attributes[$0] ?? "")) }
      #expect(numbers[0] >= 0 && numbers[1] >= 0 && numbers[0] + numbers[2] <= width + 0.1 && numbers[1] + numbers[3] <= height + 0.1)
    }
  }
}

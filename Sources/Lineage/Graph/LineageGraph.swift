/// What came from what, as far as somebody asked and may see: a value to be written as JSON, as a tree, for Graphviz, or drawn.
///
/// Edges go in the direction of data flow. There may be cycles, several edges between two nodes, and edges from a node to itself.
package struct LineageGraph: Hashable, Sendable {
  /// Which way was followed from the focus.
  package enum Direction: String, Sendable, CaseIterable { case upstream, downstream, both }

  /// The id of the node that was asked about; `nil` when the graph is of no node in particular.
  package var focus: String?
  package var direction: Direction
  /// Whether there is more than is told here, because the graph was cut at a depth or a size.
  package var isCut: Bool
  /// Each id once. The order is that of reading where nothing else decides.
  package var nodes: [LineageNode]
  /// Edges whose ends are not among the nodes are not drawn, and refused in JSON.
  package var edges: [LineageEdge]

  package init(
    focus: String? = nil, direction: Direction = .upstream, isCut: Bool = false, nodes: [LineageNode] = [], edges: [LineageEdge] = []
  ) {
    self.focus = focus
    self.direction = direction
    self.isCut = isCut
    self.nodes = nodes
    self.edges = edges
  }

  /// Where each node stands; of nodes with the same id the first.
  var places: [String: Int] {
    Dictionary(nodes.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
  }

  /// Such as `Lineage of credit-risk@7`.
  package var title: String {
    guard let focus else { return "Lineage" }
    return "Lineage of " + (nodes.first { $0.id == focus }?.label ?? focus)
  }
}

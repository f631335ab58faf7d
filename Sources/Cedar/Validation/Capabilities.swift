/// What earlier tests have shown to be there: optional attributes and tags (Cedar documentation, "Validation": capabilities).
struct Capabilities {
  private struct Capability: Hashable {
    enum Key: Hashable {
      case attribute(Text)
      case tag(Expression)
    }

    let expression: Expression
    let key: Key
    /// Reckoned once: expressions may be long, and sets of capabilities are joined again and again.
    private let hash: Int

    init(expression: Expression, key: Key) {
      self.expression = expression
      self.key = key
      var hasher = Hasher()
      hasher.combine(expression)
      hasher.combine(key)
      hash = hasher.finalize()
    }

    static func == (left: Capability, right: Capability) -> Bool {
      left.hash == right.hash && left.key == right.key && left.expression == right.expression
    }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
  }

  private var known: Set<Capability> = []

  static let none = Capabilities()

  static func attribute(_ name: Text, of expression: Expression) -> Capabilities {
    Capabilities(known: [Capability(expression: expression, key: .attribute(name))])
  }

  static func tag(_ tag: Expression, of expression: Expression) -> Capabilities {
    Capabilities(known: [Capability(expression: expression, key: .tag(tag))])
  }

  func hasAttribute(_ name: Text, of expression: Expression) -> Bool {
    !known.isEmpty && known.contains(Capability(expression: expression, key: .attribute(name)))
  }

  func hasTag(_ tag: Expression, of expression: Expression) -> Bool {
    !known.isEmpty && known.contains(Capability(expression: expression, key: .tag(tag)))
  }

  func union(_ other: Capabilities) -> Capabilities {
    if other.known.isEmpty { return self }
    return known.isEmpty ? other : Capabilities(known: known.union(other.known))
  }

  func intersection(_ other: Capabilities) -> Capabilities { Capabilities(known: known.intersection(other.known)) }
}

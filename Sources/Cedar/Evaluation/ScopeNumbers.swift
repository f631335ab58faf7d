/// Numbers for what scopes ask of one of principal and resource: all that ask the same share a number, and 0 is for those that ask nothing.
///
/// For an entity it tells the numbers of what holds for it, at one look-up for itself and each of its ancestors.
struct ScopeNumbers: Sendable {
  /// What scopes ask that names one entity; 0 where none does.
  struct Anchor: Sendable {
    var equal: UInt32 = 0
    var within: UInt32 = 0
    var typedWithin: [(type: EntityTypeName, number: UInt32)] = []
  }

  private let anchors: EntityTable<Anchor>
  private let types: [EntityTypeName: UInt32]
  /// How many numbers there are, 0 included.
  let count: Int

  /// Hands out numbers.
  struct Builder {
    /// In the order first met, as links of many resources are given in the order in which the resources are asked for.
    fileprivate var anchors: [(EntityUID, Anchor)] = []
    private var positions: [EntityUID: Int] = [:]
    fileprivate var types: [EntityTypeName: UInt32] = [:]
    fileprivate var count: UInt32 = 0

    mutating func number(of test: ScopeTest) -> UInt32 {
      switch test {
      case .any: return 0
      case .equal(let uid):
        let position = position(of: uid)
        return Self.known(&anchors[position].1.equal, &count)
      case .in(let uid):
        let position = position(of: uid)
        return Self.known(&anchors[position].1.within, &count)
      case .isType(let type): return Self.known(&types[type, default: 0], &count)
      case .isTypeIn(let type, let uid):
        let position = position(of: uid)
        if let found = anchors[position].1.typedWithin.first(where: { $0.type == type }) { return found.number }
        count += 1
        anchors[position].1.typedWithin.append((type, count))
        return count
      }
    }

    private mutating func position(of uid: EntityUID) -> Int {
      if let known = positions[uid] { return known }
      positions[uid] = anchors.count
      anchors.append((uid, Anchor()))
      return anchors.count - 1
    }

    private static func known(_ number: inout UInt32, _ count: inout UInt32) -> UInt32 {
      if number == 0 {
        count += 1
        number = count
      }
      return number
    }
  }

  init(_ builder: Builder) {
    anchors = EntityTable(unique: builder.anchors)
    types = builder.types
    count = Int(builder.count) + 1
  }

  /// The numbers of everything that holds for this entity, each once.
  func numbers(for uid: EntityUID, _ entity: Entity?) -> [UInt32] {
    var numbers: [UInt32] = []
    numbers.reserveCapacity(8)
    append(uid.type, entity?.ancestors ?? .empty, to: &numbers)
    if let anchor = anchor(of: uid) { append(itself: uid, anchor, to: &numbers) }
    return numbers
  }

  /// Adds the numbers of everything that holds for every entity of this type with these ancestors.
  func append(_ type: EntityTypeName, _ ancestors: EntitySet, to numbers: inout [UInt32]) {
    numbers.append(0)
    if !types.isEmpty, let number = types[type] { numbers.append(number) }
    guard !anchors.keys.isEmpty else { return }
    for index in ancestors.elements.indices {
      if let position = anchors.position(of: ancestors.elements[index]) { appendWithin(position, type, to: &numbers) }
    }
  }

  /// Where it is kept what scopes ask that name this entity.
  func anchor(of uid: EntityUID) -> Int? { anchors.position(of: uid) }

  /// Adds the numbers of everything that holds for this entity because scopes name it; `position` is its anchor.
  func append(itself uid: EntityUID, _ position: Int, to numbers: inout [UInt32]) {
    if anchors.values[position].equal > 0 { numbers.append(anchors.values[position].equal) }
    appendWithin(position, uid.type, to: &numbers)
  }

  private func appendWithin(_ position: Int, _ type: EntityTypeName, to numbers: inout [UInt32]) {
    if anchors.values[position].within > 0 { numbers.append(anchors.values[position].within) }
    for typed in anchors.values[position].typedWithin where typed.type == type { numbers.append(typed.number) }
  }

  /// The entities that scopes name with a number that `isWanted`.
  func entities(named isWanted: [Bool]) -> [EntityUID] {
    anchors.keys.indices.compactMap { position in
      let anchor = anchors.values[position]
      let isNamed =
        isWanted[Int(anchor.equal)] || isWanted[Int(anchor.within)] || anchor.typedWithin.contains { isWanted[Int($0.number)] }
      return isNamed ? anchors.keys[position] : nil
    }
  }
}

/// Numbers for what scopes ask of the action; 0 is for those that ask nothing.
struct ActionNumbers: Sendable {
  /// Which askings an action answers by being this one, and by being within it.
  struct Anchor: Sendable {
    var equal: [Int] = []
    var within: [Int] = []
  }

  private let anchors: EntityTable<Anchor>
  private let count: Int

  /// Hands out numbers.
  struct Builder {
    fileprivate var anchors: [EntityUID: Anchor] = [:]
    private var known: [ActionConstraint: Int] = [.any: 0]
    fileprivate var count: Int { known.count }

    mutating func number(of constraint: ActionConstraint) -> Int {
      if let number = known[constraint] { return number }
      let number = known.count
      known[constraint] = number
      switch constraint {
      case .any: break
      case .equal(let uid): anchors[uid, default: Anchor()].equal.append(number)
      case .in(let uid): anchors[uid, default: Anchor()].within.append(number)
      case .inAny(let uids): for uid in Set(uids) { anchors[uid, default: Anchor()].within.append(number) }
      }
      return number
    }
  }

  init(_ builder: Builder) {
    anchors = EntityTable(builder.anchors)
    count = builder.count
  }

  /// Whether each number holds for an action.
  func holding(_ uid: EntityUID, _ entity: Entity?) -> [Bool] {
    var holding = Array(repeating: false, count: count)
    holding[0] = true
    if let anchor = anchors[uid] {
      for number in anchor.equal { holding[number] = true }
      for number in anchor.within { holding[number] = true }
    }
    guard let entity else { return holding }
    for ancestor in entity.ancestors.elements {
      if let anchor = anchors[ancestor] { for number in anchor.within { holding[number] = true } }
    }
    return holding
  }
}

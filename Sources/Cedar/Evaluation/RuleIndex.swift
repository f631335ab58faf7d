/// Finds the rules that can apply to a request by what their scopes name, so that the others are not looked at.
///
/// A rule is filed under what its scope names for the principal (an entity, a type or nothing) and likewise for the resource, and in
/// there under its actions. A request looks under its principal, that one's ancestors and type, and nothing; likewise for the resource.
struct RuleIndex: Sendable {
  /// Numbers of what scopes name; 0 is for scopes that name nothing.
  private struct Anchors: Sendable {
    private(set) var entities: [EntityUID: UInt32] = [:]
    private(set) var types: [EntityTypeName: UInt32] = [:]
    private var count: UInt32 = 0

    mutating func number(of test: ScopeTest) -> UInt32 {
      switch test {
      case .any: return 0
      case .equal(let uid), .in(let uid), .isTypeIn(_, let uid):
        if let known = entities[uid] { return known }
        count += 1
        entities[uid] = count
      case .isType(let type):
        if let known = types[type] { return known }
        count += 1
        types[type] = count
      }
      return count
    }

    func numbers(for uid: EntityUID, _ ancestors: Set<EntityUID>?) -> [UInt32] {
      var numbers: [UInt32] = [0]
      if !types.isEmpty, let number = types[uid.type] { numbers.append(number) }
      guard !entities.isEmpty else { return numbers }
      if let number = entities[uid] { numbers.append(number) }
      guard let ancestors else { return numbers }
      if ancestors.count <= entities.count {
        for ancestor in ancestors { if let number = entities[ancestor], ancestor != uid { numbers.append(number) } }
      } else {
        for (entity, number) in entities where entity != uid && ancestors.contains(entity) { numbers.append(number) }
      }
      return numbers
    }
  }

  /// Rules of one place, by action.
  struct Bucket: Sendable {
    /// Rules for any action, or so few rules that looking at all is quickest.
    var always: [Int32] = []
    var byAction: [EntityUID: [Int32]] = [:]
  }

  private static let searchedOneByOne = 4

  private var principals = Anchors()
  private var resources = Anchors()
  private var buckets: [UInt64: Bucket] = [:]

  init(_ rules: [Rule], _ bodies: [RuleBody]) {
    var filed: [UInt64: [Int32]] = [:]
    for (position, rule) in rules.enumerated() {
      let place = Self.place(principals.number(of: rule.principal), resources.number(of: rule.resource))
      filed[place, default: []].append(Int32(position))
    }
    for (place, positions) in filed {
      guard positions.count > Self.searchedOneByOne else {
        buckets[place] = Bucket(always: positions)
        continue
      }
      var bucket = Bucket()
      for position in positions {
        guard let anchors = bodies[rules[Int(position)].body].action.anchors else {
          bucket.always.append(position)
          continue
        }
        for anchor in Set(anchors) { bucket.byAction[anchor, default: []].append(position) }
      }
      buckets[place] = bucket
    }
  }

  private static func place(_ principal: UInt32, _ resource: UInt32) -> UInt64 { UInt64(principal) << 32 | UInt64(resource) }

  func principalNumbers(_ uid: EntityUID, _ ancestors: Set<EntityUID>?) -> [UInt32] { principals.numbers(for: uid, ancestors) }
  func resourceNumbers(_ uid: EntityUID, _ ancestors: Set<EntityUID>?) -> [UInt32] { resources.numbers(for: uid, ancestors) }

  /// Positions of the rules that can apply, in order, each once.
  func candidates(
    _ principals: [UInt32], _ resources: [UInt32], _ action: EntityUID, _ actionAncestors: Set<EntityUID>?
  ) -> [Int32] {
    var found: [Int32] = []
    var isSorted = true
    func append(_ positions: [Int32]) {
      guard let first = positions.first else { return }
      if let last = found.last, last >= first { isSorted = false }
      found += positions
    }
    for principal in principals {
      for resource in resources {
        guard let bucket = buckets[Self.place(principal, resource)] else { continue }
        append(bucket.always)
        guard !bucket.byAction.isEmpty else { continue }
        if let positions = bucket.byAction[action] { append(positions) }
        for ancestor in actionAncestors ?? [] { if let positions = bucket.byAction[ancestor], ancestor != action { append(positions) } }
      }
    }
    guard !isSorted else { return found }
    found.sort()
    var last: Int32 = -1
    found.removeAll { position in
      defer { last = position }
      return position == last
    }
    return found
  }
}

/// Evaluates the nodes of a program for one request (Cedar documentation, "Operators"; semantics of the Lean model).
///
/// Operators that answer true or false do so as a `Bool`, without a ``Value`` between.
package final class Evaluator {
  let program: Program
  let entities: EntityStore
  let context: Record
  let principal: EntityUID
  let action: EntityUID
  private(set) var resource: EntityUID
  let principalEntity: Entity?
  let actionEntity: Entity?
  /// Not retained, as that is dear where many resources are asked about in turn; `entities` keeps it.
  private var unretainedResource: Unmanaged<Entity>?

  init(program: Program, entities: EntityStore, principal: EntityUID, action: EntityUID, resource: EntityUID, context: Record) {
    self.program = program
    self.entities = entities
    self.context = context
    self.principal = principal
    self.action = action
    self.resource = resource
    principalEntity = entities[principal]
    actionEntity = entities[action]
    unretainedResource = entities.unretained(resource)
  }

  var resourceEntity: Entity? { unretainedResource?.takeUnretainedValue() }

  /// The ancestors of the resource; none of one that does not exist.
  var resourceAncestors: EntitySet { unretainedResource?._withUnsafeGuaranteedRef { $0.ancestors } ?? .empty }

  /// The same question about another resource.
  func setResource(_ uid: EntityUID, _ entity: Unmanaged<Entity>?) {
    resource = uid
    unretainedResource = entity
  }

  // MARK: Values

  func value(_ index: Int32) throws(EvaluationError) -> Value {
    let node = program.nodes[Int(index)]
    switch node.operation {
    case .constant: return program.constants[Int(node.a)]
    case .principal: return .entity(principal)
    case .action: return .entity(action)
    case .resource: return .entity(resource)
    case .context: return .record(context)
    case .attribute: return try attribute(node, index)
    case .negate:
      let operand = try long(node.a)
      guard operand != .min else { throw error(.negationOverflow(operand), index) }
      return .long(-operand)
    case .conditional: return try value(try bool(node.a) ? node.b : node.c)
    case .set: return .set(ValueSet(try values(node)))
    case .record:
      let values = try values(node)
      return .record(Record(values.indices.map { (program.texts[Int(node.c) + $0], values[$0]) }))
    case .call:
      switch ExtensionCalls.call(program.functions[Int(node.c)], try values(node)) {
      case .success(let value): return value
      case .failure(let failure): throw error(failure.kind, index)
      }
    case .binary:
      switch BinaryOperator(rawValue: UInt8(node.c)) {
      case .add?, .subtract?, .multiply?: return .long(try arithmetic(node, index))
      case .getTag?: return try tag(node, index)
      default: return .bool(try bool(index))
      }
    case .unlinked: throw error(.unlinkedSlot, index)
    case .not, .isEmpty, .and, .or, .has, .like, .isType: return .bool(try bool(index))
    }
  }

  private func values(_ node: Program.Node) throws(EvaluationError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(Int(node.b))
    for position in node.a..<node.a + node.b { values.append(try value(program.operands[Int(position)])) }
    return values
  }

  private func arithmetic(_ node: Program.Node, _ index: Int32) throws(EvaluationError) -> Int64 {
    // Both operands are evaluated before their types are asked for.
    let (first, second) = (try value(node.a), try value(node.b))
    guard case .long(let left) = first else { throw mismatch("Long", first, node.a) }
    guard case .long(let right) = second else { throw mismatch("Long", second, node.b) }
    let symbol = BinaryOperator(rawValue: UInt8(node.c)) ?? .add
    let (result, overflow) =
      switch symbol {
      case .subtract: left.subtractingReportingOverflow(right)
      case .multiply: left.multipliedReportingOverflow(by: right)
      default: left.addingReportingOverflow(right)
      }
    guard !overflow else { throw error(.overflow(symbol, left, right), index) }
    return result
  }

  private func long(_ index: Int32) throws(EvaluationError) -> Int64 {
    let operand = try value(index)
    guard case .long(let number) = operand else { throw mismatch("Long", operand, index) }
    return number
  }

  private func attribute(_ node: Program.Node, _ index: Int32) throws(EvaluationError) -> Value {
    let name = program.texts[Int(node.b)]
    // Attributes of the request's own entities, the most frequent, need no value between.
    switch program.nodes[Int(node.a)].operation {
    case .resource:
      if let found = unretainedResource?._withUnsafeGuaranteedRef({ $0.attributes[name] }) { return found }
    case .principal:
      if let found = principalEntity?.attributes[name] { return found }
    default: break
    }
    switch try value(node.a) {
    case .record(let record):
      guard let found = record[name] else { throw error(.missingAttribute(name, of: nil), index) }
      return found
    case .entity(let uid):
      guard let entity = entity(uid) else { throw error(.missingEntity(uid), index) }
      guard let found = entity.attributes[name] else { throw error(.missingAttribute(name, of: uid), index) }
      return found
    case let other: throw mismatch("Record or an entity", other, node.a)
    }
  }

  private func tag(_ node: Program.Node, _ index: Int32) throws(EvaluationError) -> Value {
    let (uid, name) = try tagOperands(node)
    guard let entity = entity(uid) else { throw error(.missingEntity(uid), index) }
    guard let found = entity.tags[name] else { throw error(.missingTag(name, of: uid), index) }
    return found
  }

  private func tagOperands(_ node: Program.Node) throws(EvaluationError) -> (EntityUID, Text) {
    let (target, name) = (try value(node.a), try value(node.b))
    guard case .entity(let uid) = target else { throw mismatch("an entity", target, node.a) }
    guard case .string(let text) = name else { throw mismatch("String", name, node.b) }
    return (uid, text)
  }

  @inline(__always)
  func entity(_ uid: EntityUID) -> Entity? {
    if uid.isSameObject(as: principal) { return principalEntity }
    if uid.isSameObject(as: resource) { return resourceEntity }
    return entities[uid]
  }

  func error(_ kind: EvaluationError.Kind, _ index: Int32) -> EvaluationError {
    EvaluationError(kind: kind, range: program.ranges[Int(index)])
  }

  func mismatch(_ expected: String, _ found: Value, _ index: Int32) -> EvaluationError {
    error(.typeMismatch(expected: expected, found: found.typeName), index)
  }
}

// MARK: Truth

extension Evaluator {
  /// The value at `index`, which must be true or false.
  func bool(_ index: Int32) throws(EvaluationError) -> Bool {
    let node = program.nodes[Int(index)]
    switch node.operation {
    case .not: return !(try bool(node.a))
    case .and:
      for position in node.a..<node.a + node.b where !(try bool(program.operands[Int(position)])) { return false }
      return true
    case .or:
      for position in node.a..<node.a + node.b where try bool(program.operands[Int(position)]) { return true }
      return false
    case .has: return try has(node)
    case .like:
      let operand = try value(node.a)
      guard case .string(let text) = operand else { throw mismatch("String", operand, node.a) }
      return program.patterns[Int(node.b)].matches(text.string)
    case .isType:
      let operand = try value(node.a)
      guard case .entity(let uid) = operand else { throw mismatch("an entity", operand, node.a) }
      guard uid.type == program.types[Int(node.b)] else { return false }
      return node.c < 0 ? true : try isIn(uid, try value(node.c), node.c)
    case .isEmpty: return try set(node.a).isEmpty
    case .conditional: return try bool(try bool(node.a) ? node.b : node.c)
    case .binary:
      guard let symbol = BinaryOperator(rawValue: UInt8(node.c)), symbol.isPredicate else { break }
      return try predicate(symbol, node, index)
    default: break
    }
    let result = try value(index)
    guard case .bool(let truth) = result else { throw mismatch("Bool", result, index) }
    return truth
  }

  private func predicate(_ symbol: BinaryOperator, _ node: Program.Node, _ index: Int32) throws(EvaluationError) -> Bool {
    switch symbol {
    case .equal: return try value(node.a) == value(node.b)
    case .notEqual: return try value(node.a) != value(node.b)
    case .less, .lessOrEqual, .greater, .greaterOrEqual: return try compare(symbol, node, index)
    case .in:
      let (left, right) = (try value(node.a), try value(node.b))
      guard case .entity(let uid) = left else { throw mismatch("an entity", left, node.a) }
      return try isIn(uid, right, node.b)
    case .contains:
      let (left, right) = (try value(node.a), try value(node.b))
      guard case .set(let set) = left else { throw mismatch("Set", left, node.a) }
      return set.contains(right)
    case .containsAll, .containsAny:
      let (left, right) = (try value(node.a), try value(node.b))
      guard case .set(let first) = left else { throw mismatch("Set", left, node.a) }
      guard case .set(let second) = right else { throw mismatch("Set", right, node.b) }
      return symbol == .containsAll ? first.isSuperset(of: second) : first.intersects(second)
    default:
      let (uid, name) = try tagOperands(node)
      return entity(uid)?.tags[name] != nil
    }
  }

  private func set(_ index: Int32) throws(EvaluationError) -> ValueSet {
    let operand = try value(index)
    guard case .set(let set) = operand else { throw mismatch("Set", operand, index) }
    return set
  }

  private func compare(_ symbol: BinaryOperator, _ node: Program.Node, _ index: Int32) throws(EvaluationError) -> Bool {
    let (left, right) = (try value(node.a), try value(node.b))
    switch (left, right) {
    case (.long(let first), .long(let second)): return symbol.holds(first, second)
    case (.extension(.datetime(let first)), .extension(.datetime(let second))): return symbol.holds(first, second)
    case (.extension(.duration(let first)), .extension(.duration(let second))): return symbol.holds(first, second)
    default: throw error(.incomparable(left: left.typeName, right: right.typeName), index)
    }
  }

  private func has(_ node: Program.Node) throws(EvaluationError) -> Bool {
    var target = try value(node.a)
    for position in node.b..<node.b + node.c {
      let name = program.texts[Int(position)]
      let found: Value?
      switch target {
      case .record(let record): found = record[name]
      case .entity(let uid): found = entity(uid)?.attributes[name]
      default: throw mismatch("Record or an entity", target, node.a)
      }
      guard let found else { return false }
      target = found
    }
    return true
  }

  /// `uid in right`: the same entity, even one that does not exist, or a descendant; of any element where `right` is a set.
  private func isIn(_ uid: EntityUID, _ right: Value, _ index: Int32) throws(EvaluationError) -> Bool {
    switch right {
    case .entity(let ancestor): return uid == ancestor || entity(uid)?.ancestors.contains(ancestor) == true
    case .set(let set):
      // Every element must be an entity, those after a match too.
      for element in set.elements {
        guard case .entity = element else { throw mismatch("an entity", element, index) }
      }
      let ancestors = entity(uid)?.ancestors
      return set.elements.contains { element in
        guard case .entity(let ancestor) = element else { return false }
        return uid == ancestor || ancestors?.contains(ancestor) == true
      }
    default: throw mismatch("an entity or a set of entities", right, index)
    }
  }
}

extension BinaryOperator {
  /// Answers true or false.
  fileprivate var isPredicate: Bool {
    switch self {
    case .add, .subtract, .multiply, .getTag: false
    default: true
    }
  }

  fileprivate func holds<T: Comparable>(_ left: T, _ right: T) -> Bool {
    switch self {
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    default: left >= right
    }
  }
}

/// A field that a reader wants, found in the writer's schema by id (table spec, "Avro", "field-id"), or by name where ids are missing.
struct AvroWantedField: Sendable {
  indirect enum Shape: Sendable {
    /// `int` of the specification; `long` is taken as long as its values fit.
    case int
    case long
    case bool
    case text
    case bytes
    /// A list of `int`.
    case ints
    /// A map from `int` to `long`, as a list of pairs (table spec, "Avro", maps whose keys are no strings). Of the keys given only.
    case longsByInt(Set<Int32>)
    /// The same to `bytes`.
    case bytesByInt(Set<Int32>)
    case record([AvroWantedField])
  }

  let id: Int32
  let name: String
  let shape: Shape
  /// Where its value goes in an ``AvroRow``. A record has none.
  let slot: Int

  static func value<Slot: RawRepresentable<Int>>(_ id: Int32, _ name: String, _ shape: Shape, _ slot: Slot) -> AvroWantedField {
    AvroWantedField(id: id, name: name, shape: shape, slot: slot.rawValue)
  }

  static func record(_ id: Int32, _ name: String, _ fields: [AvroWantedField]) -> AvroWantedField {
    AvroWantedField(id: id, name: name, shape: .record(fields), slot: -1)
  }
}

/// The writer's schema compiled to a program that stores the fields wanted and steps over all others.
///
/// A type that takes no bytes compiles to nothing. So any other takes one at least, and counts can be checked against what is left.
struct AvroProjection {
  enum Step {
    case skipBytes(Int)
    case skipNumber
    case skipPrefixed
    /// The item's steps follow, `length` of them; `leastItemSize` is 0 or 1.
    case skipArray(length: Int, leastItemSize: Int)
    /// As an array, each item after a text.
    case skipMap(length: Int)
    /// A `jump` for each branch follows, then the branches, `length` steps in all.
    case union(branches: Int, length: Int)
    /// The branch's steps, counted from the `union`.
    case jump(start: Int, end: Int)
    case storeInt(Int)
    case storeLong(Int)
    case storeBool(Int)
    case storeText(Int)
    case storeBytes(Int)
    case storeInts(Int)
    case storePairs(Int, keys: Set<Int32>, areLongs: Bool)
  }

  private(set) var steps: [Step] = []
  let slots: Int

  init(_ type: AvroType, wanted: [AvroWantedField], slots: Int) throws(AvroError) {
    guard case .record(let name, let fields) = type else { throw .malformed("The file holds \(type.name), not records") }
    self.slots = slots
    try project(fields, of: name, onto: wanted)
  }

  private mutating func project(_ fields: [AvroField], of record: String, onto wanted: [AvroWantedField]) throws(AvroError) {
    var found = Set<Int32>()
    for field in fields {
      let target = wanted.first { if let id = field.id { id == $0.id } else { field.name == $0.name } }
      guard let target else {
        skip(field.type)
        continue
      }
      guard found.insert(target.id).inserted else { throw .malformed("Record \(record) has field id \(target.id) twice") }
      try store(field.type, as: target)
    }
  }

  private mutating func store(_ type: AvroType, as target: AvroWantedField) throws(AvroError) {
    switch (type, target.shape) {
    case (.int, .int), (.long, .int), (.enumeration, .int): steps.append(.storeInt(target.slot))
    case (.int, .long), (.long, .long): steps.append(.storeLong(target.slot))
    case (.boolean, .bool): steps.append(.storeBool(target.slot))
    case (.string, .text), (.bytes, .text): steps.append(.storeText(target.slot))
    case (.string, .bytes), (.bytes, .bytes): steps.append(.storeBytes(target.slot))
    case (.array(.int), .ints), (.array(.long), .ints): steps.append(.storeInts(target.slot))
    case (.array(.record(_, let pair)), .longsByInt(let keys)) where Self.isPair(pair, ofLongs: true):
      steps.append(.storePairs(target.slot, keys: keys, areLongs: true))
    case (.array(.record(_, let pair)), .bytesByInt(let keys)) where Self.isPair(pair, ofLongs: false):
      steps.append(.storePairs(target.slot, keys: keys, areLongs: false))
    case (.record(let name, let fields), .record(let wanted)): try project(fields, of: name, onto: wanted)
    case (.union(let branches), _):
      try union(branches) { (projection, branch) throws(AvroError) in
        if case .null = branch { return }
        try projection.store(branch, as: target)
      }
    default: throw .unsupported("Field \"\(target.name)\" (\(target.id)) has Avro type \(type.name)")
    }
  }

  private static func isPair(_ fields: [AvroField], ofLongs: Bool) -> Bool {
    guard fields.count == 2 else { return false }
    switch (fields[0].type, fields[1].type, ofLongs) {
    case (.int, .long, true), (.int, .int, true), (.int, .bytes, false): return true
    default: return false
    }
  }

  private mutating func union(
    _ branches: [AvroType], _ body: (inout AvroProjection, AvroType) throws(AvroError) -> Void
  ) throws(AvroError) {
    let start = steps.count
    steps.append(.union(branches: branches.count, length: 0))
    for _ in branches { steps.append(.jump(start: 0, end: 0)) }
    for (index, branch) in branches.enumerated() {
      let from = steps.count
      try body(&self, branch)
      steps[start + 1 + index] = .jump(start: from - start, end: steps.count - start)
    }
    steps[start] = .union(branches: branches.count, length: steps.count - start - 1)
  }

  private mutating func skip(_ type: AvroType) {
    switch type {
    case .null, .fixed(0): return
    case .boolean: skipBytes(1)
    case .float: skipBytes(4)
    case .double: skipBytes(8)
    case .fixed(let size): skipBytes(size)
    case .int, .long, .enumeration: steps.append(.skipNumber)
    case .bytes, .string: steps.append(.skipPrefixed)
    case .record(_, let fields): for field in fields { skip(field.type) }
    case .array(let item):
      let length = nested { $0.skip(item) }
      steps[steps.count - length - 1] = .skipArray(length: length, leastItemSize: length == 0 ? 0 : 1)
    case .map(let value):
      let length = nested { $0.skip(value) }
      steps[steps.count - length - 1] = .skipMap(length: length)
    case .union(let branches):
      // Skipping does not throw, but `union` serves both; there is nothing to catch.
      try? union(branches) { projection, branch in projection.skip(branch) }
    }
  }

  private mutating func skipBytes(_ count: Int) { steps.append(.skipBytes(count)) }

  /// Leaves a place for the head of an item's steps, and says how many they are.
  private mutating func nested(_ body: (inout AvroProjection) -> Void) -> Int {
    let start = steps.count
    steps.append(.skipNumber)
    body(&self)
    return steps.count - start - 1
  }
}

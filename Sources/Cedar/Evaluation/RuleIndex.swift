/// Finds the rules whose scope holds for a request, without looking at the others.
///
/// Rules are filed by the numbers of what their scopes ask of principal and resource. A request looks where the numbers lead that hold for
/// its principal and its resource; what it finds there needs its action compared, as a number too, and no other test.
struct RuleIndex: Sendable {
  struct Entry: Sendable {
    /// Position of the rule.
    var rule: Int32
    /// Index of its body.
    var body: Int32
    /// Number of what its scope asks of the action.
    var action: Int32
  }

  let principals: ScopeNumbers
  let resources: ScopeNumbers
  let actions: ActionNumbers
  private let files: [[Entry]]
  /// Open addressing: what is asked of principal and resource, and the file for it, -1 for none; a power of two, at least twice the files.
  private let slots: [(place: UInt64, file: Int32)]

  init(_ rules: [Rule]) {
    var principals = ScopeNumbers.Builder()
    var resources = ScopeNumbers.Builder()
    var actions = ActionNumbers.Builder()
    var places: [UInt64: Int] = [:]
    var files: [[Entry]] = []
    for (position, rule) in rules.enumerated() {
      let place = Self.place(principals.number(of: rule.principal), resources.number(of: rule.resource))
      let entry = Entry(rule: Int32(position), body: Int32(rule.body), action: Int32(actions.number(of: rule.action)))
      if let file = places[place] {
        files[file].append(entry)
      } else {
        places[place] = files.count
        files.append([entry])
      }
    }
    self.principals = ScopeNumbers(principals)
    self.resources = ScopeNumbers(resources)
    self.actions = ActionNumbers(actions)
    self.files = files
    slots = Self.slots(places)
  }

  @inline(__always)
  private static func place(_ principal: UInt32, _ resource: UInt32) -> UInt64 { UInt64(principal) << 32 | UInt64(resource) }

  private static func slots(_ places: [UInt64: Int]) -> [(place: UInt64, file: Int32)] {
    var capacity = 4
    while capacity < places.count * 2 { capacity *= 2 }
    var slots = Array(repeating: (place: UInt64(0), file: Int32(-1)), count: capacity)
    for (place, file) in places {
      var slot = home(place) & (capacity - 1)
      while slots[slot].file >= 0 { slot = (slot + 1) & (capacity - 1) }
      slots[slot] = (place, Int32(file))
    }
    return slots
  }

  @inline(__always)
  private static func home(_ place: UInt64) -> Int { Int(truncatingIfNeeded: (place &* 0x9E37_79B9_7F4A_7C15) >> 32) }

  /// How much there is to go through for ``resourceNumbers(besides:)``.
  var slotCount: Int { slots.count }

  /// Whether what a number above 0 asks of the resource is asked by rules that ask one of `principals` of the principal, in time linear in all rules.
  func resourceNumbers(besides principals: [UInt32]) -> [Bool] {
    var found = Array(repeating: false, count: resources.count)
    for slot in slots where slot.file >= 0 && principals.contains(UInt32(slot.place >> 32)) {
      found[Int(UInt32(truncatingIfNeeded: slot.place))] = true
    }
    found[0] = false
    return found
  }

  /// The same for rules whose bodies are wanted and that ask of the action what holds.
  func resourceNumbers(besides principals: [UInt32], actions: [Bool], _ isWanted: (Int32) -> Bool) -> [Bool] {
    var found = Array(repeating: false, count: resources.count)
    for slot in slots where slot.file >= 0 && principals.contains(UInt32(slot.place >> 32)) {
      let isFound = files[Int(slot.file)].contains { actions[Int($0.action)] && isWanted($0.body) }
      if isFound { found[Int(UInt32(truncatingIfNeeded: slot.place))] = true }
    }
    found[0] = false
    return found
  }

  /// Adds the rules that ask these two things of principal and resource, and of the action what holds.
  @inline(__always)
  func append(_ principal: UInt32, _ resource: UInt32, _ actions: [Bool], to entries: inout [Entry]) {
    let place = Self.place(principal, resource)
    let mask = slots.count - 1
    var slot = Self.home(place) & mask
    while slots[slot].file >= 0 {
      guard slots[slot].place == place else {
        slot = (slot + 1) & mask
        continue
      }
      for entry in files[Int(slots[slot].file)] where actions[Int(entry.action)] { entries.append(entry) }
      return
    }
  }
}

import TransparencyLog

extension Provenance {
  /// Canonical JSON, of the form of PROV-JSON.
  /// - Throws: ``ReportError/unknownProvenance(_:)`` if a prefix is not declared, a name is given twice, or a relation names what is not there or
  ///   is not of the kind that it needs.
  package func bytes() throws(ReportError) -> [UInt8] {
    var kinds: [String: Kind] = [:]
    var entities: [String: CanonicalValue] = [:]
    for entity in self.entities {
      entities[try declare(entity.name, .entity, &kinds)] = .object(try members(entity.attributes))
    }
    var activities: [String: CanonicalValue] = [:]
    for activity in self.activities {
      var values = try members(activity.attributes)
      if let time = activity.startedAtMs { values["prov:startTime"] = .string(TimeText.text(millisecondsSince1970: time)) }
      if let time = activity.endedAtMs { values["prov:endTime"] = .string(TimeText.text(millisecondsSince1970: time)) }
      activities[try declare(activity.name, .activity, &kinds)] = .object(values)
    }
    var agents: [String: CanonicalValue] = [:]
    for agent in self.agents { agents[try declare(agent.name, .agent, &kinds)] = .object(try members(agent.attributes)) }
    var document: [String: CanonicalValue] = ["prefix": .object(prefixes.mapValues { .string($0) })]
    for (name, values) in [("entity", entities), ("activity", activities), ("agent", agents)] where !values.isEmpty {
      document[name] = .object(values)
    }
    var relations: [Relation.Kind: [String: CanonicalValue]] = [:]
    for (index, relation) in self.relations.enumerated() {
      relations[relation.kind, default: [:]]["_:r\(index + 1)"] = .object(try members(relation, kinds))
    }
    for (kind, values) in relations { document[kind.rawValue] = .object(values) }
    return CanonicalValue.object(document).canonicalBytes
  }

  private enum Kind: String { case entity, activity, agent }

  private func declare(_ name: Name, _ kind: Kind, _ kinds: inout [String: Kind]) throws(ReportError) -> String {
    let text = try self.text(name)
    guard kinds.updateValue(kind, forKey: text) == nil else { throw .unknownProvenance("`\(text)` is given twice") }
    return text
  }

  /// What a relation's two ends are called, and what they must be.
  private static func ends(_ kind: Relation.Kind) -> (subject: (String, Kind), object: (String, Kind)) {
    switch kind {
    case .used: (("prov:activity", .activity), ("prov:entity", .entity))
    case .wasGeneratedBy, .wasInvalidatedBy: (("prov:entity", .entity), ("prov:activity", .activity))
    case .wasDerivedFrom: (("prov:generatedEntity", .entity), ("prov:usedEntity", .entity))
    case .wasAttributedTo: (("prov:entity", .entity), ("prov:agent", .agent))
    case .wasAssociatedWith: (("prov:activity", .activity), ("prov:agent", .agent))
    case .actedOnBehalfOf: (("prov:delegate", .agent), ("prov:responsible", .agent))
    case .wasInformedBy: (("prov:informed", .activity), ("prov:informant", .activity))
    case .specializationOf: (("prov:specificEntity", .entity), ("prov:generalEntity", .entity))
    }
  }

  private func members(_ relation: Relation, _ kinds: [String: Kind]) throws(ReportError) -> [String: CanonicalValue] {
    let ends = Self.ends(relation.kind)
    var members = try self.members(relation.attributes)
    if relation.kind == .specializationOf, !members.isEmpty {
      throw .unknownProvenance("a specialization has no attributes")
    }
    for (name, (member, kind)) in [(relation.subject, ends.subject), (relation.object, ends.object)] {
      let text = try self.text(name)
      guard kinds[text] == kind else {
        throw .unknownProvenance("\(relation.kind.rawValue) needs an \(kind.rawValue), which `\(text)` is not")
      }
      members[member] = .string(text)
    }
    if let time = relation.timeMs {
      switch relation.kind {
      case .used, .wasGeneratedBy, .wasInvalidatedBy: members["prov:time"] = .string(TimeText.text(millisecondsSince1970: time))
      default: throw .unknownProvenance("\(relation.kind.rawValue) has no time")
      }
    }
    return members
  }

  private func members(_ attributes: [Attribute]) throws(ReportError) -> [String: CanonicalValue] {
    var values: [String: [CanonicalValue]] = [:]
    for attribute in attributes { values[try text(attribute.name), default: []].append(try value(attribute.value)) }
    return values.mapValues { $0.count == 1 ? $0[0] : .array($0) }
  }

  private func value(_ value: Value) throws(ReportError) -> CanonicalValue {
    func typed(_ text: String, _ type: String) -> CanonicalValue { .object(["$": .string(text), "type": .string(type)]) }
    switch value {
    case .string(let text): return .string(text)
    case .int64(let number): return typed(String(number), "xsd:long")
    case .bool(let flag): return typed(flag ? "true" : "false", "xsd:boolean")
    case .timeMs(let time): return typed(TimeText.text(millisecondsSince1970: time), "xsd:dateTime")
    case .name(let name): return typed(try text(name), "prov:QUALIFIED_NAME")
    }
  }

  private func text(_ name: Name) throws(ReportError) -> String {
    guard name.prefix == "prov" || name.prefix == "xsd" || prefixes[name.prefix] != nil else {
      throw .unknownProvenance("the prefix `\(name.prefix)` is not declared")
    }
    var local: [UInt8] = []
    for byte in name.local.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "@"):
        local.append(byte)
      default:
        local.append(UInt8(ascii: "%"))
        local.appendHex(byte)
      }
    }
    return name.prefix + ":" + String(decoding: local, as: UTF8.self)
  }
}

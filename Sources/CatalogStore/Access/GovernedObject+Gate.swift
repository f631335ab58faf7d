import Cedar
package import Governance

extension GovernedObject {
  /// The same table, of which policies know besides whether a snapshot may be published.
  package func knowing(_ gate: Gate) -> GovernedObject {
    let fact = Record([
      ("passed", .bool(gate.isPassed)), ("snapshot", .long(gate.snapshotID)),
      ("at", .extension(.datetime(CedarDatetime(millisecondsSinceEpoch: gate.atMs)))),
    ])
    let attributes = Record(
      entity.attributes.fields.map { field in
        guard field.name == Self.gov, case .record(let governed) = field.value else { return (field.name, field.value) }
        return (field.name, .record(Record(governed.fields.map { ($0.name, $0.value) } + [(Self.gate, .record(fact))])))
      })
    return GovernedObject(
      resource, title,
      Entity(uid: entity.uid, attributes: attributes, tags: entity.tags, parents: entity.parents, ancestors: entity.ancestors),
      zone: zone, owner: owner, holds: holds, isPinned: isPinned, in: state)
  }

  private static let gov: Text = "gov"
  private static let gate: Text = "gate"
}

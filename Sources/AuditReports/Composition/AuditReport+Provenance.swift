import Lineage
package import Reports

extension AuditReport {
  /// The lineage, the training and the approvals in W3C's terms.
  package var provenance: Provenance {
    var provenance = Provenance(prefixes: ["moraine": "urn:moraine:"])
    func name(_ local: String) -> Provenance.Name { Provenance.Name("moraine", local) }
    func label(_ text: String) -> Provenance.Attribute { Provenance.Attribute(.init("prov", "label"), .string(text)) }
    var agents: Set<String> = []
    func agent(_ who: String) -> Provenance.Name {
      if agents.insert(who).inserted { provenance.agents.append(.init(name("agent/" + who), [label(who)])) }
      return name("agent/" + who)
    }
    // What stands in the graph; a job or a run is an activity, all else an entity.
    var activities: Set<String> = []
    var known: Set<String> = []
    for node in lineage.nodes where known.insert(node.id).inserted {
      if node.kind == .job || node.kind == .run {
        activities.insert(node.id)
        provenance.activities.append(.init(name("node/" + node.id), [label(node.label)]))
      } else {
        var attributes = [label(node.label)]
        if let snapshot = node.snapshotID { attributes.append(.init(name("snapshot-id"), .int64(snapshot))) }
        provenance.entities.append(.init(name("node/" + node.id), attributes))
      }
    }
    for edge in lineage.edges where known.contains(edge.from) && known.contains(edge.to) {
      let evidence = [Provenance.Attribute(name("evidence"), .string(edge.evidence.rawValue))]
      let (from, to) = (name("node/" + edge.from), name("node/" + edge.to))
      let kind: Provenance.Relation.Kind =
        switch (activities.contains(edge.from), activities.contains(edge.to)) {
        case (true, true): .wasInformedBy
        case (true, false): .wasGeneratedBy
        case (false, true): .used
        case (false, false): .wasDerivedFrom
        }
      provenance.relations.append(.init(to, kind, from, evidence))
    }
    let version = name("version/" + model.title)
    let training = name("training/" + model.title)
    provenance.entities.append(.init(version, [label(model.title)]))
    provenance.activities.append(.init(training, [label("training of \(model.title)")]))
    provenance.relations.append(.init(version, .wasGeneratedBy, training))
    provenance.relations.append(.init(training, .wasAssociatedWith, agent(model.developer)))
    if let owner = model.owner { provenance.relations.append(.init(version, .wasAttributedTo, agent(owner))) }
    for (index, data) in trainingData.enumerated() {
      let entity = name("training-data/\(index + 1)")
      var attributes = [label(data.title), .init(name("dataset-id"), .string(data.datasetID))]
      if let snapshot = data.snapshotID { attributes.append(.init(name("snapshot-id"), .int64(snapshot))) }
      provenance.entities.append(.init(entity, attributes))
      provenance.relations.append(
        .init(
          training, .used, entity,
          [.init(name("role"), .string(data.role)), .init(name("evidence"), .string(data.grade.rawValue))]))
      if let owner = data.owner { provenance.relations.append(.init(entity, .wasAttributedTo, agent(owner))) }
    }
    for (index, approval) in approvals.enumerated() {
      let activity = name("approval/\(index + 1)")
      provenance.activities.append(
        .init(
          activity, startedAtMs: approval.decidedAtMs, endedAtMs: approval.decidedAtMs,
          [label("\(approval.decision) \(model.title)"), .init(name("decision"), .string(approval.decision))]))
      provenance.relations.append(.init(activity, .used, version, timeMs: approval.decidedAtMs))
      provenance.relations.append(.init(activity, .wasAssociatedWith, agent(approval.approver)))
    }
    return provenance
  }
}

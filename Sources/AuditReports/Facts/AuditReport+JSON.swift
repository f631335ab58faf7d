import Lineage
package import TransparencyLog

extension AuditReport {
  /// The content of `report.json`. Members that are not known are left out; lists are always there.
  package var canonical: CanonicalValue {
    .members([
      "schema": .string(Self.schema), "scope": scope.canonical, "model": model.canonical, "approvals": .array(approvals.map(\.canonical)),
      "training-data": .array(trainingData.map(\.canonical)), "overlaps": .array(overlaps.map(\.canonical)), "lineage": lineage.canonical,
      "features": .array(features.map(\.canonical)), "governance": governance.canonical, "access": .array(access.map(\.canonical)),
      "uses": .array(uses.map(\.canonical)), "checks": .array(checks.map(\.canonical)),
      "retention": .array(retention.map(\.canonical)), "timeline": .array(timeline.map(\.canonical)),
      "gaps": .array(gaps.map(\.canonical)), "log": log.canonical,
    ])
  }
}

extension LineageGraph {
  /// As its JSON is, but ids of snapshots are texts, since RFC 8785 has no number for most of them.
  var canonical: CanonicalValue {
    .members([
      "focus": .text(focus), "direction": .string(direction.rawValue), "cut": .bool(isCut),
      "nodes": .array(
        nodes.map { node in
          .members([
            "id": .string(node.id), "kind": .string(node.kind.rawValue), "label": .string(node.label), "sublabel": .text(node.sublabel),
            "snapshot-id": .text(node.snapshotID.map { String($0) }), "committed-at-ms": .number(node.committedAtMs),
            "marks": .strings(node.marks.map(\.rawValue)), "columns": .array(node.columns.map(\.canonical)),
          ])
        }),
      "edges": .array(
        edges.map { edge in
          .members([
            "from": .string(edge.from), "to": .string(edge.to), "label": .text(edge.label), "evidence": .string(edge.evidence.rawValue),
            "columns": .array(
              edge.columns.map {
                .members([
                  "from": .string($0.from), "to": .string($0.to), "transformation": .text($0.transformation),
                  "evidence": .string($0.evidence.rawValue),
                ])
              }),
          ])
        }),
    ])
  }
}

extension LineageColumn {
  var canonical: CanonicalValue { .members(["name": .string(name), "type": .text(type)]) }
}

extension CanonicalValue {
  /// An object without the members that are `nil`.
  static func members(_ members: [String: CanonicalValue?]) -> CanonicalValue { .object(members.compactMapValues { $0 }) }
  static func strings(_ texts: [String]) -> CanonicalValue { .array(texts.map { .string($0) }) }
  /// Names are facts as values are, so they are not keys.
  static func pairs(_ texts: [String: String]) -> CanonicalValue {
    .array(texts.sorted { $0.key < $1.key }.map { .object(["name": .string($0.key), "value": .string($0.value)]) })
  }
}

extension CanonicalValue? {
  static func text(_ text: String?) -> CanonicalValue? { text.map { .string($0) } }
  static func number(_ number: Int64?) -> CanonicalValue? { number.map { .int64($0) } }
}

package import JSON

// The JSON form. Members that say nothing (no label, no marks, no columns) are left out; unknown members are not kept.

extension LineageGraph: JSONEncodable, JSONDecodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      if let focus { $0.field("focus", focus) }
      $0.field("direction", direction.rawValue)
      $0.field("cut", isCut)
      $0.field("nodes", nodes)
      $0.field("edges", edges)
    }
  }

  /// Refuses ids that two nodes have, and edges, and a focus, that no node has.
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    focus = try object.optional("focus")?.string()
    direction = try object.required("direction").choice()
    isCut = try object.optional("cut")?.bool() ?? false
    nodes = try object.required("nodes").array().decode { json throws(JSONError) in try LineageNode(json: json) }
    edges = []
    var ids: Set<String> = []
    for node in nodes where !ids.insert(node.id).inserted { throw json.invalid("Two nodes have the id \"\(node.id)\"") }
    for json in try object.required("edges").array() {
      let edge = try LineageEdge(json: json)
      for end in [edge.from, edge.to] where !ids.contains(end) { throw json.invalid("No node has the id \"\(end)\"") }
      edges.append(edge)
    }
    if let focus, !ids.contains(focus) { throw json.invalid("No node has the id of the focus, \"\(focus)\"") }
  }
}

extension LineageNode: JSONEncodable, JSONDecodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id)
      $0.field("kind", kind.rawValue)
      $0.field("label", label)
      if let sublabel { $0.field("sublabel", sublabel) }
      if let snapshotID { $0.field("snapshot-id", snapshotID) }
      if let committedAtMs { $0.field("committed-at-ms", committedAtMs) }
      if !marks.isEmpty { $0.field("marks", marks.map(\.rawValue)) }
      if !columns.isEmpty { $0.field("columns", columns) }
    }
  }

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    id = try object.required("id").string()
    kind = try object.required("kind").choice()
    label = try object.required("label").string()
    sublabel = try object.optional("sublabel")?.string()
    snapshotID = try object.optional("snapshot-id")?.int64()
    committedAtMs = try object.optional("committed-at-ms")?.int64()
    marks = try object.optional("marks")?.array().decode { json throws(JSONError) in try json.choice() } ?? []
    columns = try object.optional("columns")?.array().decode { json throws(JSONError) in try LineageColumn(json: json) } ?? []
  }
}

extension LineageColumn: JSONEncodable, JSONDecodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      if let type { $0.field("type", type) }
    }
  }

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    name = try object.required("name").string()
    type = try object.optional("type")?.string()
  }
}

extension LineageEdge: JSONEncodable, JSONDecodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("from", from)
      $0.field("to", to)
      if let label { $0.field("label", label) }
      $0.field("evidence", evidence.rawValue)
      if !columns.isEmpty { $0.field("columns", columns) }
    }
  }

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    from = try object.required("from").string()
    to = try object.required("to").string()
    label = try object.optional("label")?.string()
    evidence = try object.required("evidence").choice()
    columns = try object.optional("columns")?.array().decode { json throws(JSONError) in try LineageColumnEdge(json: json) } ?? []
  }
}

extension LineageColumnEdge: JSONEncodable, JSONDecodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("from", from)
      $0.field("to", to)
      if let transformation { $0.field("transformation", transformation) }
      $0.field("evidence", evidence.rawValue)
    }
  }

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    from = try object.required("from").string()
    to = try object.required("to").string()
    transformation = try object.optional("transformation")?.string()
    evidence = try object.required("evidence").choice()
  }
}

extension JSONValue {
  /// One of the words that `Choice` knows.
  fileprivate func choice<Choice: RawRepresentable<String> & CaseIterable>() throws(JSONError) -> Choice {
    guard let choice = Choice(rawValue: try string()) else {
      throw invalid("Expected one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }
}

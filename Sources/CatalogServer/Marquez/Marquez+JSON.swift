package import Catalog
import CatalogStore
import HTTPTypes
package import JSON
package import Lineage
import Postgres

// The shapes of Marquez's `spec/openapi.yml`. What is not known is left out.

extension PostgresTimestamp {
  /// UTC, to the microsecond: `2026-05-03T12:00:00.123456Z`.
  var marquezText: String {
    func digits(_ number: Int64, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    func divided(_ number: Int64, by divisor: Int64) -> (quotient: Int64, rest: Int64) {
      let rest = (number % divisor + divisor) % divisor
      return ((number - rest) / divisor, rest)
    }
    let (day, time) = divided(microseconds, by: 86_400_000_000)
    // In eras of 400 years of the Gregorian calendar, counted in years that begin in March.
    let (era, dayOfEra) = divided(day + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let (second, fraction) = divided(time, by: 1_000_000)
    let date = "\(digits(year, 4))-\(digits(month, 2))-\(digits(dayOfYear - (153 * shifted + 2) / 5 + 1, 2))"
    return "\(date)T\(digits(second / 3_600, 2)):\(digits(second / 60 % 60, 2)):\(digits(second % 60, 2)).\(digits(fraction, 6))Z"
  }
}

extension EntityName: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.object { $0.marquezName(self) } }
}

extension ListedNode {
  /// `dataset:NAMESPACE:NAME`, `job:NAMESPACE:NAME`.
  var marquezID: String { "\(kind):\(name.namespace):\(name.name)" }
}

extension JSONWriter {
  mutating func marquezNamespace(_ name: String) {
    field("name", name)
    field("isHidden", false)
  }

  /// A list, and how many there are as far as they were counted.
  mutating func marquez(_ list: LineageList<some JSONEncodable>, _ name: StaticString) {
    field(name, list.elements)
    field("totalCount", list.count)
  }

  mutating func marquezInterval(_ interval: Range<PostgresTimestamp>) {
    field("startInterval", interval.lowerBound.marquezText)
    field("endInterval", interval.upperBound.marquezText)
  }

  fileprivate mutating func marquezName(_ name: EntityName) {
    field("namespace", name.namespace)
    field("name", name.name)
  }

  fileprivate mutating func time(_ name: StaticString, _ time: PostgresTimestamp?) {
    if let time { field(name, time.marquezText) }
  }

  fileprivate mutating func text(_ name: StaticString, _ text: String?) {
    if let text { field(name, text) }
  }
}

// MARK: Jobs

extension ReportedJob: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", node.name)
      $0.text("type", type)
      $0.field("name", node.name.name)
      $0.field("simpleName", simpleName)
      $0.text("parentJobName", parent?.name)
      $0.time("createdAt", node.firstSeenAt)
      $0.time("updatedAt", node.lastSeenAt)
      $0.field("namespace", node.name.namespace)
      $0.field("inputs", inputs)
      $0.field("outputs", outputs)
      $0.text("location", account.location)
      $0.text("description", account.documentation)
      if let latest = runs.first { $0.field("latestRun", latest) }
      $0.field("latestRuns", runs)
      $0.field("tags", account.tags)
      if let facets { $0.field("facets", facets) }
    }
  }

  private var type: String? {
    switch account.type?.processingType?.uppercased() {
    case "BATCH": "BATCH"
    case "STREAMING", "STREAM": "STREAM"
    case "SERVICE": "SERVICE"
    default: nil
    }
  }

  /// Without the name of the job that started it, where it begins so.
  private var simpleName: String {
    guard let parent, node.name.name.hasPrefix(parent.name + ".") else { return node.name.name }
    return String(node.name.name.dropFirst(parent.name.count + 1))
  }
}

extension ReportedRun: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", run.id.description)
      $0.time("createdAt", [run.startedAt, run.stateAt].compactMap { $0 }.min())
      $0.time("updatedAt", run.lastEventAt)
      $0.time("nominalStartTime", run.nominalStartAt)
      $0.time("nominalEndTime", run.nominalEndAt)
      $0.field("state", RunCondition(run).rawValue)
      $0.time("startedAt", run.startedAt)
      $0.time("endedAt", run.endedAt)
      if let start = run.startedAt, let end = run.endedAt { $0.field("durationMs", (end.microseconds - start.microseconds) / 1_000) }
      $0.field("args", [:] as [String: String])
      $0.field("jobVersion", job)
      Self.write(inputs.compactMap { use in use.version.map { (use.name, $0) } }, "inputDatasetVersions", to: &$0)
      // As the dataset's versions are called.
      Self.write(outputs.map { ($0.name, $0.version ?? run.id.description) }, "outputDatasetVersions", to: &$0)
      if let facets { $0.field("facets", facets) }
    }
  }

  private static func write(_ uses: [(name: EntityName, version: String)], _ name: StaticString, to writer: inout JSONWriter) {
    writer.field(
      name,
      array: {
        for use in uses {
          $0.object {
            $0.field("datasetVersionId", object: { $0.marquezVersion(use.name, use.version) })
            $0.field("facets", object: { _ in })
          }
        }
      })
  }
}

// MARK: Datasets

extension JSONWriter {
  fileprivate mutating func marquezVersion(_ name: EntityName, _ version: String) {
    marquezName(name)
    field("version", version)
  }

  /// What datasets and their versions have in common.
  fileprivate mutating func marquez(_ dataset: ReportedDataset, fields: [ReportedDataset.Field]) {
    field("type", dataset.format == "topic" || dataset.node.name.namespace.hasPrefix("kafka://") ? "STREAM" : "DB_TABLE")
    field("name", dataset.node.name.name)
    field("physicalName", dataset.node.name.name)
    field("namespace", dataset.node.name.namespace)
    // A namespace of OpenLineage is where its datasets come from.
    field("sourceName", dataset.account.source ?? dataset.node.name.namespace)
    field("fields", fields)
    field("tags", dataset.tags)
    key("description")
    if let description = dataset.description { value(description) } else { null() }
  }
}

extension ReportedDataset.Field: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      $0.key("type")
      if let type { $0.value(type) } else { $0.null() }
      $0.field("tags", tags)
      $0.text("description", description)
    }
  }
}

extension ReportedDataset: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", node.name)
      $0.time("createdAt", node.firstSeenAt)
      $0.time("updatedAt", node.lastSeenAt)
      $0.marquez(self, fields: fields)
      $0.time("lastModifiedAt", lastModifiedAt)
      $0.text("lastLifecycleState", account.lifecycle)
      $0.field("facets", facets)
      $0.field("deleted", isDropped)
      guard !columns.isEmpty else { return }
      $0.field(
        "columnLineage",
        array: { writer in
          // They come in the order of columns.
          for column in columns.indices where column == 0 || columns[column - 1].column != columns[column].column {
            writer.object {
              $0.field("name", columns[column].column)
              $0.field(
                "inputFields",
                array: { for source in columns[column...].prefix(while: { $0.column == columns[column].column }) { source.write(to: &$0) } }
              )
            }
          }
        })
    }
  }
}

extension ReportedDataset.ColumnSource {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object {
      $0.marquezField(source, dependency.source.column)
      $0.marquezTransformation(dependency)
    }
  }
}

extension ReportedVersion: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", object: { $0.marquezVersion(dataset.node.name, version) })
      $0.time("createdAt", firstSeenAt)
      $0.field("version", version)
      $0.marquez(dataset, fields: account.fields)
      $0.text("lifecycleState", account.lifecycle)
      if let run { $0.field("createdByRun", run) }
      $0.field("facets", account.ownFacets)
    }
  }
}

// MARK: Graphs

extension JSONWriter {
  fileprivate mutating func marquezEdges(_ name: StaticString, _ edges: [(origin: String, destination: String)]) {
    field(
      name,
      array: {
        for edge in edges {
          $0.object {
            $0.field("origin", edge.origin)
            $0.field("destination", edge.destination)
          }
        }
      })
  }

  fileprivate mutating func marquezField(_ dataset: EntityName, _ column: String) {
    field("namespace", dataset.namespace)
    field("dataset", dataset.name)
    field("field", column)
  }

  fileprivate mutating func marquezTransformation(_ dependency: ColumnDependency) {
    text("transformationDescription", dependency.description)
    text("transformationType", dependency.transformation)
    text("transformationSubtype", dependency.subtype)
  }
}

extension MarquezGraph: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    let ids = Dictionary((jobs.map(\.node) + datasets.map(\.node)).map { ($0.id, $0.marquezID) }) { first, _ in first }
    let named = edges.compactMap { edge in
      ids[edge.origin].flatMap { origin in ids[edge.destination].map { (edge: edge, origin: origin, destination: $0) } }
    }.sorted { ($0.origin, $0.destination) < ($1.origin, $1.destination) }
    let inward = Dictionary(grouping: named, by: \.edge.destination)
    let outward = Dictionary(grouping: named, by: \.edge.origin)
    func node(_ node: ListedNode, _ data: some JSONEncodable, to writer: inout JSONWriter) {
      writer.object {
        $0.field("id", node.marquezID)
        $0.field("type", node.kind.uppercased())
        $0.field("data", data)
        $0.marquezEdges("inEdges", (inward[node.id] ?? []).map { ($0.origin, $0.destination) })
        $0.marquezEdges("outEdges", (outward[node.id] ?? []).map { ($0.origin, $0.destination) })
      }
    }
    writer.object {
      $0.field(
        "graph",
        array: {
          for dataset in datasets { node(dataset.node, dataset, to: &$0) }
          for job in jobs { node(job.node, job, to: &$0) }
        })
    }
  }
}

extension MarquezColumns: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    func id(_ place: ColumnPlace) -> String {
      let name = datasets[place.node]?.node.name
      return "datasetField:\(name?.namespace ?? ""):\(name?.name ?? ""):\(place.column)"
    }
    let inward = Dictionary(grouping: dependencies, by: \.target)
    let outward = Dictionary(grouping: dependencies, by: \.source)
    writer.object {
      $0.field(
        "graph",
        array: {
          for place in places {
            guard let dataset = datasets[place.node] else { continue }
            let sources = inward[place] ?? []
            let origins = Set(sources.map(\.source)).map(id).sorted()
            let destinations = Set((outward[place] ?? []).map(\.target)).map(id).sorted()
            $0.object {
              $0.field("id", id(place))
              $0.field("type", "DATASET_FIELD")
              $0.field(
                "data",
                object: {
                  $0.marquezField(dataset.node.name, place.column)
                  $0.text("fieldType", dataset.fields.first { $0.name == place.column }?.type)
                  $0.field(
                    "inputFields",
                    array: {
                      for source in sources {
                        guard let input = datasets[source.source.node] else { continue }
                        $0.object {
                          $0.marquezField(input.node.name, source.source.column)
                          $0.marquezTransformation(source)
                        }
                      }
                    })
                })
              // Marquez has the node itself as the origin of both, and its web interface counts on that.
              $0.marquezEdges("inEdges", origins.map { (id(place), $0) })
              $0.marquezEdges("outEdges", destinations.map { (id(place), $0) })
            }
          }
        })
    }
  }
}

// MARK: Errors

extension ErrorReply {
  /// With what Marquez's clients read of an error beside ours.
  var marquezReply: Reply {
    var reply = reply
    let text = JSONWriter.text { writer in
      writer.object {
        $0.field(
          "error",
          object: {
            $0.field("message", message)
            $0.field("type", type)
            $0.field("code", status.code)
          })
        $0.field("code", status.code)
        $0.field("message", message)
        $0.field("details", type)
      }
    }
    reply.body = Reply(json: text).body
    return reply
  }
}

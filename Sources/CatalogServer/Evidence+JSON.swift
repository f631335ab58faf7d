import Catalog
package import CatalogStore
import Iceberg
package import JSON
import Postgres

extension LoadedModelVersion {
  /// Its runs, what its sources disagree about, and what is no input of it.
  func writeEvidence(to writer: inout JSONWriter) {
    writer.field("runs", runs)
    writer.field("contradictions", contradictions)
    writer.field("gaps", gaps)
  }
}

extension DatasetPath {
  fileprivate func writeName(to writer: inout JSONWriter) {
    writer.field("warehouse", warehouse)
    writer.field("namespace", identifier.namespace.levels)
    writer.field("name", identifier.name)
  }
}

extension ModelRun: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", name)
      if let principal { $0.field("principal", principal) }
      if let startedAt { $0.field("started-at-ms", startedAt.milliseconds) }
      if let endedAt { $0.field("ended-at-ms", endedAt.milliseconds) }
      $0.field("declared-by", declaredBy)
      $0.field("declared-at-ms", declaredAt.milliseconds)
    }
  }
}

extension TrainingContradiction: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("dataset-id", dataset.description)
      path.writeName(to: &$0)
      $0.field("text", text)
      $0.field("words", words)
    }
  }
}

extension TrainingContradiction.Word: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("source", source)
      $0.field("states", states)
      $0.field("said-by", saidBy)
    }
  }
}

extension TrainingGap: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("kind", kind.rawValue)
      $0.field("reason", reason)
      $0.field("dataset-id", statement.dataset.description)
      statement.path.writeName(to: &$0)
      if let state = statement.state { $0.field("state", state) }
      $0.field("source", statement.source)
      $0.field("grade", statement.grade.rawValue)
      $0.field("details", statement.details)
      $0.field("said-by", statement.saidBy)
      $0.field("said-at-ms", statement.saidAt.milliseconds)
    }
  }
}

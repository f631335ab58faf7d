import JSON
import Postgres
import TransparencyLog

extension CatalogStore {
  /// Sets the tags of a dataset, as a new version of it: who holds its metadata hears that something changed.
  ///
  /// - Returns: `false`, with nothing changed, when it is not what was found any more.
  package func setTags(
    _ tags: DatasetTags, of found: FoundDataset, _ authorization: Authorization, answer: [UInt8]
  ) async throws -> Bool {
    let event = AuditEvent(
      authorization, before: ["tags": found.facts.tags.canonical], after: ["tags": tags.canonical])
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        let count = try connection.execute(
          """
          UPDATE datasets SET tags = \(tags.isEmpty ? nil : PostgresText(tags.jsonText))::jsonb, version = version + 1, changed_at = now()
          WHERE id = \(found.version.id) AND version = \(found.version.version) AND dropped_at IS NULL
          """)
        guard count == 1 else { throw VersionMoved() }
      }
      return true
    } catch is VersionMoved {
      return false
    }
  }
}

extension DatasetTags {
  fileprivate var canonical: CanonicalValue {
    .object([
      "own": .map(own), "fields": .object(Dictionary(uniqueKeysWithValues: fields.map { (String($0.key), .map($0.value)) })),
    ])
  }
}

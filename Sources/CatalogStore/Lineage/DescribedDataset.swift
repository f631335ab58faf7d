import Governance
import Iceberg
import JSON
import Postgres
import Search

/// What the catalog has written down of a dataset: its columns, what it is, how it is tagged.
package struct DescribedDataset: Sendable {
  package struct Column: Sendable {
    package let name: String
    package let type: String
    package let description: String?
    package let tags: [String: String]
  }

  package let format: String?
  package let description: String?
  package let tags: [String: String]
  /// Of the first level; empty when the metadata cannot be read.
  package let columns: [Column]

  init(_ row: PostgresRow) throws {
    let kind: String = try row[1]
    format = try row[2]
    description = try row[3]
    let tags = try DatasetTags(stored: row[4])
    self.tags = tags.own
    columns = (try? Self.columns(kind, head: row.bytes(5), tags)) ?? []
  }

  private static func columns(_ kind: String, head: [UInt8], _ tags: DatasetTags) throws -> [Column] {
    if kind == DatasetKind.dataset.rawValue {
      return try DatasetDescription(json: JSONDocument(parsing: head).root).columns.map { column in
        Column(name: column.name, type: column.type, description: column.comment, tags: column.id.flatMap { tags.fields[$0] } ?? [:])
      }
    }
    return try (SearchDocument.currentSchema(ofKind: kind, head: head)?.fields ?? []).map { field in
      Column(name: field.name, type: "\(field.type)", description: field.doc, tags: tags.fields[field.id] ?? [:])
    }
  }
}

import CatalogStore
import Governance
import Iceberg
import JSON
import Logging

/// What the answer to one caller says beside a dataset's metadata.
struct LoadTerms: Sendable {
  let labels: Labels
  /// `nil` when the caller may see everything.
  let restrictions: ReadRestrictions?

  /// The members of the answer, without braces around them.
  var members: [UInt8] {
    let text = JSONWriter.text { writer in
      writer.object {
        $0.field("labels", labels)
        if let restrictions { $0.field("read-restrictions", restrictions) }
      }
    }
    return Array(text.dropFirst().dropLast())
  }
}

extension Catalog {
  /// What the catalog tells a caller about a table that it loads, and what the caller must leave out of it and mask.
  func terms(of table: CachedDataset, _ object: GovernedObject, _ zone: ZoneFacts, _ context: OperationContext) throws -> LoadTerms {
    let tags = table.found.facts.tags
    let reading = try authorizer.readingTerms(of: object, context)
    let isRestricted = tags.demandMasks(reading) || reading.permits != nil
    let metadata = isRestricted || !tags.fields.isEmpty ? try table.metadata() : nil
    let schema = metadata?.currentSchema ?? Schema(id: 0, fields: [])
    let labels = Labels(owner: object.owner, zone: zone.zone, tags: tags.own, columnTags: tags.columnTags, schema: schema)
    guard isRestricted, let metadata else { return LoadTerms(labels: labels, restrictions: nil) }
    let resolution = ReadRestrictions.resolved(
      permits: reading.permits ?? [.unrestricted],
      columns: TableColumns(schema: schema, earlier: metadata.schemas.filter { $0.id != metadata.currentSchemaID }),
      tags: tags.columnTags,
      reader: .init(name: context.caller.authority == .anonymous ? nil : context.principal, cleared: reading.cleared ?? []))
    if !resolution.problems.isEmpty {
      logger.warning(
        "a read restriction shows less than it might",
        metadata: ["request-id": "\(context.requestID)", "problems": "\(resolution.problems.joined(separator: "; "))"])
    }
    return LoadTerms(labels: labels, restrictions: resolution.restrictions.isEmpty ? nil : resolution.restrictions)
  }

  /// The same of a view. Its columns are masked by whoever resolves it against its tables, which have restrictions of their own.
  func terms(ofView view: CachedDataset, _ object: GovernedObject, _ zone: ZoneFacts, _ context: OperationContext) throws -> LoadTerms {
    let tags = view.found.facts.tags
    var schema = Schema(id: 0, fields: [])
    if !tags.fields.isEmpty {
      let metadata = try ViewMetadata(jsonText: view.document)
      schema = metadata.schemas.first { $0.id == metadata.currentVersion?.schemaID } ?? schema
    }
    return LoadTerms(
      labels: Labels(owner: object.owner, zone: zone.zone, tags: tags.own, columnTags: tags.columnTags, schema: schema), restrictions: nil)
  }

  /// Whether the caller may read all of it. Who may not gets no keys, since nothing could hold it to the restrictions then.
  func readsEverything(_ object: GovernedObject, _ tags: DatasetTags, _ context: OperationContext) throws -> Bool {
    let reading = try authorizer.readingTerms(of: object, context)
    return reading.permits == nil && !tags.demandMasks(reading)
  }
}

extension DatasetTags {
  var columnTags: [ColumnTag] {
    fields.flatMap { id, tags in tags.map { ColumnTag(fieldID: id, key: $0.key, value: $0.value) } }
  }

  /// Whether some column must be masked for who reads on these terms.
  fileprivate func demandMasks(_ terms: ReadingTerms) -> Bool {
    !fields.isEmpty && columnTags.contains { tag in TagMask.standard.contains { $0.covers(tag) && terms.masks($0.value) } }
  }
}

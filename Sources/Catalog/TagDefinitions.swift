package import CatalogStore

// The vocabulary of tags: whoever tags uses its words.

extension Catalog {
  package func listTagDefinitions(_ page: PageRequest, _ context: OperationContext) async throws -> Page<TagDefinition> {
    let resource = CatalogResource(.server, "")
    return try await store.tagDefinitions(page, authorized(.listTagDefinitions, [], catalog: resource, context))
  }

  /// Defines a tag, or defines it anew.
  ///
  /// - Parameter values: what it may say; `nil` for any text.
  /// - Throws: ``CatalogError/badRequest(_:)``, ``CatalogError/unprocessable(_:)``
  package func defineTag(
    _ key: String, description: String, values: [String]?, _ context: OperationContext, answer: (TagDefinition) -> [UInt8]
  ) async throws -> TagDefinition {
    let authorization = try await authorized(.defineTag, [PolicyQuestion(.setTags)], catalog: CatalogResource(.tag, key), context)
    try TagDefinition.check(key: key)
    guard description.utf8.count <= 10_000 else { throw CatalogError.badRequest("The description is longer than 10000 bytes") }
    if let values {
      let isGood =
        (1...1_000).contains(values.count) && Set(values).count == values.count
        && values.allSatisfy { (1...255).contains($0.utf8.count) }
      guard isGood else { throw CatalogError.badRequest("\"values\" holds 1 to 1000 different texts of 1 to 255 bytes") }
      let restricting = DatasetTags.restrictions.filter { !values.contains($0) }
      guard key != DatasetTags.classification || restricting.isEmpty else {
        throw CatalogError.badRequest("The tag \(key) must keep \(restricting.joined(separator: ", ")): policies know these values")
      }
    }
    let tag = TagDefinition(
      key: key, description: description, values: values, definedBy: context.principal, definedAt: context.time)
    try await store.define(tag, authorization, answer: answer(tag))
    return tag
  }

  /// - Throws: ``CatalogError/noSuchWord(_:)``, ``CatalogError/unprocessable(_:)`` for one that is in use
  package func dropTagDefinition(_ key: String, _ context: OperationContext) async throws {
    let authorization = try await authorized(.dropTagDefinition, [PolicyQuestion(.setTags)], catalog: CatalogResource(.tag, key), context)
    guard key != DatasetTags.classification else {
      throw CatalogError.unprocessable("The tag \(key) stays: policies know it")
    }
    try await store.dropTagDefinition(key, authorization)
  }
}

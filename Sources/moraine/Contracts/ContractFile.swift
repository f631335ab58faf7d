import ArgumentParser
import Governance
import JSON

/// A contract in a YAML file: its clauses, and, if it says so, the table that it is for, as `dataset`.
struct ContractFile {
  let contract: Contract
  let dataset: DatasetName?

  init(reading path: String) throws { try self.init(YAMLDocument(reading: path)) }

  init(_ document: YAMLDocument) throws {
    do {
      let object = try document.json.object()
      if let named = object.optional("dataset") {
        do { dataset = try DatasetName(parsing: named.string()) } catch let error as ValidationError {
          throw document.failure(named.invalid(error.message))
        }
      } else {
        dataset = nil
      }
      let clauses = JSONWriter.text { writer in
        writer.object {
          for member in object where !member.isNamed("dataset") {
            $0.key(member.key)
            $0.raw(member.value.raw)
          }
        }
      }
      contract = try Contract(jsonText: clauses)
    } catch let error as JSONError {
      throw document.failure(error)
    }
  }

  /// - Parameter name: given beside the file; goes before the file's own word.
  func dataset(_ name: DatasetName?) throws -> DatasetName {
    guard let found = name ?? dataset else {
      throw CommandFailure.usage("Which table is the contract for? Give --dataset, or say dataset: level.name in the file")
    }
    return found
  }
}

/// The routes of a table's governance.
extension DatasetName {
  func governancePath(_ client: CatalogClient, _ more: String...) -> [String] {
    ["governance", "v1", "warehouses", client.warehouse, "namespaces", namespace.pathText, "tables", name] + more
  }
}

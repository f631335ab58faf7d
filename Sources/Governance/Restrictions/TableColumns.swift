package import Iceberg

/// The columns of a table that restrictions may be about: those of its current schema, and those that readers of old snapshots still
/// find.
///
/// Annotations name columns, and names change. A column is therefore known by every name that it ever had: renaming one takes no mask
/// off, and a mask holds for a dropped column in the snapshots that have it.
package struct TableColumns: Sendable {
  /// A field at any depth.
  struct Column: Sendable {
    let field: NestedField
    /// As schemas join the names of nested fields.
    let name: String
    /// Fields that it lies in, outermost first.
    let parents: [Int32]
    /// Keys of a map, and what is inside them, are nothing that a restriction may name.
    let isInKey: Bool
    /// A row has one value of it, not one for each element of a list.
    let isSingle: Bool
    let isCurrent: Bool
  }

  /// Parents before children.
  let all: [Column]
  private let byID: [Int32: Int]
  private let children: [Int32: [Int32]]
  let roots: [Int32]
  private let currentNames: [String: Int32]
  private let currentFolded: [String: Set<Int32>]
  /// Every name a column ever had, as written and in small letters.
  private let earlierNames: [String: Set<Int32>]
  private let everyFolded: [String: Set<Int32>]

  /// - Parameters:
  ///   - schema: the table's current schema.
  ///   - earlier: its other schemas, the newest last.
  package init(schema: Schema, earlier: [Schema] = []) {
    var all: [Column] = []
    var byID: [Int32: Int] = [:]
    var children: [Int32: [Int32]] = [:]
    var roots: [Int32] = []
    var earlierNames: [String: Set<Int32>] = [:]
    var everyFolded: [String: Set<Int32>] = [:]
    var currentNames: [String: Int32] = [:]
    var currentFolded: [String: Set<Int32>] = [:]
    for (index, version) in ([schema] + earlier.reversed()).enumerated() {
      // By what a field lies in, as far as this schema has it.
      var places: [Int32: (isInKey: Bool, isSingle: Bool, type: IcebergType)] = [:]
      for located in version.allFields {
        let field = located.field
        let parent = located.parents.last.flatMap { places[$0] }
        let isKey = if case .map(let map)? = parent?.type { map.keyID == field.id } else { false }
        let place = (
          isInKey: isKey || parent?.isInKey == true, isSingle: parent.map { $0.isSingle && $0.type.isStructure } ?? true, type: field.type
        )
        places[field.id] = place
        for name in [located.name, located.shortName] {
          everyFolded[name.lowercased(), default: []].insert(field.id)
          if index == 0 {
            if name == located.name { currentNames[name] = field.id }
            currentFolded[name.lowercased(), default: []].insert(field.id)
          } else {
            earlierNames[name, default: []].insert(field.id)
          }
        }
        guard byID[field.id] == nil else { continue }
        byID[field.id] = all.count
        if let parent = located.parents.last { children[parent, default: []].append(field.id) } else { roots.append(field.id) }
        all.append(
          Column(
            field: field, name: located.name, parents: located.parents, isInKey: place.isInKey, isSingle: place.isSingle,
            isCurrent: index == 0))
      }
    }
    self.all = all
    self.byID = byID
    self.children = children
    self.roots = roots
    self.currentNames = currentNames
    self.currentFolded = currentFolded
    self.earlierNames = earlierNames
    self.everyFolded = everyFolded
  }

  func column(_ id: Int32) -> Column? { byID[id].map { all[$0] } }
  func children(of id: Int32) -> [Column] { (children[id] ?? []).compactMap(column) }

  /// Every column that was ever called so, in whatever case: what a mask must cover.
  func named(_ name: ColumnName) -> [Column] { (everyFolded[name.joined.lowercased()] ?? []).sorted().compactMap(column) }

  /// What a row filter means: the column of the current schema that is called so, else the only one in another case, else the only one
  /// that was called so before and still is there. More than one is an error; `nil` is none.
  func meant(by name: ColumnName) throws(AnnotationError) -> Column? {
    let joined = name.joined
    if let id = currentNames[joined] { return column(id) }
    var found = currentFolded[joined.lowercased()] ?? []
    if found.isEmpty { found = (earlierNames[joined] ?? []).filter { column($0)?.isCurrent == true } }
    guard found.count <= 1 else {
      let names = found.compactMap { column($0)?.name }.sorted().joined(separator: ", ")
      throw AnnotationError(message: "The name '\(joined)' may mean any of \(names); write it as the schema does", position: name.position)
    }
    return found.first.flatMap(column)
  }
}

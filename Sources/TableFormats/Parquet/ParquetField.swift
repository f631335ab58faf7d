/// A field of a file's schema with its place in the nesting (Parquet, "Nested Encoding"), cut down to the leaves that are wanted.
struct ParquetField {
  indirect enum Content {
    /// The place among the columns that are read.
    case leaf(Int)
    case group([ParquetField])
  }

  let name: String
  let isRepeated: Bool
  /// Levels at which the field, and for a repeated one an item of it, is there.
  let definitionLevel: Int
  let repetitionLevel: Int
  let content: Content
  /// The leaves in it, by their places.
  let leaves: Range<Int>
}

/// A column that is read.
struct ParquetLeaf {
  /// The place among the columns of each row group.
  let column: Int
  let path: [String]
  let type: ParquetPhysicalType
  let definitionLevel: Int
  let repetitionLevel: Int

  var name: String { path.joined(separator: ".") }
}

enum ParquetPhysicalType: Equatable {
  case boolean, int32, int64, float, double, bytes
  /// Some bytes, as many for each value. The old timestamps of 96 bits are such, too.
  case fixed(Int)

  init(_ element: ParquetElement, code: Int32) throws(TableFormatError) {
    switch code {
    case 0: self = .boolean
    case 1: self = .int32
    case 2: self = .int64
    case 3: self = .fixed(12)
    case 4: self = .float
    case 5: self = .double
    case 6: self = .bytes
    case 7 where element.typeLength > 0: self = .fixed(Int(element.typeLength))
    default: throw .malformed("Parquet column \"\(element.name)\" has a type \(code) of \(element.typeLength) bytes")
    }
  }
}

/// Makes the tree from the list.
struct ParquetSchemaBuilder {
  private let elements: [ParquetElement]
  private let wanted: Set<String>?
  private let limits: ParquetLimits
  private var next = 0
  private var column = 0
  private(set) var leaves: [ParquetLeaf] = []

  /// - Parameter wanted: paths, their names joined by dots, each standing for all that is in it; `nil` for everything.
  init(_ elements: [ParquetElement], wanted: Set<String>?, limits: ParquetLimits) {
    self.elements = elements
    self.wanted = wanted
    self.limits = limits
  }

  /// The fields of a row.
  mutating func build() throws(TableFormatError) -> [ParquetField] {
    guard let root = elements.first else { throw .malformed("The Parquet schema is empty") }
    next = 1
    let fields = try children(root.childCount, path: [], isWanted: wanted == nil, definition: 0, repetition: 0)
    guard next == elements.count else { throw .malformed("The Parquet schema has \(elements.count - next) elements too many") }
    return fields
  }

  private mutating func children(
    _ count: Int32, path: [String], isWanted: Bool, definition: Int, repetition: Int
  ) throws(TableFormatError) -> [ParquetField] {
    guard count >= 0, Int(count) <= elements.count - next else { throw .malformed("A Parquet group is said to have \(count) fields") }
    guard path.count < limits.maximumDepth else { throw .tooLarge("The Parquet schema is nested deeper than \(limits.maximumDepth)") }
    var fields: [ParquetField] = []
    for _ in 0..<count {
      if let field = try field(path, isWanted: isWanted, definition, repetition) { fields.append(field) }
    }
    return fields
  }

  /// The next field; `nil` when nothing in it is wanted.
  private mutating func field(_ parent: [String], isWanted: Bool, _ definition: Int, _ repetition: Int) throws(TableFormatError)
    -> ParquetField?
  {
    guard next < elements.count else { throw .malformed("The Parquet schema has too few elements") }
    let element = elements[next]
    next += 1
    guard (0...2).contains(element.repetition) else { throw .malformed("Parquet field \"\(element.name)\" is of no known repetition") }
    let isRepeated = element.repetition == 2
    let definition = definition + (element.repetition == 0 ? 0 : 1)
    let repetition = repetition + (isRepeated ? 1 : 0)
    let path = parent + [element.name]
    let isWanted = isWanted || wanted?.contains(path.joined(separator: ".")) == true
    let first = leaves.count
    let content: ParquetField.Content
    if let code = element.type {
      defer { column += 1 }
      guard isWanted else { return nil }
      content = .leaf(first)
      let type = try ParquetPhysicalType(element, code: code)
      leaves.append(ParquetLeaf(column: column, path: path, type: type, definitionLevel: definition, repetitionLevel: repetition))
    } else {
      content = .group(
        try children(element.childCount, path: path, isWanted: isWanted, definition: definition, repetition: repetition))
      guard leaves.count > first else { return nil }
    }
    return ParquetField(
      name: element.name, isRepeated: isRepeated, definitionLevel: definition, repetitionLevel: repetition, content: content,
      leaves: first..<leaves.count)
  }
}

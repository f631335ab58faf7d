/// Finds the state of a Hudi table from its properties and its timeline, whose files whoever reads it brings.
///
/// ```swift
/// let properties = try HudiProperties(bytes(of: ".hoodie/hoodie.properties"))
/// let folder = ".hoodie/\(properties.timelineFolder)"
/// var reading = try HudiReading(properties, HudiTimeline(listing: names(in: folder)))
/// while let name = reading.next { try reading.read(bytes(of: "\(folder)/\(name)")) }
/// let table = try reading.table()
/// ```
package struct HudiReading {
  private let properties: HudiProperties
  /// Up to the instant that is asked for, newest first.
  private let instants: [HudiInstant]
  private var position = 0
  private var commit: HudiCommit?
  private var schemaText: String?

  /// Instants in which a schema is looked for before the one that the table was made with is taken.
  private static let maximumInstants = 100

  /// - Parameter instant: when it was requested; `nil` for the newest.
  /// - Throws: ``TableFormatError/Reason/missing`` when there is no such instant among the completed ones.
  package init(_ properties: HudiProperties, _ timeline: HudiTimeline, at instant: String? = nil) throws(TableFormatError) {
    self.properties = properties
    var instants = timeline.instants[...]
    if let instant {
      guard let index = instants.lastIndex(where: { $0.requested == instant }) else {
        throw .missing("The Hudi table has no completed instant \(instant) in its active timeline")
      }
      instants = instants[...index]
    }
    self.instants = instants.reversed()
  }

  /// The file that ``read(_:)`` wants next, its name in the timeline's folder; `nil` when no more is needed.
  package var next: String? {
    guard position < min(instants.count, Self.maximumInstants), commit == nil || schemaText == nil else { return nil }
    return instants[position].fileName
  }

  /// Takes the content of ``next``.
  package mutating func read(_ bytes: [UInt8]) throws(TableFormatError) {
    guard let name = next else { throw .malformed("No more files of the Hudi timeline are wanted") }
    let commit: HudiCommit
    do throws(TableFormatError) {
      commit = try HudiCommit(bytes)
    } catch {
      throw error.inFile(name)
    }
    position += 1
    if self.commit == nil { self.commit = commit }
    if let text = commit.schemaText, !text.isEmpty { schemaText = text }
  }

  /// The table, once every file that is wanted has been read. A table nobody has written to has no instant.
  package func table() throws(TableFormatError) -> HudiTable {
    if let next { throw .missing("\(next) has not been read") }
    let text = schemaText ?? properties.createSchema
    let columns = try text.map { text throws(TableFormatError) in try AvroColumns.columns(text) } ?? []
    return HudiTable(properties: properties, instant: instants.first, commit: commit, schemaText: text, columns: columns)
  }
}

/// What a Hudi table's properties and timeline say of it at one instant.
package struct HudiTable: Hashable, Sendable {
  package var properties: HudiProperties
  /// The last completed one; `nil` when nothing has been written.
  package var instant: HudiInstant?
  /// What that instant wrote. It is not the table's size: a timeline does not tell that.
  package var commit: HudiCommit?
  /// Avro, as it is in the timeline; `nil` when nobody says.
  package var schemaText: String?
  /// Without Hudi's own.
  package var columns: [TableColumn]

  package var partitionFields: [String] { properties.partitionFields }
}

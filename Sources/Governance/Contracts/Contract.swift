package import Iceberg

/// What a dataset promises to those who read it. Its clauses are the members of its JSON form.
package struct Contract: Hashable, Sendable {
  /// What becomes of a commit that breaks a clause.
  package enum Mode: String, Sendable, CaseIterable {
    /// It is refused.
    case enforce
    /// It is made, and the breach recorded.
    case warn
  }

  package enum SchemaChanges: String, Sendable, CaseIterable {
    case none
    /// Only what old files, readers and queries live with.
    case additive
    case any
  }

  /// Whether clauses that need column statistics are broken by files without any.
  package enum Statistics: String, Sendable, CaseIterable {
    case required, optional
  }

  /// A column that is there.
  package struct Column: Hashable, Sendable {
    /// In full, nested ones with dots.
    package var name: String
    /// As Iceberg spells it: `long`, `decimal(10, 2)`; `struct`, `list` and `map` for whatever these hold. `nil` for any.
    package var type: String?
    /// Whether the schema itself says that the column has no nulls; `nil` for either.
    package var isRequired: Bool?
    /// Whether no file may come that holds a null in it.
    package var forbidsNulls: Bool

    package init(name: String, type: String? = nil, isRequired: Bool? = nil, forbidsNulls: Bool = false) {
      self.name = name
      self.type = type
      self.isRequired = isRequired
      self.forbidsNulls = forbidsNulls
    }
  }

  /// How many rows a delivery brings.
  package struct Rows: Hashable, Sendable {
    package var minimum: Int64?
    package var maximum: Int64?
    package var deviations: Deviations?

    package init(minimum: Int64? = nil, maximum: Int64? = nil, deviations: Deviations? = nil) {
      self.minimum = minimum
      self.maximum = maximum
      self.deviations = deviations
    }
  }

  /// How far from usual a delivery may be.
  package struct Deviations: Hashable, Sendable {
    /// So many robust standard deviations from the median.
    package var within: Double
    /// Of so many deliveries before, at most.
    package var last: Int
    /// With fewer of them nothing is usual yet, and the clause holds.
    package var atLeast: Int
    /// The least deviation that is reckoned with, as a part of the median: deliveries that were all alike may differ a little.
    package var leastSpread: Double

    package init(within: Double, last: Int = 20, atLeast: Int = 5, leastSpread: Double = 0.05) {
      self.within = within
      self.last = last
      self.atLeast = atLeast
      self.leastSpread = leastSpread
    }
  }

  /// How new the newest value of a column is in each delivery.
  package struct Freshness: Hashable, Sendable {
    package var column: String
    package var maximumAge: Duration

    package init(column: String, maximumAge: Duration) {
      self.column = column
      self.maximumAge = maximumAge
    }
  }

  /// Of the data files that a snapshot adds.
  package struct Files: Hashable, Sendable {
    package var maximumCount: Int?
    /// On average, where there are two or more: one small file is how small deliveries come.
    package var minimumAverageBytes: Int64?
    /// Of each.
    package var maximumBytes: Int64?

    package init(maximumCount: Int? = nil, minimumAverageBytes: Int64? = nil, maximumBytes: Int64? = nil) {
      self.maximumCount = maximumCount
      self.minimumAverageBytes = minimumAverageBytes
      self.maximumBytes = maximumBytes
    }
  }

  /// A result from outside that a snapshot needs before it is published.
  package struct QualityCheck: Hashable, Sendable {
    package var name: String
    package var isRequired: Bool
    /// How old its result may be.
    package var maximumAge: Duration?

    package init(name: String, isRequired: Bool = true, maximumAge: Duration? = nil) {
      self.name = name
      self.isRequired = isRequired
      self.maximumAge = maximumAge
    }
  }

  package var description: String
  package var mode: Mode
  /// Names of branches and tags, or beginnings of names and a `*`: snapshots come under the contract when they come to one of these.
  package var refs: [String]
  /// What snapshots do that bring new rows: rows and freshness are promised of these.
  package var deliveries: Set<SnapshotOperation>
  package var statistics: Statistics
  package var columns: [Column]
  package var schemaChanges: SchemaChanges
  package var rows: Rows?
  package var freshness: Freshness?
  package var files: Files?
  package var checks: [QualityCheck]

  package init(
    description: String = "", mode: Mode = .enforce, refs: [String] = ["*"], deliveries: Set<SnapshotOperation> = [.append],
    statistics: Statistics = .required, columns: [Column] = [], schemaChanges: SchemaChanges = .any, rows: Rows? = nil,
    freshness: Freshness? = nil, files: Files? = nil, checks: [QualityCheck] = []
  ) {
    self.description = description
    self.mode = mode
    self.refs = refs
    self.deliveries = deliveries
    self.statistics = statistics
    self.columns = columns
    self.schemaChanges = schemaChanges
    self.rows = rows
    self.freshness = freshness
    self.files = files
    self.checks = checks
  }

  /// Byte by byte: names that only look alike are other names.
  package func covers(ref name: String) -> Bool {
    refs.contains { pattern in
      pattern.utf8.last == UInt8(ascii: "*") ? name.utf8.starts(with: pattern.utf8.dropLast()) : name.utf8.elementsEqual(pattern.utf8)
    }
  }

  /// Whether some clause is about files, so that manifests must be read.
  package var needsManifests: Bool { rows != nil || freshness != nil || files != nil || columns.contains(where: \.forbidsNulls) }

  /// The columns whose statistics some clause needs, by field id.
  package func columnsWithStatistics(in schema: Schema?) -> Set<Int32> {
    guard let schema else { return [] }
    let names = columns.filter(\.forbidsNulls).map(\.name) + [freshness?.column].compactMap { $0 }
    return Set(names.compactMap { schema.field(named: $0)?.id })
  }
}

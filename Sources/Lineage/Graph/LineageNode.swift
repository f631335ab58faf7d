/// Something that data is in, or that makes data of data.
package struct LineageNode: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// A model with all of its versions.
    case model
    case modelVersion = "model-version"
    case table
    case view
    case fileSet = "file-set"
    case delta
    case hudi
    case featureView = "feature-view"
    case topic
    /// A dataset that the catalog does not know.
    case externalDataset = "external-dataset"
    case job
    /// One run of a job.
    case run
    /// Something that the reader may not see: that it is there is told, not what it is.
    case hidden

    /// What people call it.
    package var title: String {
      switch self {
      case .model: "Model"
      case .modelVersion: "Model version"
      case .table: "Table"
      case .view: "View"
      case .fileSet: "File set"
      case .delta: "Delta table"
      case .hudi: "Hudi table"
      case .featureView: "Feature view"
      case .topic: "Topic"
      case .externalDataset: "External dataset"
      case .job: "Job"
      case .run: "Run"
      case .hidden: "Hidden"
      }
    }
  }

  /// What is said of a node beside its name.
  package enum Mark: String, Sendable, CaseIterable {
    /// The snapshot must be kept, since something was trained on it.
    case pinned
    /// A legal hold covers it.
    case held
    /// It was dropped, or the snapshot has been expired.
    case gone
  }

  /// Such as `model:credit-risk@7`, `dataset:curated.loans`, `job:spark/loans_daily`.
  package var id: String
  package var kind: Kind
  /// What it is called, such as `curated.loans`.
  package var label: String
  /// More about it in a few words, such as a framework or a location.
  package var sublabel: String?
  /// The snapshot that was read or written.
  package var snapshotID: Int64?
  /// When that snapshot was committed, in milliseconds since 1970.
  package var committedAtMs: Int64?
  package var marks: [Mark]
  /// In the schema's order; empty when columns were not asked for.
  package var columns: [LineageColumn]

  package init(
    id: String, kind: Kind, label: String, sublabel: String? = nil, snapshotID: Int64? = nil, committedAtMs: Int64? = nil,
    marks: [Mark] = [], columns: [LineageColumn] = []
  ) {
    self.id = id
    self.kind = kind
    self.label = label
    self.sublabel = sublabel
    self.snapshotID = snapshotID
    self.committedAtMs = committedAtMs
    self.marks = marks
    self.columns = columns
  }

  /// What stands under the name, a line each.
  var details: [String] {
    var lines: [String] = []
    if let sublabel, !sublabel.isEmpty { lines.append(sublabel) }
    if let snapshotID { lines.append("snapshot \(snapshotID)") }
    if let committedAtMs { lines.append(MinuteText.text(millisecondsSince1970: committedAtMs)) }
    return lines
  }
}

/// A column of a dataset, or a feature.
package struct LineageColumn: Hashable, Sendable {
  package var name: String
  /// Such as `decimal(18,2)`.
  package var type: String?

  package init(_ name: String, type: String? = nil) {
    self.name = name
    self.type = type
  }
}

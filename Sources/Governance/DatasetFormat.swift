/// What a dataset is that is no Iceberg table or view.
package enum DatasetFormat: String, Sendable, CaseIterable {
  case delta, hudi, parquet, csv
  /// A file set: texts, images, audio, sensor files, logs.
  case files
  case topic
  case featureView = "feature-view"

  /// Whether it lies in files below a location.
  package var hasFiles: Bool {
    switch self {
    case .delta, .hudi, .parquet, .csv, .files: true
    case .topic, .featureView: false
    }
  }

  /// The format of its files; `nil` for one that zones know nothing of.
  package var fileFormat: ZoneRules.FileFormat? {
    switch self {
    case .delta, .hudi, .parquet: .parquet
    case .csv, .files, .topic, .featureView: nil
    }
  }
}

import JSON

/// Where features come from.
package struct FeatureSource: Hashable, Sendable {
  package var name: String
  package var project: String?
  /// Such as `BATCH_FILE`, `BATCH_SPARK` or `STREAM_KAFKA`.
  package var kind: String?
  /// A table, its database and schema before it where they are said, joined by dots.
  package var table: String?
  package var query: String?
  /// A file or a folder.
  package var path: String?
  /// Of Kafka, or a stream of Kinesis.
  package var topic: String?
  /// Of Kafka: `host:port`, several with commas between them.
  package var servers: String?
  /// Such as `parquet`, `delta` or `iceberg`, where it is said.
  package var format: String?
  /// The column that says when a row became true: point-in-time joins go by it.
  package var timestampField: String?
  /// The column that says when a row was written: of rows for the same time the newest holds.
  package var createdTimestampColumn: String?
  package var datePartitionColumn: String?
  /// Columns of the source and what features call them.
  package var fieldMapping: [String: String]
  /// What a request says, for sources of requests.
  package var requestFields: [Feature]
  package var description: String?
  package var owner: String?
  package var tags: [String: String]
  /// Where the past of a stream or of what is pushed is.
  private var batch: [FeatureSource]

  package var batchSource: FeatureSource? { batch.first }

  /// Where it is: the table, else the path, else the topic.
  package var location: String? { table ?? path ?? topic }
}

extension FeatureSource {
  /// Members that say where the data is, one of which a source has.
  private static let options: [(StaticString, StaticString)] = [
    ("fileOptions", "file_options"), ("bigqueryOptions", "bigquery_options"), ("kafkaOptions", "kafka_options"),
    ("kinesisOptions", "kinesis_options"), ("redshiftOptions", "redshift_options"), ("requestDataOptions", "request_data_options"),
    ("snowflakeOptions", "snowflake_options"), ("sparkOptions", "spark_options"), ("trinoOptions", "trino_options"),
    ("athenaOptions", "athena_options"), ("customOptions", "custom_options"),
  ]

  /// Recursion goes as deep as the JSON reader lets a document be.
  init(_ message: FeastMessage) throws(JSONError) {
    // Sources inside others may be without a name.
    name = try message.text("name") ?? ""
    project = try message.text("project")
    kind = try message.enumeration(FeastNames.sourceTypes, "type")
    timestampField = try message.text("timestampField", "timestamp_field")
    createdTimestampColumn = try message.text("createdTimestampColumn", "created_timestamp_column")
    datePartitionColumn = try message.text("datePartitionColumn", "date_partition_column")
    fieldMapping = try message.texts("fieldMapping", "field_mapping")
    description = try message.text("description")
    owner = try message.text("owner")
    tags = try message.texts("tags")
    requestFields = []
    batch = try message.message("batchSource", "batch_source").map { source throws(JSONError) in [try FeatureSource(source)] } ?? []
    for (camel, snake) in Self.options {
      if let options = try message.message(camel, snake) { try read(options, isRequest: camel.description == "requestDataOptions") }
    }
  }

  private mutating func read(_ options: FeastMessage, isRequest: Bool) throws(JSONError) {
    guard !isRequest else {
      requestFields = try options.messages("schema").map { field throws(JSONError) in try Feature(field) }
      return
    }
    if let configuration = try options.text("configuration").flatMap({ FeastConfiguration(base64: $0) }) {
      (table, query, path) = (configuration.table, configuration.query, configuration.path)
      return
    }
    query = try options.text("query")
    path = try options.text("uri", "path")
    topic = try options.text("topic", "streamName", "stream_name")
    servers = try options.text("kafkaBootstrapServers", "kafka_bootstrap_servers")
    if let name = try options.text("table") {
      let parts = [try options.text("database"), try options.text("schema"), name]
      table = parts.compactMap { $0 }.joined(separator: ".")
    }
    format = try Self.format(options)
  }

  /// `{"parquetFormat": {}}` says it by the name of its one member; Spark's file format is a text.
  private static func format(_ options: FeastMessage) throws(JSONError) -> String? {
    if let word = try options.message("tableFormat", "table_format")?.firstKey { return FeastNames.withoutFormat(word) }
    guard let format = options.member("fileFormat", "file_format") else { return nil }
    return format.kind == .string ? try format.string() : try FeastMessage(format).firstKey.map { FeastNames.withoutFormat($0) }
  }
}

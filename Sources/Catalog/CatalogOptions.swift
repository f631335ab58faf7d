package import Lineage
package import TransparencyLog

/// What an operator may tune, read once at start.
package struct CatalogOptions: Sendable {
  /// Bytes of metadata kept in memory. Default 32 MB.
  package var cacheSizeBytes = 32 << 20
  /// The largest metadata file that `register` reads. Default 256 MB.
  package var maximumMetadataSizeBytes = 256 << 20
  /// How often a commit that keeps losing is tried again in the server while its requirements hold. Default 20.
  package var commitAttempts = 20
  /// How long answers are kept for requests sent again with the same `Idempotency-Key`. Default 30 minutes.
  package var idempotencyLifetime = Duration.seconds(1_800)
  /// Objects that an index takes in at once. Default 5000.
  package var indexPageSize = 5_000
  /// How long an index works before it lets other jobs pass. Default 20 seconds.
  package var indexSlice = Duration.seconds(20)
  /// How long what the logs of Delta and Hudi tables said is believed before they are read again; `nil` for as long as nobody asks.
  /// Default 15 minutes.
  package var refreshInterval: Duration? = .seconds(900)
  /// What a reader of such logs accepts.
  package var tableFormatLimits = TableFormatReader.Limits()

  package var lineage = LineageOptions()
  package var webhooks = WebhookOptions()
  package var retention = RetentionOptions()
  package var mlflow = MLflowOptions()
  package var verification = VerificationOptions()
  /// Those that this server signs the log with.
  package var logKeys: [LogKey] = []

  package init() {}
}

/// How much lineage is taken in, and what its names mean.
package struct LineageOptions: Sendable {
  /// Which warehouses are meant by namespaces of events. Warehouses' own names and locations are known anyway.
  package var aliases: [NamespaceAliases.Alias] = []
  /// Events that may wait to be taken into the graph; beyond, none are accepted. Default 500,000.
  package var maximumWaitingEvents = 500_000
  /// Requests that are being written down at once. Default 256.
  package var maximumRequests = 256
  /// What these may hold together. Default 64 MB.
  package var maximumSizeBytes = 64 << 20

  package init() {}
}

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

  package var webhooks = WebhookOptions()

  package init() {}
}

/// How much of the files behind training inputs is looked at, and how much at once.
package struct VerificationOptions: Sendable {
  /// Manifests whose digests are taken when a snapshot is bound, and their bytes; the rest is left to the first verification.
  /// Default 2000 and 256 MB.
  package var manifestsAtBinding = 2_000
  package var manifestsSizeBytesAtBinding: Int64 = 256 << 20
  /// How long one portion of a verification may take before the caller is asked to ask for the next. Default 3 seconds.
  package var patience = Duration.seconds(3)
  /// Files that are looked at between two looks at the clock. Default 256.
  package var portion = 256
  /// Files that are looked at at once, and those that are read at once. Default 32 and 4.
  package var filesAtOnce = 32
  package var readersAtOnce = 4
  /// The largest file whose content is read in one portion. Default 64 GB.
  package var maximumReadSizeBytes: Int64 = 64 << 30
  /// The largest file set whose root is computed again. Default 2,000,000 objects.
  package var maximumObjects: Int64 = 2_000_000
  /// Files that may have to be in memory, and manifests that may have to be read, to tell what two inputs share.
  /// Default 4,000,000 and 20,000.
  package var maximumOverlapFiles = 4_000_000
  package var maximumOverlapManifests = 20_000

  package init() {}
}

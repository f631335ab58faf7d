extension TableMetadata {
  /// Checks what must agree (Java's constructor of `TableMetadata`).
  func validate() throws(ModelError) {
    try check(formatVersion == 1 || uuid != nil, "UUID is required in format v\(formatVersion)")
    try check(!location.isEmpty, "Table location is required in format v\(formatVersion)")
    guard let schema = currentSchema else {
      throw .invalid("Cannot find schema with current-schema-id=\(currentSchemaID) from schemas")
    }
    try schema.validate()
    try check(!partitionSpecs.isEmpty, "Partition specs cannot be null or empty")
    try check(!sortOrders.isEmpty, "Sort orders cannot be null or empty")
    try check(defaultSpec != nil, "Cannot find partition spec with default-spec-id=\(defaultSpecID) from partition-specs")
    try check(
      defaultSortOrder != nil, "Cannot find sort order with default-sort-order-id=\(defaultSortOrderID) from sort-orders")
    try Self.refuseTwice(schemas.map(\.id), "schema")
    try Self.refuseTwice(partitionSpecs.map(\.id), "partition spec")
    try Self.refuseTwice(sortOrders.map(\.id), "sort order")
    try Self.refuseTwice(encryptionKeys.map(\.keyID), "encryption key")
    try validateSnapshots()
    try validateLogs()
  }

  private static func refuseTwice<ID: Hashable>(_ ids: [ID], _ what: String) throws(ModelError) {
    var seen = Set<ID>()
    for id in ids where !seen.insert(id).inserted { throw .invalid("Invalid table metadata: the \(what) id \(id) occurs twice") }
  }

  private func validateSnapshots() throws(ModelError) {
    try Self.refuseTwice(snapshots.map(\.id), "snapshot")
    let ids = Set(snapshots.lazy.map(\.id))
    for snapshot in snapshots where snapshot.sequenceNumber > lastSequenceNumber {
      throw .invalid(
        "Invalid snapshot with sequence number \(snapshot.sequenceNumber) greater than last sequence number \(lastSequenceNumber)")
    }
    let main = refs[SnapshotReference.mainBranch]
    if let currentSnapshotID {
      try check(ids.contains(currentSnapshotID), "Invalid table metadata: Cannot find current version")
      try check(
        main == nil || main?.snapshotID == currentSnapshotID,
        "Current snapshot ID does not match main branch (\(currentSnapshotID) != \(main.map { String($0.snapshotID) } ?? "null"))")
    } else {
      try check(main == nil, "Current snapshot is not set, but main branch exists: \(main.map { String($0.snapshotID) } ?? "")")
    }
    for (name, ref) in refs where !ids.contains(ref.snapshotID) {
      throw .invalid("Snapshot for reference \(name) does not exist in the existing snapshots list: \(ref.snapshotID)")
    }
  }

  private func validateLogs() throws(ModelError) {
    let changes = snapshotLog.lazy.map(\.timestampMs)
    try check(Self.isSorted(changes), "Invalid table metadata: the snapshot log is not in the order of time")
    if let last = changes.last {
      try check(
        Self.isInOrder(last, lastUpdatedMs), "Invalid update timestamp \(lastUpdatedMs): before last snapshot log entry at \(last)")
    }
    let files = metadataLog.lazy.map(\.timestampMs)
    try check(Self.isSorted(files), "Invalid table metadata: the metadata log is not in the order of time")
    if let last = files.last {
      try check(
        Self.isInOrder(last, lastUpdatedMs),
        "Invalid update timestamp \(lastUpdatedMs): before the latest metadata log entry timestamp \(last)")
    }
  }

  private static func isSorted(_ times: some Collection<Int64>) -> Bool { zip(times, times.dropFirst()).allSatisfy(isInOrder) }

  /// Whether a time is not more than the tolerance after another. Widened so that no time of a document can overflow.
  static func isInOrder(_ earlier: Int64, _ later: Int64) -> Bool {
    earlier <= later || later.advancedClamped(by: clockToleranceMs) >= earlier
  }
}

extension Int64 {
  fileprivate func advancedClamped(by amount: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(amount)
    return overflow ? .max : sum
  }
}

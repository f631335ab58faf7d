package import Postgres

/// What two inputs of a version share.
package struct TrainingOverlap: Hashable, Sendable {
  /// In the order of their ids.
  package let first: TrainingInputID
  package let second: TrainingInputID
  package let firstFiles: Int64
  package let secondFiles: Int64
  package let sharedFiles: Int64
  /// Rows in the shared files; `nil` where somebody does not say how many a file has.
  package let sharedRows: Int64?
  package let computedAt: PostgresTimestamp

  package init(
    first: TrainingInputID, second: TrainingInputID, firstFiles: Int64, secondFiles: Int64, sharedFiles: Int64, sharedRows: Int64?,
    computedAt: PostgresTimestamp
  ) {
    self.first = first
    self.second = second
    self.firstFiles = firstFiles
    self.secondFiles = secondFiles
    self.sharedFiles = sharedFiles
    self.sharedRows = sharedRows
    self.computedAt = computedAt
  }
}

extension CatalogStore {
  /// What was computed of a version's inputs already.
  package func overlaps(of version: ModelVersion, _: Authorization) async throws -> [TrainingOverlap] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT o.first_input_id, o.second_input_id, o.first_files, o.second_files, o.shared_files, o.shared_rows, o.computed_at
        FROM training_overlaps o JOIN training_inputs i ON i.id = o.first_input_id
        WHERE i.model_version_id = \(version.id) ORDER BY o.first_input_id, o.second_input_id
        """
      ) { row in
        TrainingOverlap(
          first: try row[0], second: try row[1], firstFiles: try row[2], secondFiles: try row[3], sharedFiles: try row[4],
          sharedRows: try row[5], computedAt: try row[6])
      }
    }
  }

  /// Keeps what was computed. It follows from what is on record, so it is no change of anything.
  package func keep(_ overlap: TrainingOverlap, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        INSERT INTO training_overlaps (first_input_id, second_input_id, first_files, second_files, shared_files, shared_rows, computed_at)
        VALUES (\(overlap.first), \(overlap.second), \(overlap.firstFiles), \(overlap.secondFiles), \(overlap.sharedFiles),
          \(overlap.sharedRows), \(overlap.computedAt))
        ON CONFLICT DO NOTHING
        """)
    }
  }

  /// How many objects two snapshots of one file set share: of the same key and the same content.
  package func sharedObjects(of dataset: DatasetID, _ first: Int64, _ second: Int64, _: Authorization) async throws -> Int64 {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT count(*) FROM file_set_objects a JOIN file_set_objects b
          ON b.dataset_id = a.dataset_id AND b.key = a.key AND b.checksum = a.checksum
        WHERE a.dataset_id = \(dataset) AND a.added_in <= \(first) AND (a.gone_in IS NULL OR a.gone_in > \(first))
          AND b.added_in <= \(second) AND (b.gone_in IS NULL OR b.gone_in > \(second))
        """
      ) { row in try row[0] as Int64 } ?? 0
    }
  }
}

import Postgres

extension CatalogStore {
  /// The runs that made a version, the first told of first; the one that the version itself names is not among them.
  package func runs(of version: ModelVersion, _: Authorization) async throws -> [ModelRun] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT run, principal, started_at, ended_at, declared_by, declared_at FROM model_version_runs
        WHERE model_version_id = \(version.id) ORDER BY declared_at, run LIMIT 1000
        """
      ) { row in
        ModelRun(
          name: try row[0], principal: try row[1], startedAt: try row[2], endedAt: try row[3], declaredBy: try row[4],
          declaredAt: try row[5])
      }
    }
  }

  /// Adds runs to a version. What is known of one already stays; what is new is added.
  static func add(
    _ runs: [NewModelRun], to version: ModelVersionID, _ context: OperationContext, on connection: PostgresConnection
  ) throws {
    for run in runs {
      try connection.execute(
        """
        INSERT INTO model_version_runs AS r (model_version_id, run, principal, started_at, ended_at, declared_by, declared_at)
        VALUES (\(version), \(run.name), \(run.principal), \(run.startedAt), \(run.endedAt), \(context.principal), \(context.time))
        ON CONFLICT (model_version_id, run) DO UPDATE SET principal = coalesce(r.principal, excluded.principal),
          started_at = coalesce(r.started_at, excluded.started_at), ended_at = coalesce(r.ended_at, excluded.ended_at)
        """)
    }
  }

  /// A model, one of its versions, and the names of the runs that made it.
  package func versionToJoin(
    _ id: ModelVersionID, _: Authorization
  ) async throws -> (model: String, version: String, names: [String])? {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT m.name, v.name, ARRAY(SELECT run FROM model_run_names n WHERE n.model_version_id = v.id ORDER BY run LIMIT 1000)
        FROM model_versions v JOIN models m ON m.id = v.model_id WHERE v.id = \(id)
        """
      ) { row in (model: try row[0], version: try row[1], names: try row[2]) }
    }
  }
}

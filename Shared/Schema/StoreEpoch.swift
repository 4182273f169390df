import Postgres

/// Which life of the store it is.
///
/// Transaction ids order the feed, and they begin again when a backup is restored into a new
/// cluster. The cluster's own identifier tells.
enum StoreEpoch {
    /// Begins a new epoch where the cluster is not the one of the last epoch; returns the epoch.
    static func raiseWhereNew(
        _ executor: some PostgresExecutor
    ) async throws(PostgresError) -> Int32 {
        let rows = try await executor.pipeline([
            """
            INSERT INTO store_epoch (epoch, system_identifier)
            SELECT last.epoch + 1, cluster.system_identifier
            FROM (SELECT epoch, system_identifier FROM store_epoch ORDER BY epoch DESC LIMIT 1) last,
                pg_control_system() cluster
            WHERE last.system_identifier <> cluster.system_identifier
            """,
            "SELECT max(epoch) FROM store_epoch",
        ])
        guard let row = rows[1].first else { return 0 }
        return try row.decode(Int32.self, at: 0)
    }

    /// Whether the cluster is the one of the last epoch.
    static func isCurrent(_ executor: some PostgresExecutor) async throws(PostgresError) -> Bool {
        let rows = try await executor.query(
            """
            SELECT last.system_identifier = cluster.system_identifier
            FROM (SELECT system_identifier FROM store_epoch ORDER BY epoch DESC LIMIT 1) last,
                pg_control_system() cluster
            """
        )
        return try rows.first?.decode(Bool.self, at: 0) ?? false
    }
}

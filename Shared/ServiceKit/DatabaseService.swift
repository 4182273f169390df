import Logging
public import Postgres
public import ServiceLifecycle

/// How a process reaches the database.
public struct DatabaseSettings: Sendable {
    /// The connection string: `DATABASE_URL`.
    public let url: Secret

    /// The most connections of the pool: `DATABASE_CONNECTIONS`.
    public let maximumConnections: Int

    /// The longest that a statement may run: `DATABASE_STATEMENT_TIMEOUT_SECONDS`.
    public let statementTimeoutSeconds: Int

    /// Reads them.
    public init(_ reader: inout SettingsReader, connections: Int = 8) {
        url = reader.requiredSecret("database.url", help: "connection string of the database")
        maximumConnections = reader.integer(
            "database.connections",
            default: connections,
            in: 1...500,
            help: "most connections to the database"
        )
        statementTimeoutSeconds = reader.integer(
            "database.statement.timeout.seconds",
            default: 30,
            in: 1...3_600,
            help: "longest time for one statement"
        )
    }

    /// What the Postgres module needs to connect in a role.
    public func configuration(
        role: String?,
        applicationName: String
    ) throws(PostgresError) -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url.reveal())
        configuration.role = role
        configuration.applicationName = applicationName
        configuration.statementTimeoutMilliseconds = statementTimeoutSeconds * 1_000
        configuration.transactionTimeoutMilliseconds = statementTimeoutSeconds * 1_000
        return configuration
    }
}

/// A pool of connections in a process's role, and a watch over it that `/readyz` shows.
///
/// A database that is away is waited for with backoff, at the start and at any later time.
public struct DatabaseService: Service {
    /// How often a healthy database is looked at.
    private static let watchInterval = Duration.seconds(2)

    /// The connections.
    public let pool: PostgresPool

    private let readiness: Readiness
    private let logger: Logger
    private let check: @Sendable (PostgresPool) async throws -> Void

    /// Makes the pool.
    ///
    /// `check` decides whether the database can be worked with: that it answers, and that its
    /// schema is one that this program knows. `plansForGrowth` is for services that only look rows
    /// up; who reads whole tables does without.
    public init(
        _ settings: DatabaseSettings,
        context: ServiceContext,
        role: String,
        plansForGrowth: Bool = false,
        check: @escaping @Sendable (PostgresPool) async throws -> Void
    ) throws(PostgresError) {
        var configuration = try settings.configuration(
            role: role,
            applicationName: context.common.instance
        )
        configuration.plansForGrowth = plansForGrowth
        pool = PostgresPool(
            configuration: configuration,
            limits: PoolLimits(maximumConnections: settings.maximumConnections),
            logger: context.logger
        )
        readiness = context.readiness
        logger = context.logger
        self.check = check
        readiness.declare("database")
    }

    /// Returns once the database can be worked with; for the wiring, before anything else starts.
    public func usable() async throws {
        var backoff = Backoff()
        while !(await look()) {
            try await Task.sleep(for: backoff.next())
        }
    }

    /// Watches until shutdown, then closes the connections when all work is done.
    public func run() async throws {
        try await withThrowingDiscardingTaskGroup { tasks in
            tasks.addTask { try await pool.run() }
            tasks.addTask {
                await watch()
                await pool.shutDown()
            }
        }
    }

    private func watch() async {
        var backoff = Backoff()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let isUsable = await look()
            if isUsable { backoff.reset() }
            let wait = isUsable ? Self.watchInterval : backoff.next()
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
        }
    }

    private func look() async -> Bool {
        do {
            try await check(pool)
            readiness.ready("database")
            return true
        } catch {
            readiness.notReady("database", reason: "\(error)")
            if !Task.isCancelled {
                logger.warning("the database cannot be used now", metadata: ["reason": "\(error)"])
            }
            return false
        }
    }
}

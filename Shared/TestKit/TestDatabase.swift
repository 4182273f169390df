import Logging
public import Postgres
import Schema
import Synchronization

/// A database of one test's own, so that tests that commit can run side by side.
///
/// It is a copy of a template, made in some thirty milliseconds.
public struct TestDatabase: Sendable {
    /// The name within the server.
    public let name: String
    /// The connection string, as the server's owner.
    public let url: String

    /// Makes a database without any table.
    public static func empty() async throws -> TestDatabase {
        try await create(from: .empty)
    }

    /// Makes a database with the product's schema.
    public static func migrated() async throws -> TestDatabase {
        try await create(from: .migrated)
    }

    /// Makes a copy of a template; the first call for it makes the template.
    public static func create(from template: TestTemplate) async throws -> TestDatabase {
        let server = try await PrivatePostgres.shared()
        let administrator = try await Administrator.shared()
        try await template.prepare(server, administrator)
        let name = Administrator.nextName()
        try await administrator.execute(
            "CREATE DATABASE \(identifier: name) TEMPLATE \(identifier: template.databaseName)"
        )
        return TestDatabase(name: name, url: server.url(database: name))
    }

    /// Runs a test with a copy of a template and drops the copy afterwards.
    public static func with<Output>(
        _ template: TestTemplate,
        _ body: (TestDatabase) async throws -> Output
    ) async throws -> Output {
        let database = try await create(from: template)
        do {
            let output = try await body(database)
            try await database.drop()
            return output
        } catch {
            try await database.drop()
            throw error
        }
    }

    /// Removes the database, also while it is in use; otherwise it goes with the server.
    public func drop() async throws {
        let administrator = try await Administrator.shared()
        try await administrator.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
    }

    /// How to reach it.
    public func configuration(role: String? = nil) throws(PostgresError) -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url)
        configuration.role = role
        return configuration
    }

    /// Connects to it; the connections close when the pool goes.
    public func pool(
        role: String? = nil,
        maximumConnections: Int = 4
    ) throws(PostgresError) -> PostgresPool {
        PostgresPool(
            configuration: try configuration(role: role),
            limits: PoolLimits(maximumConnections: maximumConnections, waitTimeoutSeconds: 30),
            logger: Logger(label: "test")
        )
    }
}

/// What a test's database is copied from, made once per test run.
public struct TestTemplate: Sendable {
    let databaseName: String
    private let once: AsyncOnce<Void>
    private let migrate: @Sendable (PostgresConfiguration) async throws -> Void

    /// Names a template and how it is filled; keep the value in a `static let`.
    public init(
        name: String,
        migrate: @escaping @Sendable (PostgresConfiguration) async throws -> Void
    ) {
        databaseName = "template_\(name)"
        self.migrate = migrate
        once = AsyncOnce()
    }

    /// A database without any table.
    public static let empty = TestTemplate(name: "empty") { _ in }

    /// A database as the product uses it: migrated to the newest schema.
    public static let migrated = TestTemplate(name: "migrated") { configuration in
        let pool = PostgresPool(
            configuration: configuration,
            limits: PoolLimits(maximumConnections: 2),
            logger: Logger(label: "test")
        )
        _ = try await Migrator(pool, migrations: try Migration.all()).run()
        await pool.shutDown()
    }

    func prepare(_ server: PrivatePostgres, _ administrator: PostgresPool) async throws {
        try await once.value {
            try await administrator.execute("CREATE DATABASE \(identifier: databaseName)")
            let url = server.url(database: databaseName)
            try await migrate(try PostgresConfiguration(url: url))
        }
    }
}

/// The connection over which databases are made.
enum Administrator {
    private static let once = AsyncOnce<PostgresPool>()
    private static let lastNumber = Atomic<Int>(0)

    static func shared() async throws -> PostgresPool {
        try await once.value {
            let server = try await PrivatePostgres.shared()
            return PostgresPool(
                configuration: try PostgresConfiguration(url: server.url()),
                limits: PoolLimits(maximumConnections: 4, waitTimeoutSeconds: 120),
                logger: Logger(label: "test")
            )
        }
    }

    static func nextName() -> String {
        "test_\(lastNumber.add(1, ordering: .relaxed).newValue)"
    }
}

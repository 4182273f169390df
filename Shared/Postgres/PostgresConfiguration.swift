import CPostgres

/// How to reach a database and how sessions begin there.
public struct PostgresConfiguration: Sendable {
    /// What libpq is told, from `host` and `dbname` to `sslmode` and `target_session_attrs`.
    private(set) var parameters: [String: String]
    /// The name that `pg_stat_activity` shows.
    public var applicationName: String?
    /// The role that every session takes on.
    public var role: String?
    /// The longest a statement may run on the server.
    public var statementTimeoutMilliseconds: Int?
    /// The longest a transaction may stay open; after it the connection is cut.
    public var transactionTimeoutMilliseconds: Int?
    /// The longest that connecting to one host may take.
    public var connectTimeoutSeconds: Int = 5
    /// Whether a prepared statement is planned once, and for tables that have grown.
    ///
    /// A session of a service lives long and prepares its statements early, often over empty
    /// tables: plans made for those would read whole tables later on, and were seen to.
    public var plansForGrowth = false
    /// How many statements a connection keeps prepared; the least recently used goes first.
    public var preparedStatementLimit: Int = 256

    /// Reads a connection string, as a URL or as `key=value` words, like every tool over libpq.
    public init(url: String) throws(PostgresError) {
        var reason: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &reason) else {
            PQfreemem(reason)
            throw PostgresError(.invalidRequest, "the database's connection string is malformed")
        }
        defer { PQconninfoFree(options) }
        parameters = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                parameters[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
    }

    /// The same server and settings, another database.
    public func withDatabase(_ name: String) -> Self {
        var copy = self
        copy.parameters["dbname"] = name
        return copy
    }

    /// Hosts, port and database, for logs; no password.
    public var publicDescription: String {
        let host = parameters["host"] ?? parameters["hostaddr"] ?? "local"
        let port = parameters["port"] ?? "5432"
        return "\(host):\(port)/\(parameters["dbname"] ?? "")"
    }

    /// All that libpq is told, in a fixed order.
    var connectionParameters: [(key: String, value: String)] {
        var all = parameters
        for (key, value) in Self.defaults where all[key] == nil { all[key] = value }
        if all["connect_timeout"] == nil { all["connect_timeout"] = String(connectTimeoutSeconds) }
        if let applicationName { all["application_name"] = applicationName }
        all["client_encoding"] = "UTF8"
        let options = sessionOptions
        if !options.isEmpty {
            all["options"] = ((all["options"].map { [$0] } ?? []) + options).joined(separator: " ")
        }
        return all.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    }

    /// A peer that vanished without a word is noticed within about twenty seconds.
    private static let defaults = [
        "gssencmode": "disable",
        "keepalives_idle": "10",
        "keepalives_interval": "3",
        "keepalives_count": "3",
        "tcp_user_timeout": "20000",
    ]

    private var sessionOptions: [String] {
        var options: [String] = []
        if let role { options.append("-c role=\(Self.escaped(role))") }
        if let limit = statementTimeoutMilliseconds {
            options.append("-c statement_timeout=\(limit)")
        }
        if let limit = transactionTimeoutMilliseconds {
            options.append("-c idle_in_transaction_session_timeout=\(limit)")
        }
        if plansForGrowth {
            options += ["-c enable_seqscan=off", "-c plan_cache_mode=force_generic_plan"]
        }
        return options
    }

    /// The server splits options at spaces that no backslash precedes.
    private static func escaped(_ option: String) -> String {
        var text = ""
        for character in option.unicodeScalars {
            if character == "\\" || character == " " { text += "\\" }
            text.unicodeScalars.append(character)
        }
        return text
    }
}

import ServiceKit

/// The orchestrator's own settings.
struct OrchestratorSettings: Sendable {
    let database: DatabaseSettings
    let networkHost: String
    let networkPort: Int
    /// The network's HTTPS door: `NOTICES_URL`.
    let noticesURL: String?
    /// The certificates that it is trusted by: `NOTICES_CERTIFICATE_FILE`.
    let noticesCertificateFile: String?
    var tuning: OrchestratorTuning

    init(_ reader: inout SettingsReader) {
        database = DatabaseSettings(&reader, connections: 6)
        networkHost = reader.requiredString("network.host", help: "host of the card network")
        networkPort = reader.integer(
            "network.port",
            default: 0,
            in: 0...65_535,
            help: "port of the card network"
        )
        noticesURL = reader.optionalString(
            "notices.url",
            help:
                "where the network tells of disputes, https://host:port; nothing is pulled without"
        )
        noticesCertificateFile = reader.optionalString(
            "notices.certificate.file",
            help: "certificates that the network's door is trusted by; else the system's"
        )
        if networkPort == 0 { reader.report("NETWORK_PORT must be given") }
        tuning = OrchestratorTuning(&reader)
    }
}

/// The figures that decide how long things take.
struct OrchestratorTuning: Sendable {
    /// How long an authorization waits for its answer.
    var authorizationTimeoutMilliseconds = 5_000
    /// How long an advice or a reversal waits for its answer.
    ///
    /// Together with the authorization's
    /// time it stays below the eight seconds after which a merchant is told `processing`, so that
    /// the payment can be seen by then.
    var adviceTimeoutMilliseconds = 2_000
    /// The most commands in flight in this process.
    var maximumInFlight = 512
    /// How long work is held without a sign of life.
    var leaseSeconds = 15
    /// The wait before the first repeat of what the network did not answer; it doubles from there.
    var retryInitialMilliseconds = 1_000
    /// The longest wait between two repeats.
    var retryMaximumMilliseconds = 30_000
    /// How often overdue payments are looked for.
    var sweepIntervalSeconds = 10
    /// How long after its moment a payment is overdue.
    var sweepGraceSeconds = 60
    /// How often balances are folded; reading one adds up what was posted since.
    var foldIntervalMilliseconds = 2_000

    /// The defaults.
    init() {}

    init(_ reader: inout SettingsReader) {
        authorizationTimeoutMilliseconds = reader.integer(
            "authorization.timeout.milliseconds",
            default: authorizationTimeoutMilliseconds,
            in: 10...60_000,
            help: "how long an authorization waits for the network"
        )
        adviceTimeoutMilliseconds = reader.integer(
            "advice.timeout.milliseconds",
            default: adviceTimeoutMilliseconds,
            in: 10...60_000,
            help: "how long an advice or a reversal waits for the network"
        )
        maximumInFlight = reader.integer(
            "maximum.in.flight",
            default: maximumInFlight,
            in: 1...10_000,
            help: "most commands in flight"
        )
        leaseSeconds = reader.integer(
            "lease.seconds",
            default: leaseSeconds,
            in: 4...600,
            help: "how long work is held without a sign of life"
        )
        retryInitialMilliseconds = reader.integer(
            "retry.initial.milliseconds",
            default: retryInitialMilliseconds,
            in: 10...60_000,
            help: "wait before the first repeat of an unanswered advice"
        )
        retryMaximumMilliseconds = reader.integer(
            "retry.maximum.milliseconds",
            default: retryMaximumMilliseconds,
            in: 10...600_000,
            help: "longest wait between two repeats"
        )
        if retryMaximumMilliseconds < retryInitialMilliseconds {
            reader.report(
                "RETRY_MAXIMUM_MILLISECONDS must not be below RETRY_INITIAL_MILLISECONDS"
            )
        }
        sweepIntervalSeconds = reader.integer(
            "sweep.interval.seconds",
            default: sweepIntervalSeconds,
            in: 1...3_600,
            help: "how often overdue payments are looked for"
        )
        sweepGraceSeconds = reader.integer(
            "sweep.grace.seconds",
            default: sweepGraceSeconds,
            in: 0...86_400,
            help: "how long after its moment a payment is overdue; more than clocks differ"
        )
        foldIntervalMilliseconds = reader.integer(
            "fold.interval.milliseconds",
            default: foldIntervalMilliseconds,
            in: 10...600_000,
            help: "how often balances are folded"
        )
    }
}

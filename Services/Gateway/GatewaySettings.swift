import ServiceKit

/// Where the gateway runs; production forgives less.
enum GatewayEnvironment: String, CaseIterable, Sendable {
    /// Plain HTTP on loopback, self-signed certificates.
    case development
    /// HTTPS only, or a proxy that is named.
    case production
}

/// The gateway's own settings.
struct GatewaySettings: Sendable {
    let database: DatabaseSettings
    let environment: GatewayEnvironment
    let host: String
    let port: Int
    let certificateFile: String?
    let keyFile: String?
    let selfSigned: Bool
    let trustedProxies: Set<String>
    let vaultURL: String
    let vaultCertificateFile: String?
    let idempotencySecret: Secret?
    let replyTimeoutMilliseconds: Int
    let allowsDemoMerchants: Bool
    let webhookSigningSecret: Secret?
    let allowsLoopbackTargets: Bool
    let demoMerchantsPerMinute: Int
    let tokenizationsPerMinute: Int
    let maximumConnections: Int
    let admission: AdmissionLimits

    /// Whether the process terminates TLS itself.
    var terminatesTLS: Bool { certificateFile != nil || selfSigned }

    init(_ reader: inout SettingsReader) {
        database = DatabaseSettings(&reader)
        environment = reader.choice(
            "environment",
            default: .development,
            help: "development allows plain HTTP on loopback and self-signed certificates"
        )
        host = reader.string("host", default: "127.0.0.1", help: "address of the API")
        port = reader.integer(
            "port",
            default: 8_080,
            in: 0...65_535,
            help: "port of the API; 0 lets the kernel choose"
        )
        certificateFile = reader.optionalString(
            "tls.certificate.file",
            help: "certificate chain for HTTPS, PEM"
        )
        keyFile = reader.optionalString("tls.key.file", help: "its private key, PEM")
        selfSigned = reader.boolean(
            "tls.self.signed",
            default: false,
            help: "serve HTTPS with a certificate made at the first start; development only"
        )
        let proxies = reader.optionalString(
            "trusted.proxies",
            help: "addresses, with commas, whose X-Forwarded-Proto and -For are believed"
        )
        trustedProxies = Set(
            (proxies ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
        )
        vaultURL = reader.requiredString("vault.url", help: "URL of the card network's vault")
        vaultCertificateFile = reader.optionalString(
            "vault.certificate.file",
            help: "certificates that the vault is trusted by, PEM"
        )
        idempotencySecret = reader.optionalSecret(
            "idempotency.secret",
            help: "keys the fingerprints of requests; the same for all gateways of a database; "
                + "made at the first start in development"
        )
        replyTimeoutMilliseconds = reader.integer(
            "reply.timeout.milliseconds",
            default: 8_000,
            in: 100...60_000,
            help: "how long a request waits for its outcome before it is told 'processing'"
        )
        allowsDemoMerchants = reader.boolean(
            "demo.merchants",
            default: true,
            help: "whether visitors may make themselves test merchants"
        )
        demoMerchantsPerMinute = reader.integer(
            "demo.merchants.per.minute",
            default: 120,
            in: 1...100_000,
            help: "test merchants that one address may make in a minute"
        )
        tokenizationsPerMinute = reader.integer(
            "tokenizations.per.minute",
            default: 1_200,
            in: 1...1_000_000,
            help: "cards that one address may store in a minute"
        )
        maximumConnections = reader.integer(
            "maximum.connections",
            default: HTTPLimits().maximumConnections,
            in: 1...100_000,
            help: "most connections of clients"
        )
        admission = AdmissionLimits(&reader)
        webhookSigningSecret = reader.optionalSecret(
            "webhook.signing.secret",
            help: "what signing secrets are computed from; the same for gateways and webhook "
                + "services of a database; made at the first start in development"
        )
        allowsLoopbackTargets = reader.boolean(
            "allow.loopback.targets",
            default: false,
            help: "whether webhook endpoints may be on this machine; for development only"
        )
        reportContradictions(&reader)
    }

    /// Problems that show only when settings are seen together.
    private func reportContradictions(_ reader: inout SettingsReader) {
        if (certificateFile == nil) != (keyFile == nil) {
            reader.report("TLS_CERTIFICATE_FILE and TLS_KEY_FILE belong together")
        }
        if certificateFile != nil, selfSigned {
            reader.report("TLS_CERTIFICATE_FILE and TLS_SELF_SIGNED exclude each other")
        }
        if environment == .production, selfSigned {
            reader.report("TLS_SELF_SIGNED is for development; give TLS_CERTIFICATE_FILE")
        }
        if environment == .production, idempotencySecret == nil {
            reader.report("IDEMPOTENCY_SECRET must be given in production")
        }
        if let idempotencySecret, idempotencySecret.reveal().utf8.count < 16 {
            reader.report("IDEMPOTENCY_SECRET must have at least 16 bytes")
        }
        if environment == .production, webhookSigningSecret == nil {
            reader.report("WEBHOOK_SIGNING_SECRET must be given in production")
        }
        if let webhookSigningSecret, webhookSigningSecret.reveal().utf8.count < 16 {
            reader.report("WEBHOOK_SIGNING_SECRET must have at least 16 bytes")
        }
        if environment == .production, allowsLoopbackTargets {
            reader.report("ALLOW_LOOPBACK_TARGETS is for development")
        }
        guard !terminatesTLS, trustedProxies.isEmpty else { return }
        if environment == .production {
            reader.report(
                "plain HTTP is for development; give TLS_CERTIFICATE_FILE and TLS_KEY_FILE, or "
                    + "TRUSTED_PROXIES"
            )
        } else if !Self.isLoopback(host) {
            reader.report(
                "plain HTTP is served on loopback only; give TLS_SELF_SIGNED=true or "
                    + "TRUSTED_PROXIES to listen on \"\(host)\""
            )
        }
    }

    /// Whether an address can be reached from this machine only.
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

extension AdmissionLimits {
    /// Reads them.
    fileprivate init(_ reader: inout SettingsReader) {
        maximumWrites = reader.integer(
            "maximum.writes.in.flight",
            default: maximumWrites,
            in: 1...100_000,
            help: "most writes under way; the next are told to come back"
        )
        maximumWritesBeforeCreate = reader.integer(
            "maximum.writes.before.create",
            default: min(maximumWritesBeforeCreate, maximumWrites),
            in: 1...100_000,
            help: "writes under way from which only captures, refunds and cancellations get in"
        )
        maximumReads = reader.integer(
            "maximum.reads.in.flight",
            default: maximumReads,
            in: 1...100_000,
            help: "most reads under way"
        )
    }
}

import MerchantAPI
import ServiceKit
import Webhooks

/// The webhook service's own settings.
struct WebhookServiceSettings: Sendable {
    let database: DatabaseSettings
    let signingSecret: Secret?
    let policy: TargetPolicy
    let trustedCertificateFile: String?
    let maximumInFlight: Int
    let leaseSeconds: Int64
    var timeouts = Sender.Timeouts()

    init(_ reader: inout SettingsReader) {
        database = DatabaseSettings(&reader, connections: 6)
        signingSecret = reader.optionalSecret(
            "webhook.signing.secret",
            help: "what signing secrets are computed from; the same for gateways and webhook "
                + "services of a database; made at the first start in development"
        )
        policy = TargetPolicy(
            allowsLoopback: reader.boolean(
                "allow.loopback.targets",
                default: false,
                help: "whether endpoints may be on this machine; for development only"
            )
        )
        trustedCertificateFile = reader.optionalString(
            "trusted.certificate.file",
            help: "certificates that receivers are trusted by besides the system's, PEM"
        )
        maximumInFlight = reader.integer(
            "maximum.in.flight",
            default: 1_024,
            in: 1...10_000,
            help: "most deliveries in flight"
        )
        leaseSeconds = Int64(
            reader.integer(
                "lease.seconds",
                default: 60,
                in: 2...3_600,
                help: "how long a delivery is held without an end"
            )
        )
        timeouts.connectMilliseconds = Self.milliseconds(
            &reader,
            "connect.timeout.milliseconds",
            timeouts.connectMilliseconds,
            "how long resolving, connecting and the handshake may take"
        )
        timeouts.firstByteMilliseconds = Self.milliseconds(
            &reader,
            "first.byte.timeout.milliseconds",
            timeouts.firstByteMilliseconds,
            "how long the first byte of an answer may take"
        )
        timeouts.totalMilliseconds = Self.milliseconds(
            &reader,
            "total.timeout.milliseconds",
            timeouts.totalMilliseconds,
            "how long request and answer may take"
        )
        if let signingSecret,
            signingSecret.reveal().utf8.count < WebhookSecrets.minimumSecretBytes
        {
            reader.report("WEBHOOK_SIGNING_SECRET must have at least 16 bytes")
        }
        // A kept connection may fail before a fresh one is tried, so an exchange counts twice.
        let longest = timeouts.connectMilliseconds + 2 * timeouts.totalMilliseconds
        if longest >= leaseSeconds * 1_000 {
            reader.report("LEASE_SECONDS must be longer than an attempt can take")
        }
    }

    private static func milliseconds(
        _ reader: inout SettingsReader,
        _ key: String,
        _ value: Int64,
        _ help: String
    ) -> Int64 {
        Int64(reader.integer(key, default: Int(value), in: 10...300_000, help: help))
    }
}

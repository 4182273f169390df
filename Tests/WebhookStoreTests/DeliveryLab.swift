import JSON
import Money
import Payments
import Postgres
import TestKit
import Testing
import WebhookStore
import Webhooks

/// A database with endpoints and deliveries that wait for them.
struct DeliveryLab: Sendable {
    static let start = Timestamp(secondsSinceEpoch: 1_800_000_000)

    let owner: PostgresPool
    let service: PostgresPool

    static func make() async throws -> DeliveryLab {
        let database = try await TestDatabase.migrated()
        return DeliveryLab(
            owner: try database.pool(),
            service: try database.pool(role: "webhook")
        )
    }

    func queue(at now: Timestamp = start, owner: String = "one") -> DeliveryQueue {
        DeliveryQueue(pool: service, owner: owner, leaseSeconds: 60, clock: { now })
    }

    func log(at now: Timestamp) -> AttemptLog {
        AttemptLog(pool: service, clock: { now }, report: { _ in "SELECT 1" })
    }

    static func merchant(_ name: String) -> MerchantID {
        MerchantID(checked: "acct_" + String(repeating: name, count: 24))
    }

    static func endpoint(_ merchant: String, _ number: Int) -> WebhookEndpointID {
        WebhookEndpointID(checked: "we_" + merchant + String(200 + number).padded(to: 23))
    }

    /// Makes an endpoint that is due, with so many deliveries, all due.
    func add(
        _ merchant: String,
        _ number: Int,
        deliveries: Int,
        settings change: (inout WebhookSettings) -> Void = { _ in }
    ) async throws {
        var settings = WebhookSettings(url: "https://example.com/", enabledEvents: ["*"])
        change(&settings)
        let endpoint = WebhookEndpoint(
            id: Self.endpoint(merchant, number),
            merchantID: Self.merchant(merchant),
            livemode: false,
            apiVersion: nil,
            settings: settings,
            keys: [],
            createdAt: Self.start
        )
        let document = String(decoding: endpoint.document.serialized(), as: UTF8.self)
        let health = String(
            decoding: EndpointHealth(at: Self.start).document.serialized(),
            as: UTF8.self
        )
        try await owner.execute(
            """
            INSERT INTO webhook_target (
                merchant_id, endpoint_id, version, is_enabled, is_deleted, endpoint, health, wake_at
            ) VALUES (
                \(endpoint.merchantID.rawValue), \(endpoint.id.rawValue), 1, true, false,
                \(document), \(health), '-infinity'
            )
            """
        )
        try await owner.execute(
            """
            WITH numbered AS (
                SELECT \(endpoint.merchantID.rawValue)::text AS merchant_id,
                    \(endpoint.id.rawValue)::text AS endpoint_id,
                    lpad(number::text, 6, '0') AS name, number
                FROM generate_series(1, \(deliveries)::integer) AS number
            ), told AS (
                INSERT INTO webhook_message (merchant_id, event_id, api_version, body, created_at)
                SELECT merchant_id, 'evt_' || endpoint_id || name, 'v', 'body ' || name, now()
                FROM numbered
            )
            INSERT INTO webhook_delivery (
                merchant_id, id, endpoint_id, event_id, event_type, event_at, api_version, stream,
                sequence, status, due_at, created_at
            )
            SELECT merchant_id,
                'whd_' || substring(endpoint_id FROM 4 FOR 18) || name, endpoint_id,
                'evt_' || endpoint_id || name, 'charge.captured', now(), 'v', 'stream', number,
                'pending', \(PostgresTimestamp(microsecondsSinceEpoch: Self.start.microsecondsSinceEpoch)),
                now()
            FROM numbered
            """
        )
    }

    /// An attempt at a claimed delivery that ended somehow.
    static func ended(_ delivery: ClaimedDelivery, _ outcome: DeliveryOutcome) -> EndedAttempt {
        EndedAttempt(
            delivery: delivery,
            record: AttemptRecord(startedAt: start, outcome: outcome, url: "https://example.com/")
        )
    }

    func count(_ condition: StaticString) async throws -> Int64? {
        try await owner.query("SELECT count(*) FROM webhook_delivery WHERE \(raw: condition)")
            .first?.decode(Int64.self, at: 0)
    }
}

extension String {
    /// Zeros up to a length.
    fileprivate func padded(to count: Int) -> String {
        self + String(repeating: "0", count: count - utf8.count)
    }
}

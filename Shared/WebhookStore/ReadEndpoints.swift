public import Payments
import Postgres
public import Projections

/// A merchant's webhook endpoints, as the API shows them.
extension MerchantReader {
    /// The endpoint, if this merchant has it and did not delete it.
    public func webhookEndpoint(_ id: WebhookEndpointID) async throws -> WebhookEndpoint? {
        let rows = try await read([
            """
            SELECT document FROM webhook_endpoint
            WHERE merchant_id = \(merchantID.rawValue) AND id = \(id.rawValue) AND NOT is_deleted
            """
        ])
        return try rows.first?.first.map {
            try WebhookTarget.endpoint($0.decode([UInt8].self, at: 0))
        }
    }

    /// All endpoints that are not deleted, newest first; there are few of them.
    public func webhookEndpoints() async throws -> [WebhookEndpoint] {
        let rows = try await read([
            """
            SELECT document FROM webhook_endpoint
            WHERE merchant_id = \(merchantID.rawValue) AND NOT is_deleted
            ORDER BY created_at DESC, id DESC
            """
        ])
        return try rows.first?.map {
            try WebhookTarget.endpoint($0.decode([UInt8].self, at: 0))
        } ?? []
    }

    /// How many deliveries a wish to deliver again fits.
    public func deliveries(matching replay: WebhookReplay) async throws -> Int64 {
        let fit = ReplaySelection(replay, counting: true)
        let rows = try await read([
            """
            SELECT count(*) FROM webhook_delivery
            WHERE merchant_id = \(merchantID.rawValue)
                AND endpoint_id = \(replay.endpointID.rawValue)
                AND (\(fit.deliveryID)::text = '' OR id = \(fit.deliveryID))
                AND event_at >= \(fit.from) AND event_at < \(fit.until)
                AND (cardinality(\(fit.types)::text[]) = 0
                    OR event_type LIKE ANY (\(fit.types)::text[]))
                AND status = ANY (\(fit.statuses)::text[])
            """
        ])
        return try rows.first?.first?.decode(Int64.self, at: 0) ?? 0
    }

    /// How many deliveries of each event are still to be made; events without any are left out.
    public func pendingWebhooks(of eventIDs: [String]) async throws -> [String: Int64] {
        let rows = try await read([
            """
            SELECT event_id, count(*) FROM webhook_delivery
            WHERE merchant_id = \(merchantID.rawValue) AND event_id = ANY (\(eventIDs)::text[])
                AND status = 'pending'
            GROUP BY event_id
            """
        ])
        var counts: [String: Int64] = [:]
        for row in rows.first.map({ Array($0) }) ?? [] {
            let (id, count) = try row.decode((String, Int64).self)
            counts[id] = count
        }
        return counts
    }
}

import JSON
import Money
import Payments
import Postgres
import Webhooks

/// An endpoint's health as it is to be stored, and what of it decides when it wakes.
struct TargetState: Sendable {
    let key: TargetKey
    let health: EndpointHealth
    /// How far the merchant's clock is ahead of real time.
    let aheadMicroseconds: Int64
    /// Nothing goes out before, by the merchant's time; nil when only the cap can hold deliveries back.
    let notBefore: Timestamp?
    /// Whether it is to be switched off.
    let isOff: Bool
    /// Whether it had its turn: where room ran out before, its turn comes first the next time.
    let isServed: Bool
    let isOpen: Bool
    let isOrdered: Bool
    let window: Int64

    /// The state at a moment of real time.
    init(
        target: WebhookTarget,
        health: EndpointHealth,
        aheadMicroseconds: Int64,
        isOff: Bool = false,
        isServed: Bool = false,
        at now: Timestamp
    ) {
        var asked = health
        self.aheadMicroseconds = aheadMicroseconds
        self.isOff = isOff
        self.isServed = isServed
        key = target.key
        self.health = health
        isOpen = health.breaker.isOpen
        isOrdered = target.endpoint.settings.isOrdered
        window = isOpen ? 1 : health.window
        let allowance = asked.allowance(
            limitPerSecond: target.endpoint.settings.ratePerSecond,
            inFlight: 0,
            at: now.adding(microseconds: aheadMicroseconds)
        )
        switch allowance {
        case .upTo, .probe: notBefore = nil
        case .nothing(let moment): notBefore = moment
        }
    }

    /// Stores health, and when each endpoint may have something to claim again.
    ///
    /// That is when its next delivery is due, or a place becomes free, or its rate or breaker allow
    /// it. It is of real time, as leases are; all other moments are the merchant's. Runs with the
    /// endpoints' rows locked, after deliveries were claimed or recorded.
    static func store(
        _ states: [TargetState],
        at now: Timestamp
    ) -> Query {
        """
        UPDATE webhook_target target
        SET health = state.health,
            is_enabled = target.is_enabled AND NOT state.is_off,
            served_at = CASE WHEN state.is_served THEN \(PostgresTimestamp(now))
                ELSE target.served_at END,
            wake_at = CASE
                WHEN leased.count >= state.most THEN leased.first_end
                ELSE least(
                    leased.first_end,
                    CASE WHEN state.is_open
                        THEN CASE WHEN waiting.any_due IS NOT NULL
                            THEN coalesce(state.not_before, '-infinity') END
                        ELSE greatest(waiting.next_due, state.not_before)
                    END - state.ahead * interval '1 microsecond')
                END
        FROM unnest(
                \(states.map(\.key.merchantID.rawValue))::text[],
                \(states.map(\.key.endpointID.rawValue))::text[],
                \(states.map(\.health.document.text))::text[],
                \(states.map { $0.notBefore.map { PostgresTimestamp($0) } })::timestamptz[],
                \(states.map(\.isOpen))::boolean[],
                \(states.map(\.isOrdered))::boolean[],
                \(states.map(\.window))::bigint[],
                \(states.map(\.aheadMicroseconds))::bigint[],
                \(states.map(\.isOff))::boolean[],
                \(states.map(\.isServed))::boolean[]
            ) AS state (
                merchant_id, endpoint_id, health, not_before, is_open, is_ordered, most, ahead,
                is_off, is_served
            )
            CROSS JOIN LATERAL (
                SELECT count(*), coalesce(min(lease_expires_at), 'infinity') AS first_end
                FROM webhook_delivery delivery
                WHERE delivery.merchant_id = state.merchant_id
                    AND delivery.endpoint_id = state.endpoint_id
                    AND delivery.lease_token IS NOT NULL
            ) AS leased
            CROSS JOIN LATERAL (
                SELECT (
                    SELECT delivery.due_at FROM webhook_delivery delivery
                    WHERE delivery.merchant_id = state.merchant_id
                        AND delivery.endpoint_id = state.endpoint_id
                        AND delivery.status = 'pending' AND delivery.lease_token IS NULL
                    ORDER BY delivery.due_at LIMIT 1
                ) AS any_due, coalesce((
                    SELECT delivery.due_at FROM webhook_delivery delivery
                    WHERE delivery.merchant_id = state.merchant_id
                        AND delivery.endpoint_id = state.endpoint_id
                        AND delivery.status = 'pending' AND delivery.lease_token IS NULL
                        AND NOT (state.is_ordered AND EXISTS (
                            SELECT FROM webhook_delivery earlier
                            WHERE earlier.merchant_id = delivery.merchant_id
                                AND earlier.endpoint_id = delivery.endpoint_id
                                AND earlier.stream = delivery.stream
                                AND earlier.status = 'pending'
                                AND earlier.sequence < delivery.sequence))
                    ORDER BY delivery.due_at LIMIT 1
                ), 'infinity') AS next_due
            ) AS waiting
        WHERE target.merchant_id = state.merchant_id AND target.endpoint_id = state.endpoint_id
        """
    }
}

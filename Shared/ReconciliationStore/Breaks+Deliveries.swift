import Postgres

/// Breaks of what webhooks wait for, beside deliveries that wait in order and must not be found.
extension ScratchIndex {
    func deliveryBreaks(using numbers: inout SplitMix) -> [Break] {
        places(commands, using: &numbers).flatMap { command in
            [
                delivery("a delivery is due and its endpoint awake", command),
                delivery("a delivery is due and its endpoint sleeps for good", command) {
                    "UPDATE webhook_target SET wake_at = 'infinity'"
                },
                delivery("a delivery's holder is gone and nobody took it over", command) {
                    """
                    UPDATE webhook_delivery
                    SET lease_owner = 'gone', lease_token = 1, lease_expires_at = due_at
                    """
                },
                delivery("a delivery waits for an endpoint that is off", command, isFound: false) {
                    "UPDATE webhook_target SET is_enabled = false"
                },
                delivery("a delivery waits for its endpoint's breaker", command, isFound: false) {
                    "UPDATE webhook_target SET wake_at = wake_at + interval '30 days'"
                },
                delivery("a delivery waits behind others", command, isFound: false) {
                    "UPDATE webhook_target SET served_at = wake_at + interval '30 days'"
                },
                delivery("a delivery is under way", command, isFound: false) {
                    """
                    UPDATE webhook_delivery SET lease_owner = 'busy', lease_token = 1,
                        lease_expires_at = due_at + interval '30 days'
                    """
                },
                delivery("a delivery is not due yet", command, isFound: false) {
                    "UPDATE webhook_delivery SET due_at = due_at + interval '30 days'"
                },
            ]
        }
    }

    /// A delivery that has been due since a command came, and a change to it.
    private func delivery(
        _ name: String,
        _ command: Int64,
        isFound: Bool = true,
        _ change: () -> Query? = { nil }
    ) -> Break {
        let id = "whd_of_\(command)"
        let steps: [Query] = [
            """
            INSERT INTO webhook_target (
                merchant_id, endpoint_id, version, is_enabled, is_deleted, endpoint, health, wake_at
            )
            SELECT merchant_id, 'we_of_scratch', 1, true, false, '{}', '{}', received_at
            FROM command WHERE id = \(command)
            """,
            """
            INSERT INTO webhook_delivery (
                merchant_id, id, endpoint_id, event_id, event_type, event_at, api_version, stream,
                sequence, status, due_at, created_at
            )
            SELECT merchant_id, \(id), 'we_of_scratch', 'evt_of_scratch', 'charge.captured',
                received_at, '2026-10-28.endive', 'scratch', 1, 'pending', received_at, received_at
            FROM command WHERE id = \(command)
            """,
        ]
        return Break(
            name,
            steps + [change()].compactMap { $0 },
            symptoms: isFound ? [Symptom(.deliveryPastDeadline, id)] : []
        )
    }
}

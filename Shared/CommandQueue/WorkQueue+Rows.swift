import Money
import Payments
import Postgres

extension WorkQueue {
    static func leases(_ rows: Rows) throws(PostgresError) -> [Lease] {
        var leases: [Lease] = []
        for row in rows {
            let (commandID, token) = try row.decode((Int64, Int64).self)
            leases.append(Lease(commandID: commandID, token: token))
        }
        return leases
    }

    static func claimedWork(_ row: Row) throws(PostgresError) -> ClaimedWork {
        let (
            commandID, token, claims, submitter, merchant, kind, body, requestID, idempotencyKey,
            endpoint, apiVersion, receivedAt
        ) = try row.decode(
            (
                Int64, Int64, Int32, String, String, String, [UInt8], String, String,
                String, String, PostgresTimestamp
            ).self
        )
        guard let merchantID = MerchantID(rawValue: merchant) else {
            throw PostgresError(.typeMismatch, "a command's merchant is malformed")
        }
        return ClaimedWork(
            lease: Lease(commandID: commandID, token: token),
            claims: claims,
            submitter: submitter,
            merchantID: merchantID,
            kind: kind,
            body: body,
            requestID: requestID,
            idempotencyKey: idempotencyKey,
            endpoint: endpoint,
            apiVersion: apiVersion,
            receivedAt: Timestamp(microsecondsSinceEpoch: receivedAt.microsecondsSinceEpoch)
        )
    }
}

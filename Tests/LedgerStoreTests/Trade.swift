import Payments
import Postgres
import Projections
import TestKit
import Testing

/// A little trade of one merchant: two captured payments, and a refund of the first.
struct Trade {
    /// The two payments.
    let payments: [PaymentID]
    /// The journals in the order in which they were posted.
    let journals: [JournalID]
    /// A pool in the gateway's role.
    let pool: PostgresPool

    /// Journals by their place.
    func ids(_ places: [Int]) -> [JournalID] { places.map { journals[$0] } }

    static func merchant(_ character: String) throws -> MerchantID {
        try #require(MerchantID(rawValue: "acct_" + String(repeating: character, count: 24)))
    }
}

/// Posts the trade and reads it as the gateway does.
func withTrade(_ body: (MerchantReader, Trade) async throws -> Void) async throws {
    try await TestDatabase.with(.migrated) { database in
        let merchant = try Trade.merchant("1")
        let payments = try ["a", "b"].map { character in
            try #require(PaymentID(rawValue: "pi_" + String(repeating: character, count: 24)))
        }
        let journals = [
            JournalID(paymentID: payments[0], version: 3),
            JournalID(paymentID: payments[1], version: 3),
            JournalID(paymentID: payments[0], version: 4),
        ]
        let owner = try database.pool()
        for (place, legs) in [
            [(1_100, 1_000), (2_010, -970), (4_010, -30)],
            [(1_100, 500), (2_010, -485), (4_010, -15)],
            [(2_010, 400), (2_110, -400)],
        ].enumerated() {
            var batch = RawBatch()
            batch.add(
                place,
                legs.map { (code: Int16($0.0), amount: Int64($0.1)) },
                id: journals[place].rawValue,
                merchant: merchant.rawValue,
                stream: journals[place].paymentID.rawValue,
                version: journals[place].version,
                source: place == 2 ? "re_0" : "ch_\(place)",
                effectiveSeconds: Int64(place + 1) * 100
            )
            #expect(try await batch.post(to: owner) == ["posted"])
        }
        try await owner.execute(
            """
            INSERT INTO charge (merchant_id, id, payment_id, created_at) VALUES
                (\(merchant.rawValue), 'ch_0', \(payments[0].rawValue), now()),
                (\(merchant.rawValue), 'ch_1', \(payments[1].rawValue), now())
            """
        )
        try await owner.execute(
            """
            INSERT INTO refund (merchant_id, id, payment_id, charge_id, created_at)
            VALUES (\(merchant.rawValue), 're_0', \(payments[0].rawValue), 'ch_0', now())
            """
        )
        let pool = try database.pool(role: "gateway")
        try await body(
            MerchantReader(pool, merchantID: merchant),
            Trade(payments: payments, journals: journals, pool: pool)
        )
    }
}

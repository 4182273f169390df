import Foundation
import JSON
import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import TestKit
import Testing

@testable import PayoutStore

/// A merchant with money that is available, the payout service's store, and what a bank may say.
struct PayoutLab: Sendable {
    static let account = "000990000001"
    static let now = Timestamp(secondsSinceEpoch: 1_800_000_000)
    static let destination = PayoutDestination(
        id: BankAccountID(checked: "ba_000000000000000000000001"),
        holder: "TEA HOUSE",
        number: "000123456789",
        routingNumber: "110000000"
    )

    let owner: PostgresPool
    let store: PayoutStore
    let merchantID = MerchantID(checked: "acct_" + String(repeating: "P", count: 24))

    static func make() async throws -> PayoutLab {
        let database = try await TestDatabase.migrated()
        let lab = PayoutLab(
            owner: try database.pool(),
            store: PayoutStore(try database.pool(role: "payout", maximumConnections: 8))
        )
        let document = Merchant(
            id: lab.merchantID,
            livemode: false,
            country: "IN",
            defaultCurrency: .inr,
            feePolicy: try FeePolicy(basisPoints: 300, fixedMinorUnits: 0),
            refundFeePolicy: .kept,
            statementDescriptor: "TEST",
            apiVersion: "2026-10-28.endive",
            payoutDelayDays: 2,
            keys: [],
            createdAt: Timestamp(secondsSinceEpoch: 0)
        ).document
        try await lab.owner.execute(
            """
            INSERT INTO merchant (merchant_id, created_at, version, livemode, document)
            VALUES (
                \(lab.merchantID.rawValue), now(), 1, false,
                \(String(decoding: document.serialized(), as: UTF8.self)))
            """
        )
        return lab
    }

    // MARK: - The merchant

    /// Makes money available, by a journal as a settlement posts it.
    func fund(_ minorUnits: Int64) async throws {
        let number = try await count("SELECT count(*) + 1 FROM journal WHERE kind = 'settled'")
        let stream = "pi_" + String(String(repeating: "0", count: 24) + String(number)).suffix(24)
        try await owner.execute(
            """
            INSERT INTO event (
                merchant_id, stream, version, type, type_version, data, command_id, request_id,
                recorded_at, effective_at)
            VALUES (
                \(merchantID.rawValue), \(stream), 1, 'payment_updated', 1, '{}', 0, 'test',
                now(), now())
            """
        )
        let posted = try await owner.query(
            """
            SELECT result FROM post_journals(
                ARRAY['jrn_' || \(stream)::text], ARRAY[\(merchantID.rawValue)::text],
                ARRAY['settled'], ARRAY['inr'], ARRAY[\(stream)::text], ARRAY[1],
                ARRAY[\(stream)::text], ARRAY[now()],
                ARRAY[1, 1], ARRAY[1010, 2011]::smallint[], ARRAY['inr', 'inr'],
                ARRAY[\(minorUnits)::bigint, -\(minorUnits)::bigint])
            """
        )
        #expect(try posted.first?.decode(String.self, at: 0) == "posted")
    }

    /// Puts a settled batch on the schedule, due now.
    func schedule(_ minorUnits: Int64) async throws -> DuePayout {
        try await owner.execute(
            """
            INSERT INTO payout_schedule (
                merchant_id, settlement_id, currency, available_minor, due_at)
            SELECT \(merchantID.rawValue), 'stl_' || count(*), 'inr', \(minorUnits), now()
            FROM payout_schedule
            """
        )
        return try #require(try await store.due(limit: 10).first)
    }

    /// Makes a payout as a merchant's own is made; the database refuses one that is not covered.
    func create(_ minorUnits: Int64) async throws -> PayoutID {
        var generator = SystemRandomNumberGenerator()
        let id = PayoutID.generate(at: Self.now, using: &generator)
        let creation = PayoutCreated(
            payoutID: id,
            merchantID: merchantID,
            livemode: false,
            amount: Money(minorUnits: minorUnits, currency: .inr),
            isAutomatic: false,
            sendAt: Timestamp(secondsSinceEpoch: 0),
            arrivalAt: Self.now,
            destination: Self.destination
        )
        try await store.pool.withTransaction { transaction in
            _ = try await PayoutStore.record(
                [.created(creation)],
                of: id,
                merchantID,
                before: nil,
                at: Self.now,
                in: transaction
            )
        }
        return id
    }

    /// Cancels as the orchestrator does: by what it read before; says whether nobody was faster.
    func cancel(_ id: PayoutID) async throws -> Bool {
        let before = try await payout(id)
        guard before.status == .pending else { return false }
        do {
            try await store.pool.withTransaction { transaction in
                _ = try await PayoutStore.record(
                    [.canceled],
                    of: id,
                    merchantID,
                    before: before,
                    at: Self.now,
                    in: transaction
                )
            }
            return true
        } catch FactError.conflicted {
            return false
        }
    }

    // MARK: - The service

    /// Reads the feed until what is inside of every payout is known.
    ///
    /// Tests share a server, so another's transaction can hold the horizon back for a moment.
    func takeAll() async throws {
        while try await count(
            """
            SELECT count(*) FROM payout WHERE NOT EXISTS (
                SELECT FROM payout_content content
                WHERE content.merchant_id = payout.merchant_id AND content.payout_id = payout.id)
            """
        ) > 0 {
            if try await store.take() == 0 { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    func writeFile() async throws -> Int {
        try await takeAll()
        return try await store.writeFile { order in
            order.payouts.map(\.id.rawValue).joined(separator: " ")
        }
    }

    /// Makes one payout of all this and writes its file; its identifier and the file's.
    func sent(_ minorUnits: Int64) async throws -> (id: PayoutID, fileID: String) {
        let id = try await create(minorUnits)
        #expect(try await writeFile() == 1)
        return (id, try #require(try await payout(id).fileID))
    }

    // MARK: - What the bank says

    @discardableResult
    func hear(_ word: BankWord, _ name: String) async throws -> Bool {
        try await store.hear(word, name: name, sequence: nil, content: name)
    }

    static func answer(_ fileID: String, _ lines: [(PayoutID, String?)]) -> BankWord {
        var word = BankWord()
        word.answers = (
            fileID, lines.map { .init(endToEndID: $0.0.rawValue, rejection: $0.1) }
        )
        return word
    }

    static func entry(
        _ reference: String,
        _ minorUnits: Int64,
        _ id: PayoutID?,
        returned reason: String? = nil
    ) -> BankWord.Entry {
        BankWord.Entry(
            reference: reference,
            amount: Money(minorUnits: minorUnits, currency: .inr),
            bookedOn: "2026-11-24",
            endToEndID: id?.rawValue,
            returnReason: reason
        )
    }

    static func notice(_ entries: BankWord.Entry...) -> BankWord {
        var word = BankWord()
        word.entries = (account, entries)
        return word
    }

    // MARK: - What is there

    func payout(_ id: PayoutID) async throws -> Payout {
        let rows = try await owner.query(
            "SELECT document FROM payout WHERE id = \(id.rawValue)"
        )
        let row = try #require(rows.first)
        return try Payout(document: try JSON(parsing: try row.decode([UInt8].self, at: 0)))
    }

    /// The balance of an account over all owners, debits positive.
    func balance(_ code: AccountCode) async throws -> Int64 {
        Int64(
            try await count(
                """
                SELECT coalesce(sum(entry.amount_minor), 0)::bigint
                FROM entry JOIN account ON account.id = entry.account_id
                WHERE account.code = \(code.rawValue)::smallint
                """
            )
        )
    }

    /// The kinds of a payout's journals, oldest first.
    func journals(_ id: PayoutID) async throws -> [String] {
        try await owner.query(
            "SELECT kind FROM journal WHERE stream = \(id.rawValue) ORDER BY version"
        ).map { try $0.decode(String.self, at: 0) }
    }

    /// What was found to fit nothing.
    func exceptions() async throws -> [String] {
        try await owner.query("SELECT reason FROM bank_exception ORDER BY found_at, subject")
            .map { try $0.decode(String.self, at: 0) }
    }

    func count(_ query: Query) async throws -> Int {
        try await owner.query(query).first?.decode(Int.self, at: 0) ?? -1
    }
}

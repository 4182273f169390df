import EventStore
import Foundation
import JSON
import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import TestKit
import Testing

@testable import SettlementStore

/// A merchant with captured payments of 10.00 each, at a fee of 0.30, and the service's store.
struct SettlementLab: Sendable {
    let owner: PostgresPool
    let store: SettlementStore
    let merchant = "acct_" + String(repeating: "S", count: 24)
    /// More than a few only where speed is measured: `SETTLEMENT_PAYMENTS=100000`.
    let wantedCount =
        Int(ProcessInfo.processInfo.environment["SETTLEMENT_PAYMENTS"] ?? "") ?? 200

    static func make() async throws -> SettlementLab {
        let database = try await TestDatabase.migrated()
        let lab = SettlementLab(
            owner: try database.pool(),
            store: SettlementStore(try database.pool(role: "settlement"))
        )
        let merchantID = try #require(MerchantID(rawValue: lab.merchant))
        let document = Merchant(
            id: merchantID,
            livemode: false,
            country: "IN",
            defaultCurrency: try Currency("inr"),
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
                \(lab.merchant), now(), 1, false,
                \(String(decoding: document.serialized(), as: UTF8.self))
            )
            """
        )
        try await lab.store.extendCutOffs()
        return lab
    }

    /// Stores so many captured payments, with their commands, events and journals.
    func capture(_ count: Int) async throws {
        for first in stride(from: 1, through: count, by: 2_000) {
            let last = min(count, first + 1_999)
            try await owner.execute(
                """
                WITH one AS (
                    SELECT number, 'pi_' || lpad(number::text, 24, '0') AS payment,
                        'ch_' || lpad(number::text, 24, '0') AS charge
                    FROM generate_series(\(first)::integer, \(last)::integer) AS number
                )
                INSERT INTO event (
                    merchant_id, stream, version, type, type_version, data, command_id, request_id,
                    recorded_at, effective_at
                )
                SELECT \(merchant), payment, version,
                    CASE version WHEN 1 THEN 'payment_authorized' ELSE 'payment_captured' END, 1,
                    json_build_object(
                        'charge_id', charge,
                        'amount', json_build_object('currency', 'inr', 'minor_units', 1000),
                        'fee', json_build_object('currency', 'inr', 'minor_units', 30))::text,
                    number, 'req', now(), now()
                FROM one CROSS JOIN generate_series(1, 2) AS version
                ORDER BY number, version
                """
            )
            try await owner.execute(
                """
                SELECT count(*) FROM post_journals(
                    ARRAY(SELECT 'jrn_' || n FROM generate_series(\(first)::integer, \(last)::integer) n),
                    array_fill(\(merchant)::text, ARRAY[\(last - first + 1)::integer]),
                    array_fill('payment_captured'::text, ARRAY[\(last - first + 1)::integer]),
                    array_fill('inr'::text, ARRAY[\(last - first + 1)::integer]),
                    ARRAY(SELECT 'pi_' || lpad(n::text, 24, '0')
                        FROM generate_series(\(first)::integer, \(last)::integer) n),
                    array_fill(2, ARRAY[\(last - first + 1)::integer]),
                    ARRAY(SELECT 'ch_' || n FROM generate_series(\(first)::integer, \(last)::integer) n),
                    array_fill(now(), ARRAY[\(last - first + 1)::integer]),
                    ARRAY(SELECT n FROM generate_series(1, \(last - first + 1)::integer) n, (VALUES (1), (2), (3)) l),
                    ARRAY(SELECT code::smallint
                        FROM generate_series(1, \(last - first + 1)::integer) n, (VALUES (1100), (2010), (4010)) l (code)),
                    array_fill('inr'::text, ARRAY[3 * \(last - first + 1)::integer]),
                    ARRAY(SELECT amount::bigint
                        FROM generate_series(1, \(last - first + 1)::integer) n, (VALUES (1000), (-970), (-30)) l (amount)))
                """
            )
        }
    }

    /// Reads the feed to its end.
    ///
    /// Tests share a server, so another's transaction can hold the horizon back for a moment.
    func takeAll() async throws {
        let wanted = try await count("SELECT count(*) FROM event WHERE type = 'payment_captured'")
        while try await count("SELECT count(*) FROM settlement_item") < wanted {
            if try await store.take() == 0 { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    /// Moves the merchant's clock past the next cut-off of what waits.
    func passCutOff() async throws {
        try await owner.execute(
            """
            INSERT INTO merchant_clock (merchant_id, offset_microseconds)
            SELECT \(merchant), (extract(epoch FROM min(cutoff_at) - now()) * 1000000)::bigint + 1000000
            FROM settlement_item WHERE settlement_id IS NULL
            ON CONFLICT (merchant_id) DO UPDATE
            SET offset_microseconds = EXCLUDED.offset_microseconds
            """
        )
    }

    /// What the network's file says of the first payments.
    func lines(_ count: Int) -> [ClearedLine] {
        (1...count).map { number in
            let reference = NetworkReference(commandID: Int64(number))
            return ClearedLine(
                kind: .sale,
                reference: reference.rawValue,
                traceNumber: reference.traceNumber,
                amountMinorUnits: 1_000,
                interchangeMinorUnits: 12
            )
        }
    }

    func complete(_ batch: Settlement, lines: [ClearedLine]) async throws -> Settlement? {
        try await store.complete(batch, lines: lines, content: "file")
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

    func count(_ query: Query) async throws -> Int {
        try await owner.query(query).first?.decode(Int.self, at: 0) ?? -1
    }
}

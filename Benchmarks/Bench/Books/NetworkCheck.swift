import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Postgres

/// The card network's own log is the independent witness: by reference it must say what the books say.
enum NetworkCheck {
    private static let limitBytes = 512 << 20
    /// Differences that are written out.
    private static let examples = 3

    /// What was moved under one reference, in minor units.
    struct Amounts: Sendable, Equatable {
        var captured: Int64 = 0
        var refunded: Int64 = 0
    }

    static func problems(_ context: BenchmarkContext) async throws -> [String] {
        let network = try await networkAmounts(context)
        let books = try await bookedAmounts(context)
        return problems(network: network, books: books)
    }

    /// Compares reference by reference; one that moved nothing need not be known to both.
    static func problems(network: [Int64: Amounts], books: [Int64: Amounts]) -> [String] {
        let wrong = Set(network.keys).union(books.keys)
            .filter { (network[$0] ?? Amounts()) != (books[$0] ?? Amounts()) }
            .sorted()
        guard let first = wrong.first else { return [] }
        let shown = wrong.prefix(examples).map { reference in
            "\(reference) (network \(network[reference] ?? Amounts()), "
                + "books \(books[reference] ?? Amounts()))"
        }
        return ["\(wrong.count) references from \(first) on: \(shown.joined(separator: ", "))"]
    }

    private static func networkAmounts(
        _ context: BenchmarkContext
    ) async throws -> [Int64: Amounts] {
        guard let port = context.stack.published("sandbox.control.port") else {
            throw BenchmarkError("the sandbox published no port")
        }
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "http://127.0.0.1:\(port)/summary"),
            timeout: .seconds(120)
        )
        let body = try await response.body.collect(upTo: limitBytes)
        guard response.status == .ok else {
            throw BenchmarkError("the sandbox gave no summary (\(response.status.code))")
        }
        // Foundation's decoder: a long run's summary is larger than what the product's own takes.
        let summary = try JSONDecoder().decode(Summary.self, from: Data(body.readableBytesView))
        var amounts: [Int64: Amounts] = [:]
        for row in summary.references {
            // A reference is the command's number in base 36.
            guard let number = Int64(row.reference, radix: 36) else {
                throw BenchmarkError("the sandbox's summary has a malformed reference")
            }
            amounts[number] = Amounts(captured: row.captured, refunded: row.refunded)
        }
        return amounts
    }

    /// What the sandbox says moved, by reference.
    private struct Summary: Decodable {
        struct Row: Decodable {
            let reference: String
            let captured: Int64
            let refunded: Int64
        }

        let references: [Row]
    }

    /// A capture moves money under its authorization's reference, a refund under its own.
    ///
    /// The payments of the set-based loader never met the network.
    private static func bookedAmounts(
        _ context: BenchmarkContext
    ) async throws -> [Int64: Amounts] {
        try await context.withPool(context.databaseURL) { pool in
            let rows = try await pool.query(
                """
                SELECT coalesce(authorized.command_id, moved.command_id), moved.type,
                    abs(entry.amount_minor)
                FROM event moved
                JOIN journal ON journal.merchant_id = moved.merchant_id
                    AND journal.stream = moved.stream AND journal.version = moved.version
                JOIN entry ON entry.journal_id = journal.id
                JOIN account ON account.id = entry.account_id AND account.code = 1100
                LEFT JOIN event authorized ON authorized.merchant_id = moved.merchant_id
                    AND authorized.stream = moved.stream
                    AND authorized.type = 'payment_authorized' AND moved.type = 'payment_captured'
                WHERE moved.type IN ('payment_captured', 'refund_issued')
                    AND moved.request_id NOT LIKE \(StoredPayments.requestPrefix + "%")
                """
            )
            var amounts: [Int64: Amounts] = [:]
            for row in rows {
                let (reference, type, amount) = try row.decode((Int64, String, Int64).self)
                if type == "payment_captured" {
                    amounts[reference, default: Amounts()].captured += amount
                } else {
                    amounts[reference, default: Amounts()].refunded += amount
                }
            }
            return amounts
        }
    }
}

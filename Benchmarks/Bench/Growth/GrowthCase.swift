import Foundation
import Postgres

/// (k): what is measured does not depend on how much is stored.
struct GrowthCase: BenchmarkCase {
    private static let kinds: [LoadKind] = [.payment, .retrieve, .list]
    /// Stored payments that the load may read.
    private static let knownPayments: Int64 = 50_000

    let stored: Int
    let isForFullRunsOnly: Bool

    var name: String { "growth-\(stored)" }
    var summary: String { "payments and reads with \(Decimals.text(Double(stored))) stored" }

    func run(_ context: BenchmarkContext) async throws -> [Figure] {
        let loader = StoredPaymentLoader(context: context)
        try await loader.store(stored - (try await count(context)))
        try await context.load.knowPayments(file: try await writeKnownPayments(context))
        let rounds = try await context.interleaved(
            Self.kinds.map { kind in
                Measurement("\(kind.rawValue) with \(stored) stored") { seconds in
                    try await context.load.run(context.closedLoop(kind, seconds)).perSecond
                }
            }
        )
        var figures: [Figure] = []
        for kind in Self.kinds {
            guard let measured = rounds["\(kind.rawValue) with \(stored) stored"] else { continue }
            let figure = measured.figure(
                "k.\(kind.rawValue).\(stored)",
                "(k) \(kind.shortTitle), \(Decimals.text(Double(stored))) stored"
            )
            figures.append(figure)
            let first = await context.growth.first(kind, figure)
            guard let now = figure.ratio?.median, let before = first.ratio?.median,
                first.name != figure.name
            else { continue }
            figures.append(
                Figure(
                    "k.\(kind.rawValue).\(stored).slower",
                    "(k) \(kind.shortTitle), slower than with few, by the ratios",
                    unit: "%",
                    value: .once((1 - now / before) * 100),
                    target: .atMost(10)
                )
            )
        }
        return figures
    }

    private func count(_ context: BenchmarkContext) async throws -> Int {
        try await context.withPool(context.databaseURL) { pool in
            let rows = try await pool.query("SELECT count(*) FROM payment")
            return Int(try rows[0].decode(Int64.self, at: 0))
        }
    }

    /// Any payments of all that there are, in no order.
    private func writeKnownPayments(_ context: BenchmarkContext) async throws -> String {
        let path = "\(context.stack.state)/known-payments.txt"
        let lines = try await context.withPool(context.databaseURL) { pool in
            let rows = try await pool.query(
                """
                SELECT merchant_id, id FROM payment
                ORDER BY hashtext(id)
                LIMIT \(Self.knownPayments)
                """
            )
            return try rows.map { row in
                let (merchant, id) = try row.decode((String, String).self)
                return "\(merchant) \(id)"
            }
        }
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}

/// The figures with the fewest payments stored, with which later ones are compared.
actor GrowthLog {
    private var figures: [LoadKind: Figure] = [:]

    /// The first figure of a kind, which is this one if there was none.
    func first(_ kind: LoadKind, _ figure: Figure) -> Figure {
        if let known = figures[kind] { return known }
        figures[kind] = figure
        return figure
    }
}

extension LoadKind {
    /// For the figures that only differ in how much is stored.
    fileprivate var shortTitle: String {
        switch self {
        case .payment: "whole payment"
        case .authorizeAndCapture: "authorize and capture"
        case .refund: "refund"
        case .retrieve: "retrieve"
        case .list: "list of 10"
        case .replay: "replay"
        }
    }
}

import Ledger
import Money
import Payments
import Postgres

/// The journals of streams, compared with those that their events call for.
enum StoredJournals {
    /// A leg as both sides write it, for comparison without regard to order.
    private struct Leg: Hashable, Comparable {
        let code: Int16
        let owner: String
        let currency: String
        let amountMinorUnits: Int64

        static func < (left: Leg, right: Leg) -> Bool {
            (left.code, left.owner, left.currency, left.amountMinorUnits)
                < (right.code, right.owner, right.currency, right.amountMinorUnits)
        }
    }

    private struct Stored {
        let id: String
        let merchant: String
        let kind: String
        let source: String
        let effectiveAt: PostgresTimestamp
        let recordedAt: PostgresTimestamp
        var legs: [Leg] = []
    }

    private struct Place: Hashable {
        let stream: String
        let version: Int32
    }

    static func statement(_ streams: [FoldedStream]) -> Query {
        """
        SELECT journal.stream, journal.version, journal.id, journal.merchant_id, journal.kind,
            journal.source_id, journal.effective_at, journal.recorded_at, account.code,
            account.merchant_id, entry.currency, entry.amount_minor
        FROM journal
        LEFT JOIN entry ON entry.journal_id = journal.id
        LEFT JOIN account ON account.id = entry.account_id
        WHERE journal.stream = ANY (\(streams.map(\.key.stream))::text[])
        """
    }

    static func compare(_ rows: Rows, with streams: [FoldedStream]) throws -> [Finding] {
        var stored: [Place: Stored] = [:]
        for row in rows {
            let (
                stream, version, id, merchant, kind, source, effectiveAt, recordedAt, code, owner,
                currency, amount
            ) = try row.decode(
                (
                    String, Int32, String, String, String, String, PostgresTimestamp,
                    PostgresTimestamp, Int16?, String?, String?, Int64?
                ).self
            )
            let place = Place(stream: stream, version: version)
            var journal =
                stored[place]
                ?? Stored(
                    id: id,
                    merchant: merchant,
                    kind: kind,
                    source: source,
                    effectiveAt: effectiveAt,
                    recordedAt: recordedAt
                )
            if let currency, let amount {
                journal.legs.append(
                    Leg(
                        code: code ?? 0,
                        owner: owner ?? "",
                        currency: currency,
                        amountMinorUnits: amount
                    )
                )
            }
            stored[place] = journal
        }
        return streams.flatMap { findings(of: $0, stored) }
    }

    private static func findings(
        of stream: FoldedStream,
        _ stored: [Place: Stored]
    ) -> [Finding] {
        var findings: [Finding] = []
        for (version, posting) in stream.postings.sorted(by: { $0.key < $1.key }) {
            let place = Place(stream: stream.key.stream, version: version)
            guard let journal = stored[place] else {
                findings.append(missing(posting, stream, version))
                continue
            }
            let reasons = differences(posting, journal)
            if !reasons.isEmpty { findings.append(different(posting, journal, reasons)) }
        }
        for version in stream.quietVersions.sorted() {
            guard let journal = stored[Place(stream: stream.key.stream, version: version)] else {
                continue
            }
            findings.append(
                Finding(
                    .journalWithoutEvent,
                    journal.id,
                    merchantID: journal.merchant,
                    leftID: "\(stream.key.stream):\(version)",
                    rightID: journal.id,
                    occurredAt: journal.recordedAt.moment,
                    detail: "event \(version) of \(stream.key.stream) moves no money"
                )
            )
        }
        return findings
    }

    private static func missing(
        _ posting: Posting,
        _ stream: FoldedStream,
        _ version: Int32
    ) -> Finding {
        Finding(
            .eventWithoutJournal,
            "\(stream.key.stream):\(version)",
            merchantID: stream.key.merchant,
            currencyCode: posting.journal.entries.first?.amount.currency.code,
            expectedMinorUnits: posting.turnoverMinorUnits,
            leftID: "\(stream.key.stream):\(version)",
            rightID: posting.id.rawValue,
            occurredAt: posting.effectiveAt,
            detail: "\(posting.journal.kind.rawValue) has no journal"
        )
    }

    private static func differences(_ posting: Posting, _ journal: Stored) -> [String] {
        var reasons: [String] = []
        if journal.id != posting.id.rawValue { reasons.append("id \(journal.id)") }
        if journal.merchant != posting.merchantID.rawValue {
            reasons.append("merchant \(journal.merchant)")
        }
        if journal.kind != posting.journal.kind.rawValue { reasons.append("kind \(journal.kind)") }
        if journal.source != posting.source.rawValue { reasons.append("source \(journal.source)") }
        if journal.effectiveAt != PostgresTimestamp(posting.effectiveAt) {
            reasons.append("effective at another time")
        }
        let expected = posting.journal.entries.map { entry in
            Leg(
                code: entry.account.code.rawValue,
                owner: entry.account.owner.databaseName,
                currency: entry.amount.currency.code,
                amountMinorUnits: entry.signedMinorUnits
            )
        }
        if journal.legs.sorted() != expected.sorted() { reasons.append("legs") }
        return reasons
    }

    private static func different(
        _ posting: Posting,
        _ journal: Stored,
        _ reasons: [String]
    ) -> Finding {
        Finding(
            .journalDiffers,
            journal.id,
            merchantID: journal.merchant,
            currencyCode: posting.journal.entries.first?.amount.currency.code,
            expectedMinorUnits: posting.turnoverMinorUnits,
            actualMinorUnits: journal.legs.reduce(0) { $0 &+ max(0, $1.amountMinorUnits) },
            leftID: posting.id.rawValue,
            rightID: journal.id,
            occurredAt: journal.recordedAt.moment,
            detail: "differs in " + reasons.joined(separator: ", ")
        )
    }
}

extension Posting {
    /// The sum of the debits.
    fileprivate var turnoverMinorUnits: Int64 {
        journal.entries.reduce(0) { $0 + max(0, $1.signedMinorUnits) }
    }
}

extension AccountOwner {
    /// As the table of accounts names the owner.
    fileprivate var databaseName: String {
        switch self {
        case .platform: "platform"
        case .merchant(let id): id.rawValue
        }
    }
}

import EventStore
import Ledger
import Payments
import Postgres

/// A stream folded from its events, with the journals that they call for and what was wrong with it.
struct FoldedStream {
    let key: EventPage.RawKey
    private(set) var aggregates = Aggregates()
    /// The journals of the money events, by version.
    private(set) var postings: [Int32: Posting] = [:]
    /// Versions of events that move no money.
    private(set) var quietVersions: Set<Int32> = []
    private(set) var findings: [Finding] = []
    /// Whether the events could be folded to their end; only then their rows can be compared.
    private(set) var isWhole = true

    init(_ stream: (key: EventPage.RawKey, rows: [Row])) {
        key = stream.key
        for (index, row) in stream.rows.enumerated() where isWhole {
            fold(row, version: Int32(index + 1))
        }
    }

    private mutating func fold(_ row: Row, version: Int32) {
        do {
            let event = try EventRow(row)
            guard event.recorded.version == version else {
                return stop(.streamWithGap, version, "the version is missing")
            }
            try aggregates.apply(event.recorded)
            try derive(event)
        } catch let error as EvolutionError {
            stop(Self.kind(of: error), version, "\(error)")
        } catch {
            stop(.eventUnreadable, version, "\(error)")
        }
    }

    private mutating func derive(_ event: EventRow) throws {
        let version = event.recorded.version
        let effectiveAt = event.recorded.recordedAt
        var posting: Posting?
        if case .payment(let fact) = event.recorded.event, let payment = aggregates.payment {
            posting = try Posting(of: fact, version: version, effectiveAt: effectiveAt, in: payment)
        } else if case .settlement(let fact) = event.recorded.event,
            let batch = aggregates.settlement
        {
            posting = try Posting(of: fact, version: version, effectiveAt: effectiveAt, in: batch)
        } else if case .payout(let fact) = event.recorded.event, let payout = aggregates.payout {
            posting = try Posting(of: fact, version: version, effectiveAt: effectiveAt, in: payout)
        } else if case .adjustmentPosted(let adjustment) = event.recorded.event {
            posting = try Posting(of: adjustment, effectiveAt: effectiveAt)
        }
        guard let posting else {
            quietVersions.insert(version)
            return
        }
        postings[version] = posting
    }

    private mutating func stop(_ kind: DiscrepancyClass, _ version: Int32, _ reason: String) {
        isWhole = false
        findings.append(
            Finding(
                kind,
                key.stream,
                merchantID: key.merchant,
                leftID: "\(key.stream):\(version)",
                detail: "event \(version): \(reason)"
            )
        )
    }

    private static func kind(of error: EvolutionError) -> DiscrepancyClass {
        switch error {
        case .wrongVersion: .streamWithGap
        case .boundExceeded: .amountOutOfBounds
        case .illegalTransition, .wrongPlace, .wrongCharge, .wrongRefund, .wrongDispute,
            .unexpected:
            .illegalTransition
        }
    }
}

import CardNetwork
import ClearingFile
import Logging
import Money
import Payments
import Postgres
import ServiceKit
import ServiceLifecycle
import SettlementStore

/// Goes round: reads the feed on, opens batches whose cut-off has come, and completes what is open.
///
/// Nothing is kept in the process but how long to leave a batch alone whose file did not come: each
/// step is a transaction of the store, so any number of instances may run and die at any moment.
struct SettlementService: Service {
    /// The most batches of one round.
    private static let maximumBatches = 200
    private static let pause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(1)

    let store: SettlementStore
    let clearing: ClearingClient
    let metrics: Metrics
    let logger: Logger

    /// Works until shutdown.
    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var patience = Patience()
            var pause = Self.pause
            while !Task.isCancelled {
                var found = Found.nothing
                do {
                    found = try await round(&patience)
                } catch  where !Task.isCancelled {
                    logger.warning("a round failed", metadata: ["reason": "\(error)"])
                }
                pause = found == .nothing ? min(pause * 2, Self.longestPause) : Self.pause
                try await Task.sleep(for: found == .batches ? .zero : pause)
            }
        }
        try await clearing.shutdown()
    }

    /// What a round had to do.
    enum Found: Sendable {
        case nothing
        /// The feed brought items. More will come; they are taken by the tenth of a second, for a
        /// round has its price however few it takes.
        case items
        /// Batches were opened or completed, and the next step may be due.
        case batches
    }

    /// One round; says what there was to do.
    func round(_ patience: inout Patience) async throws -> Found {
        try await store.extendCutOffs()
        var found = try await store.take() > 0 ? Found.items : .nothing
        for due in try await store.due(limit: Self.maximumBatches) {
            if let batch = try await store.openBatch(due) {
                found = .batches
                logger.info("a batch is open", metadata: batch.logMetadata)
            }
        }
        let open = try await store.open(limit: Self.maximumBatches)
        patience.forget(allBut: Set(open.map(\.id)))
        for batch in open where patience.allows(batch.id) {
            if try await complete(batch) {
                found = .batches
            } else {
                patience.failed(batch.id)
            }
        }
        return found
    }

    /// Fetches a batch's file and completes it; says whether that is done.
    private func complete(_ batch: Settlement) async throws -> Bool {
        let opening = batch.opening
        let bytes: [UInt8]
        do throws(ClearingUnavailable) {
            bytes = try await clearing.fetch(
                batch.merchantID,
                currency: opening.currency,
                cutOff: opening.cutOffAt
            )
        } catch {
            count("unavailable")
            logger.warning(
                "a clearing file did not come",
                metadata: batch.logMetadata.merging(["reason": "\(error)"]) { $1 }
            )
            return false
        }
        let content = String(decoding: bytes, as: UTF8.self)
        let file: ClearingFile
        do throws(ClearingRefusal) {
            file = try ClearingFile(
                parsing: bytes,
                acceptor: ClearingClient.acceptor(batch.merchantID),
                currency: opening.currency,
                cutOff: opening.cutOffAt
            )
        } catch {
            count("refused")
            logger.error(
                "a clearing file is refused",
                metadata: batch.logMetadata.merging(["reason": "\(error)"]) { $1 }
            )
            try await store.keepRefused(content, of: batch, because: "\(error)")
            return false
        }
        let done = try await store.complete(
            batch,
            lines: file.details.map { ClearedLine($0) },
            content: content
        )
        if let completed = done?.completed {
            count("completed")
            logger.info(
                "a batch is completed",
                metadata: batch.logMetadata.merging([
                    "lines": "\(file.details.count)", "left_out": "\(completed.leftOutCount)",
                    "unmatched": "\(completed.unmatchedLineCount)",
                ]) { $1 }
            )
        }
        return true
    }

    private func count(_ outcome: String) {
        metrics.counter(
            "settlement_files_total",
            help: "clearing files by what became of them",
            labels: ["outcome"]
        ).increment(outcome)
    }
}

/// How long batches are left alone whose file did not come or was refused: twice as long each time.
struct Patience: Sendable {
    private static let first = Duration.milliseconds(250)
    private static let longest = Duration.seconds(60)

    private var waits: [SettlementID: (until: ContinuousClock.Instant, wait: Duration)] = [:]

    func allows(_ id: SettlementID) -> Bool {
        waits[id].map { $0.until <= .now } ?? true
    }

    mutating func failed(_ id: SettlementID) {
        let wait = min((waits[id]?.wait ?? Self.first) * 2, Self.longest)
        waits[id] = (.now + wait, wait)
    }

    mutating func forget(allBut open: Set<SettlementID>) {
        waits = waits.filter { open.contains($0.key) }
    }
}

extension Settlement {
    var logMetadata: Logger.Metadata {
        [
            "settlement": "\(id)", "merchant": "\(merchantID)",
            "currency": "\(opening.currency.code)",
            "cut_off": "\(opening.cutOffAt.secondsSinceEpoch)",
        ]
    }
}

extension ClearedLine {
    init(_ detail: ClearingDetail) {
        self.init(
            kind: Kind(detail.kind),
            reference: detail.reference,
            traceNumber: detail.traceNumber,
            amountMinorUnits: detail.amountMinorUnits,
            interchangeMinorUnits: detail.interchangeMinorUnits
        )
    }
}

extension ClearedLine.Kind {
    init(_ kind: ClearingDetail.Kind) {
        switch kind {
        case .sale: self = .sale
        case .refund: self = .refund
        case .chargeback: self = .chargeback
        case .representment: self = .representment
        case .refundReturn: self = .refundReturn
        }
    }
}

import BankMessages
import Calendar
import Logging
import Money
import Payments
import PayoutStore
import ServiceKit
import ServiceLifecycle

/// Goes round: reads the feed on, makes payouts that are due, writes files for the bank, brings them,
/// and hears what the bank says.
///
/// Nothing is kept in the process: each step is a transaction of the store, so any number of instances
/// may run and die at any moment. The bank takes a file once however often it is brought, and each of
/// its own files is taken once.
struct PayoutService: Service {
    /// The most payouts, and the most files, of one round.
    private static let maximumOfRound = 200
    private static let pause = Duration.milliseconds(50)
    private static let longestPause = Duration.milliseconds(500)

    let store: PayoutStore
    let bank: any BankTransport
    let debtor: BankAccount
    let metrics: Metrics
    let logger: Logger

    /// Works until shutdown.
    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var pause = Self.pause
            var reported: String?
            while !Task.isCancelled {
                var found = 0
                do {
                    found = try await round()
                    reported = nil
                } catch  where !Task.isCancelled {
                    // Told once, and again when it is another.
                    if reported != "\(error)" {
                        logger.warning("a round failed", metadata: ["reason": "\(error)"])
                    }
                    reported = "\(error)"
                }
                pause = found > 0 ? Self.pause : min(pause * 2, Self.longestPause)
                try await Task.sleep(for: found > 0 ? .zero : pause)
            }
        }
        try await bank.shutdown()
    }

    /// One round; says how much there was to do.
    func round() async throws -> Int {
        var found = try await store.take()
        for due in try await store.due(limit: Self.maximumOfRound) {
            if let payout = try await store.pay(due) {
                found += 1
                logger.info("a payout is made", metadata: ["payout": "\(payout.id)"])
            }
        }
        let written = try await store.writeFile { try file(of: $0) }
        found += written
        for file in try await store.claimFiles(limit: Self.maximumOfRound) {
            try await bring(file)
            found += 1
        }
        return try await found + hear()
    }

    private func file(of order: FileOrder) throws -> String {
        let initiation = try CreditTransferInitiation(
            messageID: order.id,
            createdAt: order.now,
            executionDate: CalendarDate(of: order.now),
            debtor: debtor,
            transfers: order.payouts.map { payout in
                let destination = payout.creation.destination
                return try CreditTransfer(
                    endToEndID: payout.id.rawValue,
                    amount: payout.amount,
                    creditor: BankAccount(
                        holder: BankAccount.transliterated(holder: destination.holder),
                        number: destination.number,
                        routingNumber: destination.routingNumber
                    )
                )
            }
        )
        return String(decoding: try initiation.serialized(), as: UTF8.self)
    }

    private func bring(_ file: OutgoingFile) async throws {
        let refusal = try await bank.bring(file)
        try await store.delivered(file.id, refusal: refusal)
        count(refusal == nil ? "delivered" : "refused")
        if let refusal {
            // Nothing is made again under another name: whether it has effect, only the bank can say.
            logger.error(
                "the bank does not take a file",
                metadata: ["file": "\(file.id)", "reason": "\(refusal)"]
            )
        } else {
            logger.info("a file is at the bank", metadata: ["file": "\(file.id)"])
        }
    }

    /// Takes the bank's new files in their order; says how many there were.
    private func hear() async throws -> Int {
        var found = 0
        for file in try await bank.offered(after: try await store.bankCursor()) {
            switch try await bank.fetch(file) {
            case .gone: continue
            // The bank's files are heard in their order, as far as they are there.
            case .unfinished: return found
            case .unusable(let reason):
                var word = BankWord()
                word.refusal = reason
                found += try await hear(word, of: file, bytes: [])
            case .whole(let bytes):
                let word = BankWord(name: file.name, bytes: bytes)
                found += try await hear(word, of: file, bytes: bytes)
            }
        }
        return found
    }

    private func hear(_ word: BankWord, of file: OfferedFile, bytes: [UInt8]) async throws -> Int {
        let isNew = try await store.hear(
            word,
            name: file.name,
            sequence: file.sequence,
            content: String(decoding: bytes, as: UTF8.self)
        )
        // Whoever dies here is offered the file again, and hears nothing new in it.
        try await bank.heard(file, refusal: word.refusal)
        guard isNew else { return 0 }
        count(word.refusal == nil ? "heard" : "unreadable")
        if let refusal = word.refusal {
            logger.error(
                "a file of the bank cannot be taken",
                metadata: ["file": "\(file.name)", "reason": "\(refusal)"]
            )
        }
        return 1
    }

    private func count(_ outcome: String) {
        metrics.counter(
            "payout_files_total",
            help: "files to and from the bank by what became of them",
            labels: ["outcome"]
        ).increment(outcome)
    }
}

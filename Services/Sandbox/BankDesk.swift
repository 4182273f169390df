import BankMessages
import Calendar
import Crypto
import Foundation
import Logging
import Money
import Synchronization

/// Why the bank does not take a file; nothing has changed then.
struct BankRefusal: Error, CustomStringConvertible {
    let description: String
}

/// Takes the bank's files in: decides under one lock, writes the log, and then answers.
final class BankDesk: Sendable {
    private struct State {
        var books: BankBooks
        /// So many facts are on the disk; only these are told to anybody.
        var durableFacts: Int
        var faults = BankFaults()
    }

    private let state: Mutex<State>
    /// The account that the bank keeps for the gateway; it has a purse for each currency.
    let accountNumber: String
    /// The log of facts; a service that has to run.
    let log: AppendOnlyLog
    /// Where the log's lines are.
    let logFile: URL

    /// Opens the books of this folder, as they were when the process last ended, however it ended.
    init(folder: URL, accountNumber: String, logger: Logger) throws {
        self.accountNumber = accountNumber
        logFile = folder.appendingPathComponent("bank.jsonl")
        var books = BankBooks()
        log = try AppendOnlyLog(path: logFile.path, logger: logger) { line in
            try books.apply(try BankFact(line: line))
        }
        state = Mutex(State(books: books, durableFacts: books.facts.count))
        logger.info("the bank's log is read", metadata: ["facts": "\(books.facts.count)"])
    }

    /// Takes a file of transfers; returns once what became of it is durable.
    ///
    /// A file that was taken before changes nothing; another one under its identifier is refused.
    ///
    /// - Returns: Whether it was taken before.
    @discardableResult
    func take(_ bytes: [UInt8]) async throws -> Bool {
        let file: CreditTransferInitiation
        do {
            file = try CreditTransferInitiation(parsing: bytes)
        } catch {
            throw BankRefusal(description: error.description)
        }
        let digest = SHA256.hash(data: bytes).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        guard file.debtor.number == accountNumber else {
            throw BankRefusal(description: "there is no account \(file.debtor.number)")
        }
        let wasTaken = state.withLock { $0.books.files[file.messageID] == digest }
        try await commit { state in
            if let known = state.books.files[file.messageID] {
                guard known == digest else {
                    throw BankRefusal(description: "\(file.messageID) was another file before")
                }
                return []
            }
            if state.faults.losesFile() { return [] }
            let day = state.books.bookingDay(file.executionDate)
            return try state.books.statements(before: day)
                + [Self.decide(file, digest: digest, on: day, books: state.books)]
        }
        return wasTaken
    }

    /// Books a payment that somebody else began; the same reference moves money once.
    ///
    /// An amount above zero is paid in, one below zero is collected.
    func book(_ amount: Money, reference: String, day: CalendarDate) async throws {
        guard amount.minorUnits != 0 else { throw BankRefusal(description: "nothing is paid") }
        try await commit { state in
            if let known = state.books.payments[reference] {
                guard known == amount else {
                    throw BankRefusal(description: "\(reference) moved another amount before")
                }
                return []
            }
            let isPaidIn = amount.minorUnits > 0
            let payment = BankPayment(
                reference: reference,
                amount: isPaidIn ? amount : try amount.negated(),
                day: state.books.bookingDay(day)
            )
            return try state.books.statements(before: payment.day)
                + [isPaidIn ? .paidIn(payment) : .collected(payment)]
        }
    }

    /// Ends the day of every currency that has entries since its last statement, as the first
    /// booking of a later day does.
    func closeDay() async throws {
        try await commit { state in try state.books.statements() }
    }

    /// The books as they are now.
    var books: BankBooks { state.withLock { $0.books } }

    /// The files for the customer, computed from what is durable.
    var outbox: BankOutbox {
        state.withLock { state in
            BankOutbox(
                accountNumber: accountNumber,
                books: state.books,
                factCount: state.durableFacts
            )
        }
    }

    /// The faults that are on.
    var faults: BankFaults { state.withLock { $0.faults } }

    /// Switches faults, until the next start.
    func switchFaults(_ faults: BankFaults) { state.withLock { $0.faults = faults } }

    /// Applies what is decided under the lock; returns when it and all before it is on the disk.
    private func commit(
        _ decide: @Sendable (inout State) throws -> [BankFact]
    ) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            do {
                try state.withLock { state in
                    // Inside the lock, so that the log has the facts in the order of the books.
                    for fact in try decide(&state) {
                        try state.books.apply(fact)
                        let sequence = Int64(state.books.facts.count)
                        log.append(fact.line(sequence: sequence)) {}
                    }
                    let count = state.books.facts.count
                    log.append(nil) {
                        self.state.withLock { $0.durableFacts = max($0.durableFacts, count) }
                        done.resume()
                    }
                }
            } catch {
                done.resume(throwing: error)
            }
        }
    }

    private static func decide(
        _ file: CreditTransferInitiation,
        digest: String,
        on day: CalendarDate,
        books: BankBooks
    ) -> BankFact {
        var balance = books.purses[file.total.currency]?.balanceMinorUnits ?? 0
        let lines = file.transfers.map { transfer in
            let fate = BankRules.fate(of: transfer, balanceMinorUnits: balance)
            if fate == .booked { balance -= transfer.amount.minorUnits }
            return BankTakenFile.Line(
                endToEndID: transfer.endToEndID,
                amount: transfer.amount,
                creditor: transfer.creditor.number,
                fate: fate
            )
        }
        return .fileTaken(
            BankTakenFile(
                messageID: file.messageID,
                digest: digest,
                day: day,
                lines: lines
            )
        )
    }
}

/// What is to go wrong at the bank next.
struct BankFaults: Sendable, Equatable, Codable {
    /// So many files are confirmed and then lost, as if they had never come.
    var lostFiles = 0

    enum CodingKeys: String, CodingKey { case lostFiles = "lost_files" }

    mutating func losesFile() -> Bool {
        guard lostFiles > 0 else { return false }
        lostFiles -= 1
        return true
    }
}

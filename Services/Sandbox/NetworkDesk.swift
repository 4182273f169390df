import CardNetwork
import Foundation
import Logging
import Money
import Payments
import Synchronization

/// An answer on its way out, and what is to go wrong with it.
struct NetworkReply: Sendable {
    /// The framed answer.
    let frame: [UInt8]
    let fault: FaultKind?
    /// Chance for the fault's details.
    let roll: UInt64
    let lateMilliseconds: Int64
    let slowMilliseconds: Int64
}

/// Takes the network's requests in: decides under one lock, writes the log, and then answers.
///
/// Lock order: the desk's own lock, then the log's or the vault's; neither calls back under its own.
final class NetworkDesk: Sendable {
    private struct State {
        var books: NetworkBooks
        var dice: FaultDice

        /// Adds a fact and gives its line for the log.
        mutating func add(_ fact: NetworkFact, at now: Timestamp) -> [UInt8] {
            books.apply(fact)
            return fact.line(
                sequence: books.factCount,
                recordedAtMicroseconds: now.microsecondsSinceEpoch
            )
        }
    }

    private let state: Mutex<State>
    private let vault: Vault
    private let faultsFile: URL
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger

    /// The log of facts; a service that has to run.
    let log: AppendOnlyLog

    /// Where the log's lines are.
    let logFile: URL

    /// Opens the books of this folder, as they were when the process last ended, however it ended.
    init(
        folder: URL,
        vault: Vault,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) throws {
        var books = NetworkBooks()
        logFile = folder.appendingPathComponent("network.jsonl")
        log = try AppendOnlyLog(path: logFile.path, logger: logger) { line in
            books.apply(try NetworkFact(line: line))
        }
        faultsFile = folder.appendingPathComponent("faults.json")
        let dice = FaultDice(plan: try Self.storedFaults(faultsFile))
        state = Mutex(State(books: books, dice: dice))
        self.vault = vault
        self.clock = clock
        self.logger = logger
        logger.info("the network's log is read", metadata: ["facts": "\(books.factCount)"])
    }

    /// Decides about a message; `reply` is called, from any thread, once the decision is durable.
    ///
    /// It is not called for a request that a fault loses.
    func handle(_ message: WireMessage, reply: @escaping @Sendable (NetworkReply) -> Void) {
        guard let request = NetworkRequest(message) else {
            logger.warning("not a request", metadata: ["type": "\(message.type.rawValue)"])
            return
        }
        let now = clock()
        state.withLock { state in
            let fault = state.dice.fault(
                for: request.kind,
                amountMinorUnits: request.amountMinorUnits
            )
            let roll = state.dice.roll()
            if fault == .lost { return }
            let rules = NetworkRules(
                monthNumber: WireTime(now).monthNumber,
                forcedDecline: fault == .declineStorm ? ResponseCode.issuerNotAvailable : nil
            )
            let verdict = rules.decide(
                request,
                card: vault.issuedCard(behind: request.token),
                books: state.books
            )
            var lines: [[UInt8]] = []
            if let fact = verdict.fact {
                let card = vault.issuedCard(behind: request.token)
                lines.append(state.add(fact, at: now))
                for notice in CaseRules(books: state.books).aftermath(of: fact, card: card) {
                    lines.append(state.add(notice, at: now))
                }
            }
            let line = lines.isEmpty ? nil : Array(lines.joined(separator: [UInt8(ascii: "\n")]))
            guard let frame = frame(of: request, verdict) else { return }
            let answer = NetworkReply(
                frame: frame,
                fault: fault,
                roll: roll,
                lateMilliseconds: state.dice.plan.lateMilliseconds,
                slowMilliseconds: state.dice.plan.slowMilliseconds
            )
            // Inside the lock, so that the log has the facts in the order of the books.
            log.append(line) { reply(answer) }
        }
    }

    /// Takes a merchant's answer in a case, once it is on the disk; false when none is taken.
    func answer(
        _ answer: DisputeAnswer,
        ofInquiry: Bool,
        in reference: String,
        as own: FamilyKey,
        statement: String,
        transmissionTime: String
    ) async -> Bool {
        await durably { state in
            let facts = CaseRules(books: state.books).answered(
                answer,
                ofInquiry: ofInquiry,
                in: reference,
                as: own,
                statement: statement,
                transmissionTime: transmissionTime
            )
            return facts.map { ($0, true) } ?? ([], false)
        }
    }

    /// Has a cardholder's bank dispute a captured charge; the case, or nil when nothing is left of it.
    func raise(_ order: DisputeOrder) async -> String? {
        await durably { state in
            guard
                let record = state.books.authorizations.first(where: {
                    $0.key.reference == order.reference
                })?.value, let capture = record.capture, record.capturedMinorUnits > 0
            else { return ([], nil) }
            let left =
                record.capturedMinorUnits - record.refundedMinorUnits
                - record.pendingRefundMinorUnits - record.chargedBackMinorUnits
            let amount = order.amount ?? left
            guard (1...max(1, left)).contains(amount), left > 0 else { return ([], nil) }
            let rules = CaseRules(books: state.books)
            let reason = order.reason.flatMap { DisputeReason(rawValue: $0) } ?? .fraudulent
            let fact =
                switch order.kind {
                case .chargeback: rules.chargeback(1, capture, amount, reason, code: "10.4")
                case .inquiry: rules.inquiry(1, capture, amount)
                case .fraudReport: rules.fraudReport(capture)
                }
            return ([fact], fact.family.reference)
        }
    }

    /// Returns when all that the books have is on the disk.
    func untilDurable() async {
        await withCheckedContinuation { continuation in
            log.append(nil) { continuation.resume() }
        }
    }

    /// Decides under the lock, and returns once the facts are on the disk.
    private func durably<Result: Sendable>(
        _ decide: @Sendable (borrowing State) -> ([NetworkFact], Result)
    ) async -> Result {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                let now = clock()
                let (facts, result) = decide(state)
                let lines = facts.map { state.add($0, at: now) }
                let text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
                log.append(lines.isEmpty ? nil : text) { continuation.resume(returning: result) }
            }
        }
    }

    /// The books as they are now.
    var books: NetworkBooks { state.withLock { $0.books } }

    /// The faults that are on.
    var faults: FaultPlan { state.withLock { $0.dice.plan } }

    /// Switches faults, also for the next start.
    func switchFaults(_ plan: FaultPlan) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(plan).write(to: faultsFile, options: .atomic)
        state.withLock { $0.dice = FaultDice(plan: plan) }
    }

    private func frame(of request: NetworkRequest, _ verdict: NetworkVerdict) -> [UInt8]? {
        do {
            guard let answer = request.answer(verdict) else { return nil }
            return WireFrame.framed(try answer.encoded())
        } catch {
            logger.error("an answer cannot be written", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    private static func storedFaults(_ file: URL) throws -> FaultPlan {
        guard FileManager.default.fileExists(atPath: file.path) else { return FaultPlan() }
        return try JSONDecoder().decode(FaultPlan.self, from: Data(contentsOf: file))
    }
}

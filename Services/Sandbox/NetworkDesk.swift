import CardNetwork
import Foundation
import Logging
import Money
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
            if let fact = verdict.fact { state.books.apply(fact) }
            let line = verdict.fact?.line(
                sequence: state.books.factCount,
                recordedAtMicroseconds: now.microsecondsSinceEpoch
            )
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

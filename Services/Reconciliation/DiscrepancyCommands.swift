import ArgumentParser
import Foundation
import JSON
import Money
import ReconciliationStore
import ServiceKit

/// `reconciliation discrepancies`: what is open, oldest first.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discrepancies",
        abstract: "List discrepancies that are not closed, oldest first, with their age."
    )

    @OptionGroup var store: StoreOption

    @Option(help: "json or text.")
    var format: ReportFormat = .text

    @Flag(help: "Closed ones too.")
    var all = false

    func run() async throws {
        let found = try await store.withPool { try await DiscrepancyStore($0).list(closed: all) }
        let now = SystemClock.now()
        switch format {
        case .json:
            let list = JSON.array(found.map { $0.document(at: now) })
            Console().say(String(decoding: list.prettyPrinted(), as: UTF8.self))
        case .text:
            for item in found { Console().say(item.line(at: now)) }
            Console().say("\(found.count) discrepancies")
        }
        guard found.allSatisfy({ $0.status == .closed }) else { throw Ended(.discrepancies) }
    }
}

/// `reconciliation explain ID`: one discrepancy, its history and where to read on.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show a discrepancy: both sides, amounts, age, what was done, and its runbook."
    )

    @OptionGroup var store: StoreOption

    @Argument(help: "The discrepancy's number.")
    var number: Int64

    func run() async throws {
        let console = Console()
        let (item, steps) = try await store.withPool { pool in
            let store = DiscrepancyStore(pool)
            return (try await store.find(number), try await store.steps(of: number))
        }
        guard let item else { throw Ended(.usage, "there is no discrepancy \(number)") }
        let now = SystemClock.now()
        console.say(item.line(at: now))
        console.say(item.finding.kind.summary)
        console.say(
            String(decoding: item.document(at: now).prettyPrinted(), as: UTF8.self)
        )
        for step in steps {
            let time = Date(
                timeIntervalSince1970: Double(step.takenAt.microsecondsSinceEpoch) / 1_000_000
            )
            console.say("\(time.ISO8601Format())  \(step.status)  \(step.operator)  \(step.note)")
        }
        console.say("read \(item.finding.kind.runbook)")
    }
}

/// What every step of a discrepancy's way needs.
struct StepOptions: ParsableArguments {
    @OptionGroup var store: StoreOption

    @Argument(help: "The discrepancy's number.")
    var number: Int64

    @Option(name: .customLong("operator"), help: "Who does it: a name that is in the records.")
    var operatorName: String

    @Option(help: "Why, in words.")
    var note: String

    func validate() throws {
        guard !operatorName.isEmpty, operatorName.utf8.count <= 255 else {
            throw ValidationError("--operator must be a name.")
        }
        guard !note.isEmpty, note.utf8.count <= 10_000 else {
            throw ValidationError("--note must say something.")
        }
    }

    func take(_ status: DiscrepancyStatus) async throws {
        do {
            try await store.withPool { pool in
                try await DiscrepancyStore(pool).take(
                    status,
                    number,
                    operator: operatorName,
                    note: note,
                    at: SystemClock.now()
                )
            }
            Console().say("discrepancy \(number) is \(status.rawValue)")
        } catch let refusal as DiscrepancyRefusal {
            throw Ended(.usage, refusal.description)
        }
    }
}

/// `reconciliation propose ID`: says how a discrepancy shall be put right.
struct ProposeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "propose",
        abstract: "Propose how a discrepancy is put right; another operator has to approve it."
    )

    @OptionGroup var step: StepOptions

    func run() async throws { try await step.take(.proposed) }
}

/// `reconciliation approve ID`: a second operator agrees.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Approve a proposal; not by the operator who made it."
    )

    @OptionGroup var step: StepOptions

    func run() async throws { try await step.take(.approved) }
}

/// `reconciliation withdraw ID`: the proposal was wrong; the discrepancy is open again.
struct WithdrawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "Take a proposal back; the discrepancy is open again."
    )

    @OptionGroup var step: StepOptions

    func run() async throws { try await step.take(.open) }
}

/// `reconciliation close ID`: the break is gone.
struct CloseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Close a discrepancy that a later full run has not found again."
    )

    @OptionGroup var step: StepOptions

    func run() async throws { try await step.take(.closed) }
}

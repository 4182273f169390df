import ArgumentParser
import Foundation
import JSON
import Ledger
import Money
import Payments
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

    func take(
        _ status: DiscrepancyStatus,
        entry: (@Sendable (Discrepancy) throws -> ProposedEntry?)? = nil
    ) async throws {
        try await refusing { store in
            var proposed: ProposedEntry?
            if let entry {
                guard let known = try await store.find(number) else {
                    throw DiscrepancyRefusal.unknown(number)
                }
                proposed = try entry(known)
            }
            try await store.take(
                status,
                number,
                entry: proposed,
                operator: operatorName,
                note: note,
                at: SystemClock.now()
            )
        }
        Console().say("discrepancy \(number) is \(status.rawValue)")
    }

    func post() async throws {
        let adjustment = try await refusing { store in
            try await store.post(
                number,
                operator: operatorName,
                note: note,
                at: SystemClock.now()
            )
        }
        Console().say("discrepancy \(number) is posted as \(adjustment)")
    }

    private func refusing<Output>(
        _ body: (DiscrepancyStore) async throws -> Output
    ) async throws -> Output {
        do {
            return try await store.withPool { try await body(DiscrepancyStore($0)) }
        } catch let refusal as DiscrepancyRefusal {
            throw Ended(.usage, refusal.description)
        }
    }
}

/// `reconciliation propose ID`: says how a discrepancy shall be put right.
struct ProposeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "propose",
        abstract: "Propose how a discrepancy is put right; another operator has to approve it.",
        discussion: """
            With --debit, --credit and --amount an adjusting journal is proposed, which `post` \
            books once it is approved. Accounts: \(EntryOptions.accounts). Without them, what the \
            note says is done elsewhere.
            """
    )

    @OptionGroup var step: StepOptions
    @OptionGroup var entry: EntryOptions

    func run() async throws {
        let entry = entry
        try await step.take(.proposed) { try entry.entry(for: $0) }
    }
}

/// The entry that is proposed, if one is.
struct EntryOptions: ParsableArguments {
    /// The accounts that adjusting journals may move money between, for the help.
    static let accounts = AccountCode.allCases.filter(\.isAdjustable)
        .map { "\($0.rawValue) \($0.definition.name)" }.joined(separator: ", ")

    @Option(help: "The number of the account to debit.")
    var debit: Int16?

    @Option(help: "The number of the account to credit.")
    var credit: Int16?

    @Option(help: "How much, in minor units.")
    var amount: Int64?

    @Option(help: "In which currency; the discrepancy's own where it has one.")
    var currency: String?

    @Option(help: "Whose account 2011 is meant, where it is one of the two.")
    var merchant: String?

    @Option(help: "The adjustment (adj_...) whose money in suspense this one explains.")
    var clears: String?

    func validate() throws {
        let given = [debit != nil, credit != nil, amount != nil].count { $0 }
        guard given == 0 || given == 3 else {
            throw ValidationError("--debit, --credit and --amount go together.")
        }
        if given == 0, currency != nil || merchant != nil || clears != nil {
            throw ValidationError("--currency, --merchant and --clears describe an entry.")
        }
        for number in [debit, credit].compactMap(\.self) {
            guard AccountCode(rawValue: number)?.isAdjustable == true else {
                throw ValidationError("Account \(number) is none of \(Self.accounts).")
            }
        }
        guard debit == nil || debit != credit else {
            throw ValidationError("--debit and --credit must be different accounts.")
        }
        guard amount ?? 1 > 0 else { throw ValidationError("--amount must be more than nothing.") }
        let isMerchants = [debit, credit].contains(AccountCode.merchantEscrowAvailable.rawValue)
        guard isMerchants == (merchant != nil) else {
            throw ValidationError("--merchant goes with account 2011, and with no other.")
        }
        if let merchant, MerchantID(rawValue: merchant) == nil {
            throw ValidationError("--merchant must be an identifier, acct_...")
        }
        if let clears, AdjustmentID(rawValue: clears) == nil {
            throw ValidationError("--clears must be an adjustment, adj_...")
        }
    }

    /// The entry for a discrepancy; money in suspense that it is about is explained by it.
    func entry(for item: Discrepancy) throws -> ProposedEntry? {
        guard let debit = debit.flatMap({ AccountCode(rawValue: $0) }),
            let credit = credit.flatMap({ AccountCode(rawValue: $0) }), let amount
        else { return nil }
        guard let code = currency ?? item.finding.currencyCode,
            let currency = try? Currency(code)
        else { throw Ended(.usage, "give the entry's --currency, three letters") }
        return ProposedEntry(
            debit: debit,
            credit: credit,
            amount: Money(minorUnits: amount, currency: currency),
            merchantID: merchant.flatMap { MerchantID(rawValue: $0) },
            clears: clears.flatMap { AdjustmentID(rawValue: $0) }
                ?? (item.finding.kind == .suspenseOpen
                    ? AdjustmentID(rawValue: item.finding.subject) : nil)
        )
    }
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

/// `reconciliation post ID`: books the entry that was approved.
struct PostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "post",
        abstract: "Post the adjusting journal that was proposed and approved."
    )

    @OptionGroup var step: StepOptions

    func run() async throws { try await step.post() }
}

/// `reconciliation withdraw ID`: the proposal was wrong; the discrepancy is open again.
struct WithdrawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "Take a proposal back; the discrepancy is open again.",
        discussion: """
            What was posted for it stays in the books; a wrong entry is put right by another one.
            """
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

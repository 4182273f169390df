import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import TestKit
import Testing

@testable import PayoutStore

/// A bank that keeps its own record, says things in any order, twice, under other names, or late.
private struct ModelBank {
    /// What the bank decided of an instruction, and what it moved for it.
    struct Line {
        var isRejected = false
        var isReturned = false
    }

    private(set) var lines: [PayoutID: Line] = [:]
    /// What it has said and nobody has heard yet.
    var unheard: [(name: String, word: BankWord)] = []
    /// What was heard, to be said again.
    var heard: [(name: String, word: BankWord)] = []
    private var lastNumber = 0

    /// Takes a file; each instruction once, whatever comes twice.
    mutating func take(_ file: OutgoingFile, using generator: inout SeededGenerator) throws {
        let ids = file.content.split(separator: " ").map { PayoutID(checked: String($0)) }
        guard ids.allSatisfy({ lines[$0] == nil }) else { return }
        lastNumber += 1
        for id in ids {
            lines[id] = Line(
                isRejected: generator.chance(percent: 30),
                isReturned: generator.chance(percent: 30)
            )
        }
        let answers = ids.map { ($0, lines[$0]?.isRejected == true ? "AC03" : nil) }
        unheard.append(("R\(lastNumber)", PayoutLab.answer(file.id, answers)))
    }

    /// Says what it booked for a payout, and what came back.
    mutating func book(_ id: PayoutID, _ amount: Int64) {
        guard let line = lines[id], !line.isRejected else { return }
        unheard.append(("N-\(id)", PayoutLab.notice(PayoutLab.entry("B-\(id)", -amount, id))))
        guard line.isReturned else { return }
        let back = PayoutLab.entry("B-\(id)-R", amount, id, returned: "AC04")
        unheard.append(("N-\(id)-R", PayoutLab.notice(back)))
    }
}

/// Random steps of merchant, service and bank, and what has to hold after each of them.
private struct Run {
    let lab: PayoutLab
    var generator: SeededGenerator
    var bank = ModelBank()
    var amounts: [PayoutID: Int64] = [:]
    var booked: Set<PayoutID> = []
    var funded: Int64 = 0

    mutating func step() async throws {
        switch Int.random(in: 0..<9, using: &generator) {
        case 0:
            let amount = Int64.random(in: 1...500, using: &generator)
            try await lab.fund(amount)
            funded += amount
        case 1, 2:
            // Also more than there is: that is refused whole.
            let amount = Int64.random(in: 1...400, using: &generator)
            let available = -(try await lab.balance(.merchantEscrowAvailable))
            do {
                amounts[try await lab.create(amount)] = amount
                #expect(amount <= available)
            } catch {
                #expect(amount > available)
            }
        case 3:
            if let id = amounts.keys.sorted(by: { $0.rawValue < $1.rawValue })
                .randomElement(using: &generator)
            {
                _ = try await lab.cancel(id)
            }
        case 4: _ = try await lab.writeFile()
        case 5: try await bring()
        case 6, 7: try await hear()
        case _:
            // The bank says again what was heard, as it was or under another name.
            if let (name, word) = bank.heard.randomElement(using: &generator) {
                let isRenamed = generator.chance(percent: 30) && word.entries != nil
                try await lab.hear(word, isRenamed ? "\(name)-again" : name)
            }
        }
    }

    /// Some files are lost on the way, and some come twice.
    mutating func bring() async throws {
        try await lab.owner.execute("UPDATE bank_file SET next_attempt_at = now()")
        for file in try await lab.store.claimFiles(limit: 10) {
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                try bank.take(file, using: &generator)
            }
        }
        for id in bank.lines.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard booked.insert(id).inserted, let amount = amounts[id] else { continue }
            bank.book(id, amount)
        }
    }

    mutating func hear() async throws {
        guard !bank.unheard.isEmpty else { return }
        let place = Int.random(in: bank.unheard.indices, using: &generator)
        let (name, word) = bank.unheard.remove(at: place)
        #expect(try await lab.hear(word, name))
        bank.heard.append((name, word))
    }

    /// Nothing is owed to nobody, and nothing is moved twice.
    func check() async throws {
        var inFlight: Int64 = 0
        var paid: Int64 = 0
        for (id, amount) in amounts {
            let payout = try await lab.payout(id)
            let kinds = try await lab.journals(id)
            #expect(Set(kinds).count == kinds.count, "\(id): \(kinds)")
            switch payout.status {
            case .pending, .inTransit:
                inFlight += amount
                #expect(kinds == ["payout_created"])
            case .paid:
                paid += amount
                #expect(kinds == ["payout_created", "payout_paid"])
                #expect(bank.lines[id]?.isRejected == false)
            case .failed:
                let isRejected = bank.lines[id]?.isRejected
                #expect(kinds.count == (isRejected == true ? 2 : 4))
                #expect(kinds.last == "payout_reversed")
            case .canceled:
                #expect(kinds == ["payout_created", "payout_reversed"])
                #expect(bank.lines[id] == nil)
            }
        }
        #expect(try await lab.balance(.payoutClearing) == -inFlight)
        #expect(try await lab.balance(.bankEscrow) == funded - paid)
        #expect(try await lab.balance(.merchantEscrowAvailable) == inFlight + paid - funded)
    }

    /// Everything that is due is brought and heard, and then nothing is in flight.
    mutating func finish() async throws {
        while try await lab.writeFile() > 0 {}
        while try await lab.count("SELECT count(*) FROM bank_file WHERE answered_at IS NULL") > 0 {
            try await bring()
            while !bank.unheard.isEmpty { try await hear() }
        }
        for (id, amount) in amounts {
            let status = try await lab.payout(id).status
            guard let line = bank.lines[id] else {
                #expect(status == .canceled)
                continue
            }
            #expect(status == (line.isRejected || line.isReturned ? .failed : .paid))
            let moved = try await lab.count(
                """
                SELECT coalesce(sum(amount_minor), 0)::bigint FROM bank_entry
                WHERE end_to_end_id = \(id.rawValue)
                """
            )
            #expect(Int64(moved) == (status == .paid ? -amount : 0))
        }
        #expect(try await lab.balance(.payoutClearing) == 0)
        #expect(try await lab.exceptions().isEmpty)
    }
}

@Suite("Whatever happens to payouts", .timeLimit(.minutes(5)))
struct PayoutPropertyTests {
    @Test(
        "clearing is what is in flight, and each instruction takes effect at most once",
        arguments: SeededGenerator.seeds(count: 3)
    )
    func property(seed: UInt64) async throws {
        var run = Run(lab: try await PayoutLab.make(), generator: SeededGenerator(seed: seed))
        try await run.lab.fund(1_000)
        run.funded = 1_000
        for _ in 0..<60 {
            try await run.step()
            try await run.check()
        }
        try await run.finish()
        try await run.check()
    }
}

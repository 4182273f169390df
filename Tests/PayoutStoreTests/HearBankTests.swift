import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import TestKit
import Testing

@testable import PayoutStore

@Suite("Hearing what the bank says", .timeLimit(.minutes(5)))
struct HearBankTests {
    @Test("An answer that comes twice has its effect once, under whatever name")
    func twice() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(100)
        let (id, fileID) = try await lab.sent(100)
        let booked = PayoutLab.notice(PayoutLab.entry("B1", -100, id))
        let accepted = PayoutLab.answer(fileID, [(id, nil)])
        let news = try await withThrowingTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<6 {
                tasks.addTask { try await lab.hear(booked, "N1") }
                tasks.addTask { try await lab.hear(accepted, "R1") }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(news.filter(\.self).count == 2)
        #expect(try await lab.hear(booked, "N1-again"))
        #expect(try await lab.hear(accepted, "R1-again"))
        #expect(try await lab.payout(id).status == .paid)
        #expect(try await lab.journals(id) == ["payout_created", "payout_paid"])
        #expect(try await lab.exceptions().isEmpty)
    }

    @Test("Of one file some are taken and some refused, each for itself")
    func partly() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(600)
        var ids: [PayoutID] = []
        for amount in [100, 200, 300] as [Int64] { ids.append(try await lab.create(amount)) }
        #expect(try await lab.writeFile() == 3)
        let fileID = try #require(try await lab.payout(ids[0]).fileID)
        let lines: [(PayoutID, String?)] = [(ids[0], nil), (ids[1], "AC03"), (ids[2], nil)]
        try await lab.hear(PayoutLab.answer(fileID, lines), "R1")
        #expect(try await lab.payout(ids[1]).status == .failed)
        #expect(try await lab.balance(.merchantEscrowAvailable) == -200)
        #expect(try await lab.balance(.payoutClearing) == -400)
        try await lab.hear(
            PayoutLab.notice(
                PayoutLab.entry("B1", -100, ids[0]),
                PayoutLab.entry("B3", -300, ids[2])
            ),
            "N1"
        )
        #expect(try await lab.payout(ids[0]).status == .paid)
        #expect(try await lab.payout(ids[2]).status == .paid)
        #expect(try await lab.balance(.payoutClearing) == 0)
        #expect(try await lab.balance(.bankEscrow) == 600 - 400)
        // The refused money goes out under another payout, not under the same one.
        let again = try await lab.sent(200)
        #expect(again.id != ids[1])
    }

    @Test("What is sent back after it was paid is available again, once")
    func returned() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(100)
        let (id, _) = try await lab.sent(100)
        try await lab.hear(PayoutLab.notice(PayoutLab.entry("B1", -100, id)), "N1")
        let back = PayoutLab.entry("B1-R", 100, id, returned: "AC04")
        for name in ["N2", "N2", "N3"] { try await lab.hear(PayoutLab.notice(back), name) }
        let payout = try await lab.payout(id)
        #expect((payout.status, payout.failure) == (.failed, "AC04"))
        #expect(
            try await lab.journals(id) == [
                "payout_created", "payout_paid", "payout_returned", "payout_reversed",
            ]
        )
        #expect(try await lab.balance(.merchantEscrowAvailable) == -100)
        #expect(try await lab.balance(.bankEscrow) == 100)
        // Money that comes back a second time is nobody's yet.
        let second = PayoutLab.entry("B9-R", 100, id, returned: "AC04")
        try await lab.hear(PayoutLab.notice(second), "N4")
        #expect(try await lab.exceptions() == ["it moves money of a payout that is failed"])
        #expect(try await lab.balance(.merchantEscrowAvailable) == -100)
    }

    @Test("A return that is told before its booking waits for it")
    func returnFirst() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(100)
        let (id, _) = try await lab.sent(100)
        let back = PayoutLab.entry("B1-R", 100, id, returned: "AC04")
        try await lab.hear(PayoutLab.notice(back), "N2")
        #expect(try await lab.payout(id).status == .inTransit)
        #expect(try await lab.count("SELECT count(*) FROM due_moment_of_payout") >= 1)
        try await lab.hear(PayoutLab.notice(PayoutLab.entry("B1", -100, id)), "N1")
        #expect(try await lab.payout(id).status == .failed)
        #expect(try await lab.balance(.payoutClearing) == 0)
        #expect(try await lab.exceptions().isEmpty)
    }

    @Test("What contradicts the books is reported and changes nothing")
    func contradictions() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(300)
        let (id, fileID) = try await lab.sent(100)
        let (other, otherFile) = try await lab.sent(200)
        let rejected = PayoutLab.answer(fileID, [(id, "AC03")])
        try await lab.hear(rejected, "R1")
        // Refused, and booked all the same; refused again; an answer to another file.
        try await lab.hear(PayoutLab.notice(PayoutLab.entry("B1", -100, id)), "N1")
        try await lab.hear(rejected, "R1-again")
        try await lab.hear(PayoutLab.answer(fileID, [(other, "AC03")]), "R2")
        try await lab.hear(PayoutLab.answer("F-unknown", []), "R3")
        // Another amount than was ordered, and money of nobody.
        try await lab.hear(PayoutLab.notice(PayoutLab.entry("B2", -199, other)), "N2")
        try await lab.hear(PayoutLab.notice(PayoutLab.entry("B3", 5, nil)), "N3")
        #expect(try await lab.payout(id).status == .failed)
        #expect(try await lab.payout(other).status == .inTransit)
        #expect(try await lab.journals(id) == ["payout_created", "payout_reversed"])
        #expect(try await lab.exceptions().count == 6)
        #expect(try await lab.balance(.bankEscrow) == 300)
        // The right word is still heard.
        try await lab.hear(PayoutLab.answer(otherFile, [(other, nil)]), "R4")
        try await lab.hear(PayoutLab.notice(PayoutLab.entry("B4", -200, other)), "N4")
        #expect(try await lab.payout(other).status == .paid)
    }

    @Test("A file that cannot be read is kept with the reason, and heard when it comes whole")
    func unreadable() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(100)
        let (id, _) = try await lab.sent(100)
        var cut = BankWord()
        cut.refusal = "it ends too early\0"
        let hearCut = {
            try await lab.store.hear(cut, name: "N1", sequence: nil, content: "<Docu\0")
        }
        #expect(try await hearCut())
        #expect(try await !hearCut())
        #expect(try await lab.exceptions() == ["it ends too early\u{fffd}"])
        let whole = PayoutLab.notice(PayoutLab.entry("B1", -100, id))
        #expect(try await lab.hear(whole, "N1"))
        #expect(try await lab.payout(id).status == .paid)
        #expect(try await lab.count("SELECT count(*) FROM bank_message") == 2)
    }

    @Test("Another file under the name of one that was taken is reported once")
    func anotherUnderTheName() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(100)
        let (id, _) = try await lab.sent(100)
        try await lab.hear(PayoutLab.notice(), "N1")
        let other = PayoutLab.notice(PayoutLab.entry("B1", -100, id))
        for _ in 0..<2 {
            let isNew = try await lab.store.hear(
                other,
                name: "N1",
                sequence: nil,
                content: "other"
            )
            #expect(!isNew)
        }
        #expect(try await lab.payout(id).status == .inTransit)
        #expect(
            try await lab.exceptions()
                == ["another file came under the name of one that was taken"]
        )
    }

    @Test("Files behind the place in the bank's list are heard, and the place only goes forward")
    func late() async throws {
        let lab = try await PayoutLab.make()
        let hear = { (name: String, sequence: Int64?) in
            try await lab.store.hear(
                PayoutLab.notice(),
                name: name,
                sequence: sequence,
                content: name
            )
        }
        #expect(try await hear("N9", 9))
        #expect(try await hear("N4", 4))
        #expect(try await hear("N5", nil))
        #expect(try await lab.store.bankCursor() == 9)
    }

    @Test("Statements may come in any order, and two of one number are reported")
    func statements() async throws {
        let lab = try await PayoutLab.make()
        let statement = { (number: Int64, opening: Int64, closing: Int64) in
            var word = PayoutLab.notice(PayoutLab.entry("B\(number)", closing - opening, nil))
            word.statement = BankWord.Statement(
                number: number,
                day: "2026-11-24",
                opening: Money(minorUnits: opening, currency: .inr),
                closing: Money(minorUnits: closing, currency: .inr)
            )
            return word
        }
        try await lab.hear(statement(2, 10, 30), "S2")
        try await lab.hear(statement(1, 0, 10), "S1")
        let own = "money that we know nothing about"
        #expect(try await lab.exceptions() == [own, own])
        try await lab.hear(statement(2, 10, 40), "S2-other")
        let found = try await lab.exceptions()
        #expect(found.contains("there was a statement of this number before"))
        #expect(
            try await lab.count("SELECT closing_minor FROM bank_statement WHERE number = 2") == 30
        )
    }
}

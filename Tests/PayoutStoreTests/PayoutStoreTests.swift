import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import TestKit
import Testing

@testable import PayoutStore

@Suite("Making payouts and giving them to the bank", .timeLimit(.minutes(5)))
struct PayoutStoreTests {
    @Test("What is due is paid once, however many instances find it at once")
    func dueOnce() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(97_000)
        let due = try await lab.schedule(97_000)
        let made = try await withThrowingTaskGroup(of: Payout?.self) { tasks in
            for _ in 0..<6 { tasks.addTask { try await lab.store.pay(due) } }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(made.compactMap { $0?.amount.minorUnits } == [97_000])
        #expect(try await lab.balance(.merchantEscrowAvailable) == 0)
        #expect(try await lab.balance(.payoutClearing) == -97_000)
        #expect(try await lab.store.due(limit: 10).isEmpty)
    }

    @Test("No two payouts take the same money, and none takes more than there is")
    func covered() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(100)
        let made = await withTaskGroup(of: PayoutID?.self) { tasks in
            for _ in 0..<8 { tasks.addTask { try? await lab.create(60) } }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(made.compactMap(\.self).count == 1)
        #expect(try await lab.balance(.merchantEscrowAvailable) == -40)
        #expect(
            try await lab.count("SELECT count(*) FROM event WHERE type = 'payout_created'") == 1
        )
    }

    @Test("A payout is in one file for ever, however many instances write files at once")
    func fileOnce() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(1_000)
        for _ in 0..<10 { _ = try await lab.create(100) }
        try await lab.takeAll()
        let written = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for _ in 0..<6 { tasks.addTask { try await lab.writeFile() } }
            return try await tasks.reduce(0, +)
        }
        #expect(written == 10)
        #expect(try await lab.count("SELECT count(*) FROM bank_instruction") == 10)
        #expect(try await lab.count("SELECT count(*) FROM event WHERE type = 'payout_sent'") == 10)
        #expect(try await lab.writeFile() == 0)
    }

    @Test("A file that could not be written leaves nothing behind")
    func fileNotWritten() async throws {
        struct Broken: Error {}
        let lab = try await PayoutLab.make()
        try await lab.fund(100)
        let id = try await lab.create(100)
        try await lab.takeAll()
        await #expect(throws: Broken.self) {
            _ = try await lab.store.writeFile { _ in throw Broken() }
        }
        #expect(try await lab.payout(id).status == .pending)
        #expect(try await lab.count("SELECT count(*) FROM bank_file") == 0)
        #expect(try await lab.writeFile() == 1)
    }

    @Test("A payout is canceled or in a file, never both, whoever is faster")
    func canceledOrSent() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(2_000)
        for _ in 0..<20 {
            let id = try await lab.create(100)
            try await lab.takeAll()
            async let isCanceled = lab.cancel(id)
            async let written = lab.writeFile()
            let outcome = try await (isCanceled, written)
            #expect(outcome == (true, 0) || outcome == (false, 1))
            let payout = try await lab.payout(id)
            #expect(payout.status == (outcome.0 ? .canceled : .inTransit))
            let sent = try await lab.count(
                "SELECT count(*) FROM bank_instruction WHERE payout_id = \(id.rawValue)"
            )
            #expect(sent == outcome.1)
        }
        let open = try await lab.count("SELECT count(*) FROM payout WHERE status = 'in_transit'")
        #expect(try await lab.balance(.payoutClearing) == Int64(-100 * open))
    }

    @Test(
        "A file is one instance's for a while, then another's with the same bytes, until answered"
    )
    func lease() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(100)
        let (id, fileID) = try await lab.sent(100)
        let claims = try await withThrowingTaskGroup(of: [OutgoingFile].self) { tasks in
            for _ in 0..<6 { tasks.addTask { try await lab.store.claimFiles(limit: 10) } }
            return try await tasks.reduce(into: []) { $0 += $1 }
        }
        let file = try #require(claims.first)
        #expect(claims.count == 1)
        #expect(file == OutgoingFile(id: fileID, content: id.rawValue))
        // Whoever had it did not come back in time.
        try await lab.owner.execute("UPDATE bank_file SET next_attempt_at = now()")
        #expect(try await lab.store.claimFiles(limit: 10) == [file])
        // The first one is late with what it learned, which says nothing about the payout.
        try await lab.store.delivered(fileID, refusal: "422: no")
        try await lab.store.delivered(fileID, refusal: nil)
        #expect(try await lab.payout(id).status == .inTransit)
        try await lab.hear(PayoutLab.answer(fileID, [(id, nil)]), "R1")
        try await lab.owner.execute("UPDATE bank_file SET next_attempt_at = now()")
        #expect(try await lab.store.claimFiles(limit: 10).isEmpty)
    }

    @Test("The bytes of a file never change")
    func fileStays() async throws {
        let lab = try await PayoutLab.make()
        try await lab.fund(100)
        _ = try await lab.sent(100)
        await #expect(throws: (any Error).self) {
            try await lab.owner.execute("UPDATE bank_file SET content = 'other'")
        }
        await #expect(throws: (any Error).self) {
            try await lab.owner.execute("DELETE FROM bank_instruction")
        }
    }
}

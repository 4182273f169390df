import Foundation
import JSON
import Ledger
import LedgerStore
import Money
import Payments
import Postgres
import TestKit
import Testing

@testable import SettlementStore

@Suite("Settlement of what was captured", .timeLimit(.minutes(5)))
struct SettlementStoreTests {
    @Test("Every captured payment is settled once, and what is pending becomes available")
    func wholeBatch() async throws {
        let lab = try await SettlementLab.make()
        let count = lab.wantedCount
        try await lab.capture(count)
        try await lab.takeAll()
        try await lab.passCutOff()
        let due = try #require(try await lab.store.due(limit: 10).first)
        let batch = try #require(try await lab.store.openBatch(due))
        #expect(try await lab.store.openBatch(due) == nil)
        let done = try #require(try await lab.complete(batch, lines: lab.lines(count)))
        #expect(done.cleared?.saleCount == Int64(count))
        #expect(done.completed?.available.minorUnits == Int64(count) * 970)
        #expect(done.completed?.leftOutCount == 0)
        #expect(done.completed?.unmatchedLineCount == 0)
        #expect(try await lab.balance(.merchantEscrowPending) == 0)
        #expect(try await lab.balance(.merchantEscrowAvailable) == -Int64(count) * 970)
        #expect(try await lab.balance(.customerReceivable) == 0)
        #expect(try await lab.balance(.bankEscrow) == Int64(count) * 988)
        #expect(try await lab.balance(.networkFees) == Int64(count) * 12)
        #expect(try await lab.store.complete(batch, lines: [], content: "") == nil)
        #expect(try await lab.store.due(limit: 10).isEmpty)
    }

    @Test("A line that nothing fits, and an item that no line fits, wait and are never guessed")
    func mismatches() async throws {
        let lab = try await SettlementLab.make()
        try await lab.capture(3)
        try await lab.takeAll()
        try await lab.passCutOff()
        let due = try #require(try await lab.store.due(limit: 10).first)
        let batch = try #require(try await lab.store.openBatch(due))
        var lines = lab.lines(3)
        let missing = lines.removeLast()
        lines[0] = ClearedLine(
            kind: .sale,
            reference: lines[0].reference,
            traceNumber: lines[0].traceNumber,
            amountMinorUnits: lines[0].amountMinorUnits + 1,
            interchangeMinorUnits: 12
        )
        let done = try #require(try await lab.complete(batch, lines: lines))
        #expect(done.cleared?.saleCount == 1)
        #expect(done.completed?.leftOutCount == 2)
        #expect(done.completed?.unmatchedLineCount == 1)
        #expect(done.completed?.available.minorUnits == 970)
        #expect(try await lab.store.due(limit: 10).isEmpty)
        // The next cut-off's file has the line that was missing.
        try await lab.passCutOff()
        let next = try #require(try await lab.store.due(limit: 10).first)
        let second = try #require(try await lab.store.openBatch(next))
        let healed = try #require(try await lab.complete(second, lines: [missing]))
        #expect(healed.cleared?.saleCount == 1)
        #expect(healed.completed?.leftOutCount == 1)
        #expect(try await lab.balance(.merchantEscrowAvailable) == -2 * 970)
        #expect(try await lab.balance(.customerReceivable) == 1_000)
    }

    @Test("Two instances at once take, open and complete each thing once")
    func twoInstances() async throws {
        let lab = try await SettlementLab.make()
        try await lab.capture(40)
        try await withThrowingTaskGroup(of: Int.self) { tasks in
            for _ in 0..<4 { tasks.addTask { try await lab.store.take(maximumEvents: 30) } }
            for try await _ in tasks {}
        }
        try await lab.takeAll()
        try await lab.passCutOff()
        let due = try #require(try await lab.store.due(limit: 10).first)
        let opened = try await withThrowingTaskGroup(of: Settlement?.self) { tasks in
            for _ in 0..<3 { tasks.addTask { try await lab.store.openBatch(due) } }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        let batches = opened.compactMap(\.self)
        #expect(batches.count == 1)
        let batch = try #require(batches.first)
        let completed = try await withThrowingTaskGroup(of: Settlement?.self) { tasks in
            for _ in 0..<3 {
                tasks.addTask { try await lab.complete(batch, lines: lab.lines(40)) }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(completed.compactMap(\.self).count == 1)
        #expect(try await lab.balance(.bankEscrow) == 40 * 988)
    }
}

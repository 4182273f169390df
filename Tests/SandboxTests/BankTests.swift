import BankMessages
import Calendar
import Foundation
import JSON
import Money
import Testing

@testable import Sandbox

@Suite("The sandbox's bank", .timeLimit(.minutes(2)))
struct BankTests {
    private static let payIn =
        #"{"reference":"net-1","amount":100000,"currency":"inr","day":"2026-11-24"}"#

    private func transfer(
        _ id: String,
        _ minorUnits: Int64,
        to number: String
    ) throws -> CreditTransfer {
        try CreditTransfer(
            endToEndID: id,
            amount: Money(minorUnits: minorUnits, currency: .inr),
            creditor: BankAccount(holder: "Acme", number: number, routingNumber: "110000000")
        )
    }

    private func file(
        _ id: String,
        _ transfers: [CreditTransfer],
        account: String = "000990000001"
    ) throws -> [UInt8] {
        try CreditTransferInitiation(
            messageID: id,
            createdAt: Timestamp(secondsSinceEpoch: 1_795_435_200),
            executionDate: #require(CalendarDate("2026-11-24")),
            debtor: BankAccount(
                holder: "Gateway",
                number: account,
                routingNumber: "110000000"
            ),
            transfers: transfers
        ).serialized()
    }

    @Test(
        "books, rejects and returns transfers by the account they go to, and says so in its files"
    )
    func outcomes() async throws {
        try await RunningSandbox.run { (sandbox) async throws in
            #expect(try await sandbox.control.post("bank/pay-ins", Self.payIn) == 204)
            let transfers = try [
                transfer("po_paid", 40_000, to: "000123456789"),
                transfer("po_none", 1_000, to: "000111111116"),
                transfer("po_closed", 2_000, to: "000111111113"),
                transfer("po_poor", 70_000, to: "000123456789"),
            ]
            #expect(try await sandbox.bank.send(file("f-1", transfers)) == 202)

            let reports = try await sandbox.bank.fetch("pain.002")
            let report = try PaymentStatusReport(parsing: #require(reports.first))
            #expect(report.originalMessageID == "f-1")
            #expect(
                report.lines.map(\.status) == [
                    .accepted, .rejected(.noAccount), .accepted, .rejected(.insufficientFunds),
                ]
            )
            let entries = try await sandbox.bank.fetch("camt.054").flatMap {
                try BankNotification(parsing: $0).entries
            }
            #expect(entries.map(\.endToEndID) == ["net-1", "po_paid", "po_closed", "po_closed"])
            #expect(entries.map(\.direction) == [.credit, .debit, .debit, .credit])
            #expect(entries.last?.returnReason == .closedAccount)

            #expect(try await sandbox.control.post("bank/statements") == 204)
            let statements = try await sandbox.bank.fetch("camt.053")
            let statement = try BankStatement(parsing: #require(statements.first))
            #expect(statement.sequenceNumber == 1)
            #expect(statement.closing == Money(minorUnits: 60_000, currency: .inr))
            #expect(statement.entries == entries)
            let summary = try await sandbox.control.get("bank/summary")
            #expect(try summary.integer("balances", "inr") == 60_000)
        }
    }

    @Test("takes a file once, and no other under its name, also after a restart")
    func once() async throws {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try file("f-1", [transfer("po_1", 40_000, to: "000123456789")])
        let other = try file("f-1", [transfer("po_2", 40_000, to: "000123456789")])
        try await RunningSandbox.run(folder: folder) { (sandbox) async throws in
            #expect(try await sandbox.control.post("bank/pay-ins", Self.payIn) == 204)
            #expect(try await sandbox.control.post("bank/pay-ins", Self.payIn) == 204)
            #expect(try await sandbox.bank.send(first) == 202)
            #expect(try await sandbox.bank.send(first) == 202)
        }
        try await RunningSandbox.run(folder: folder) { (sandbox) async throws in
            #expect(try await sandbox.bank.send(first) == 202)
            #expect(try await sandbox.bank.send(other) == 422)
            let summary = try await sandbox.control.get("bank/summary")
            #expect(try summary.integer("balances", "inr") == 60_000)
            #expect(try await sandbox.bank.fetch("pain.002").count == 1)
        }
    }

    @Test("refuses files that it cannot read, and files for an account that it does not keep")
    func refused() async throws {
        try await RunningSandbox.run { (sandbox) async throws in
            let transfers = try [transfer("po_1", 1, to: "000123456789")]
            #expect(try await sandbox.bank.send(Array("<Document/>".utf8)) == 422)
            #expect(try await sandbox.bank.send(file("f-1", transfers, account: "1")) == 422)
            #expect(try await sandbox.bank.list().isEmpty)
        }
    }

    @Test("loses a file when it is told to, and takes it when it comes again")
    func lost() async throws {
        try await RunningSandbox.run { (sandbox) async throws in
            #expect(try await sandbox.control.post("bank/pay-ins", Self.payIn) == 204)
            #expect(try await sandbox.control.switchBankFaults(#"{"lost_files":1}"#) == 200)
            let bytes = try file("f-1", [transfer("po_1", 1, to: "000123456789")])
            #expect(try await sandbox.bank.send(bytes) == 202)
            #expect(try await sandbox.bank.fetch("pain.002").isEmpty)
            #expect(try await sandbox.bank.send(bytes) == 202)
            #expect(try await sandbox.bank.fetch("pain.002").count == 1)
        }
    }

    @Test("takes files from its folder and leaves its own in the other")
    func folders() async throws {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let inbox = folder.appendingPathComponent("bank/in")
        try FileManager.default.createDirectory(at: inbox, withIntermediateDirectories: true)
        let good = try file("f-1", [transfer("po_1", 1, to: "000111111116")])
        try Data(good).write(to: inbox.appendingPathComponent("a.xml"))
        try Data("no file".utf8).write(to: inbox.appendingPathComponent("b.xml"))
        try await RunningSandbox.run(folder: folder) { (sandbox) async throws in
            let out = folder.appendingPathComponent("bank/out")
            var names: [String] = []
            while names.isEmpty {
                names = (try? FileManager.default.contentsOfDirectory(atPath: out.path)) ?? []
                await Task.yield()
            }
            #expect(names == ["000000000001-R1.pain.002.xml"])
            let reason = inbox.appendingPathComponent("refused/b.xml.reason")
            while !FileManager.default.fileExists(atPath: reason.path) { await Task.yield() }
            #expect(
                FileManager.default.fileExists(
                    atPath: inbox.appendingPathComponent("taken/a.xml").path
                )
            )
        }
    }

    @Test("collects, ends a day before a later one begins, and moves a reference once")
    func collected() async throws {
        try await RunningSandbox.run { (sandbox) async throws in
            #expect(try await sandbox.control.post("bank/pay-ins", Self.payIn) == 204)
            let collection =
                #"{"reference":"net-2","amount":-120000,"currency":"inr","day":"2026-11-25"}"#
            for _ in 0..<2 {
                #expect(try await sandbox.control.post("bank/pay-ins", collection) == 204)
            }
            let other =
                #"{"reference":"net-2","amount":120000,"currency":"inr","day":"2026-11-25"}"#
            #expect(try await sandbox.control.post("bank/pay-ins", other) == 400)
            let first = try await sandbox.bank.fetch("camt.053")
            #expect(first.count == 1)
            let statement = try BankStatement(parsing: #require(first.first))
            #expect(statement.day == CalendarDate("2026-11-24"))
            #expect(statement.closing == Money(minorUnits: 100_000, currency: .inr))

            #expect(try await sandbox.control.post("bank/statements") == 204)
            let second = try await sandbox.bank.fetch("camt.053").last
            let overdrawn = try BankStatement(parsing: #require(second))
            #expect(overdrawn.opening == statement.closing)
            #expect(overdrawn.closing == Money(minorUnits: -20_000, currency: .inr))
            #expect(overdrawn.entries.map(\.direction) == [.debit])
        }
    }
}

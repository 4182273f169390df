import BankMessages
import Calendar
import Money
import Testing

/// Bank files as the tests send them, and ways to spoil them.
enum Samples {
    static let moment = Timestamp(secondsSinceEpoch: 1_795_435_200)

    static func day() throws -> CalendarDate { try #require(CalendarDate("2026-11-24")) }

    static func account(_ number: String = "000123456789") throws -> BankAccount {
        try BankAccount(holder: "Acme Traders", number: number, routingNumber: "110000000")
    }

    static func transfer(
        _ id: String,
        _ minorUnits: Int64,
        _ currency: Currency = .inr
    ) throws -> CreditTransfer {
        try CreditTransfer(
            endToEndID: id,
            amount: Money(minorUnits: minorUnits, currency: currency),
            creditor: account(),
            remittance: "Payout (part 1) of 24/11"
        )
    }

    static func initiation(_ transfers: [CreditTransfer]? = nil) throws -> CreditTransferInitiation
    {
        try CreditTransferInitiation(
            messageID: "file-0001",
            createdAt: moment,
            executionDate: day(),
            debtor: BankAccount(
                holder: "Gateway Escrow",
                number: "999000000001",
                routingNumber: "110000000"
            ),
            transfers: transfers ?? [transfer("po_1", 97_000), transfer("po_2", 5)]
        )
    }

    static func statement() throws -> BankStatement {
        try BankStatement(
            messageID: "statement-7",
            sequenceNumber: 7,
            createdAt: moment,
            accountNumber: "999000000001",
            day: day(),
            opening: Money(minorUnits: -50, currency: .inr),
            closing: Money(minorUnits: 120, currency: .inr),
            entries: [
                BankEntry(
                    reference: "b-1",
                    amount: Money(minorUnits: 200, currency: .inr),
                    direction: .credit,
                    bookedOn: day()
                ),
                BankEntry(
                    reference: "b-2",
                    amount: Money(minorUnits: 30, currency: .inr),
                    direction: .debit,
                    bookedOn: day(),
                    endToEndID: "po_1"
                ),
            ]
        )
    }

    /// The bytes with one text put in place of another, which must be there.
    static func spoiled(_ bytes: [UInt8], _ old: String, _ new: String) -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self)
        precondition(text.contains(old), "the file has no '\(old)' to spoil")
        return Array(text.replacing(old, with: new).utf8)
    }
}

import Ledger
import Money
import Payments
import Testing

@Suite("Adjusting journals")
struct AdjustmentTests {
    private func adjustment(
        _ debit: Int16,
        _ credit: Int16,
        _ minorUnits: Int64 = 700
    ) -> Adjustment {
        Adjustment(
            id: AdjustmentID(checked: "adj_000000000000000000000001"),
            merchantID: .platform,
            discrepancyID: 1,
            debitAccount: debit,
            creditAccount: credit,
            amount: Money(minorUnits: minorUnits, currency: .inr),
            clears: nil,
            proposedBy: "asha",
            approvedBy: "ravi"
        )
    }

    private let time = Timestamp(secondsSinceEpoch: 1_800_000_000)

    @Test("moves the amount between the two accounts that people agreed on, once for its event")
    func balanced() throws {
        let posting = try Posting(of: adjustment(1010, 1900), effectiveAt: time)
        #expect(posting.id.rawValue == "jrn_00000000000000000000000101")
        #expect(posting.source.rawValue == "adj_000000000000000000000001")
        #expect(posting.journal.kind == .adjusted)
        #expect(posting.journal.entries.map(\.account.code) == [.bankEscrow, .suspense])
        #expect(posting.journal.entries.map(\.signedMinorUnits) == [700, -700])
    }

    @Test(
        "is refused between accounts that follow from single payments, or from one to itself",
        arguments: [
            (1010, 2010), (2110, 1010), (2120, 1010), (2130, 1010), (4010, 1010), (1010, 1010),
            (1234, 1010),
        ] as [(Int16, Int16)]
    )
    func refused(debit: Int16, credit: Int16) {
        #expect(throws: LedgerError.self) {
            try Posting(of: adjustment(debit, credit), effectiveAt: time)
        }
    }

    @Test("is refused for nothing and for less")
    func amounts() {
        for minorUnits in [0, -1] as [Int64] {
            #expect(throws: LedgerError.self) {
                try Posting(of: adjustment(1010, 1900, minorUnits), effectiveAt: time)
            }
        }
    }
}

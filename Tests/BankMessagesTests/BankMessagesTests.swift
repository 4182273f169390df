import BankMessages
import Money
import Testing

@Suite("Bank files say what was put into them, and are refused when they do not add up")
struct BankMessagesTests {
    @Test("A file of transfers is read as it was written")
    func initiation() throws {
        let initiation = try Samples.initiation()
        #expect(try CreditTransferInitiation(parsing: initiation.serialized()) == initiation)
        #expect(initiation.total == Money(minorUnits: 97_005, currency: .inr))
    }

    @Test("Amounts have the decimals of their currency", arguments: ["inr", "jpy", "kwd"])
    func decimals(code: String) throws {
        let currency = try Currency(code)
        let transfer = try Samples.transfer("po_1", 12_340, currency)
        let initiation = try Samples.initiation([transfer])
        let text = String(decoding: try initiation.serialized(), as: UTF8.self)
        #expect(text.contains(">\(transfer.amount.decimalString)</InstdAmt>"))
        #expect(try CreditTransferInitiation(parsing: Array(text.utf8)) == initiation)
    }

    @Test(
        "What a file says of itself must be what it holds",
        arguments: [
            ("<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>3</NbOfTxs>"),
            ("<CtrlSum>970.05</CtrlSum>", "<CtrlSum>970.06</CtrlSum>"),
            (">0.05</InstdAmt>", ">0.06</InstdAmt>"),
            (">0.05</InstdAmt>", ">0.055</InstdAmt>"),
            (">0.05</InstdAmt>", ">-0.05</InstdAmt>"),
            (">0.05</InstdAmt>", ">5e-2</InstdAmt>"),
            (">0.05</InstdAmt>", "></InstdAmt>"),
            ("<EndToEndId>po_2</EndToEndId>", "<EndToEndId>po_1</EndToEndId>"),
            ("<EndToEndId>po_2</EndToEndId>", ""),
            ("<PmtMtd>TRF</PmtMtd>", "<PmtMtd>CHK</PmtMtd>"),
            ("<Dt>2026-11-24</Dt>", "<Dt>2026-02-30</Dt>"),
            ("pain.001.001.09", "pain.001.001.03"),
            ("</CdtTrfTxInf>", ""),
        ]
    )
    func refused(old: String, new: String) throws {
        let bytes = Samples.spoiled(try Samples.initiation().serialized(), old, new)
        #expect(throws: BankMessageError.self) { try CreditTransferInitiation(parsing: bytes) }
    }

    @Test("A file that was cut off anywhere is refused")
    func truncated() throws {
        let bytes = try Samples.initiation().serialized()
        for length in stride(from: 0, to: bytes.count - 2, by: 97) {
            #expect(throws: BankMessageError.self) {
                try CreditTransferInitiation(parsing: Array(bytes.prefix(length)))
            }
        }
    }

    @Test("A file that defines entities is refused before it is parsed")
    func entities() throws {
        let bytes = Samples.spoiled(
            try Samples.initiation().serialized(),
            "<Document",
            "<!DOCTYPE Document [<!ENTITY a \"aaaa\">]><Document"
        )
        #expect(throws: BankMessageError.malformed("it has a DOCTYPE")) {
            try CreditTransferInitiation(parsing: bytes)
        }
    }

    @Test("Values that a bank file cannot hold are refused where they are made")
    func values() throws {
        #expect(throws: BankMessageError.self) { try Samples.transfer("po_1", 0) }
        #expect(throws: BankMessageError.self) {
            try Samples.transfer(String(repeating: "x", count: 36), 1)
        }
        #expect(throws: BankMessageError.self) { try Samples.account("1&2") }
        #expect(throws: BankMessageError.self) { try Samples.initiation([]) }
        #expect(throws: BankMessageError.self) {
            try Samples.initiation([Samples.transfer("a", 1), Samples.transfer("b", 1, .usd)])
        }
        #expect(BankAccount.transliterated(holder: "Müller & Söhne") == "M.ller . S.hne")
    }

    @Test("A report says of each transfer what became of it")
    func report() throws {
        let report = try PaymentStatusReport(
            messageID: "report-1",
            createdAt: Samples.moment,
            originalMessageID: "file-0001",
            lines: [
                .init(endToEndID: "po_1", status: .accepted),
                .init(endToEndID: "po_2", status: .rejected(.closedAccount)),
                .init(endToEndID: "po_3", status: .pending),
                .init(endToEndID: "po_4", status: .rejected(.other("XT99"))),
            ]
        )
        let bytes = try report.serialized()
        #expect(try PaymentStatusReport(parsing: bytes) == report)
        #expect(String(decoding: bytes, as: UTF8.self).contains("<GrpSts>PART</GrpSts>"))
        for (old, new) in [("ACSP</TxSts>", "WHAT</TxSts>"), ("AC04", "A4"), ("po_2", "po_1")] {
            #expect(throws: BankMessageError.self) {
                try PaymentStatusReport(parsing: Samples.spoiled(bytes, old, new))
            }
        }
    }

    @Test("A file that could not be taken at all is refused as a whole")
    func refusal() throws {
        let report = try PaymentStatusReport(
            messageID: "report-2",
            createdAt: Samples.moment,
            originalMessageID: "file-0001",
            lines: [],
            refusal: .forbidden
        )
        #expect(try PaymentStatusReport(parsing: report.serialized()) == report)
    }

    @Test("A statement's opening balance and entries make its closing balance")
    func statement() throws {
        let statement = try Samples.statement()
        let bytes = try statement.serialized()
        #expect(try BankStatement(parsing: bytes) == statement)
        let spoils = [
            (">2.00</Amt>", ">2.01</Amt>"), (">1.20</Amt>", ">1.21</Amt>"),
            ("<Cd>CLBD</Cd>", "<Cd>OPBD</Cd>"), ("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>"),
            ("b-2", "b-1"), ("<ElctrncSeqNb>7", "<ElctrncSeqNb>0"),
            ("<CdtDbtInd>DBIT</CdtDbtInd>", "<CdtDbtInd>CRDT</CdtDbtInd>"),
        ]
        for (old, new) in spoils {
            #expect(throws: BankMessageError.self) {
                try BankStatement(parsing: Samples.spoiled(bytes, old, new))
            }
        }
    }

    @Test("A quiet day's statement has no entries")
    func quiet() throws {
        let balance = Money(minorUnits: 10, currency: .inr)
        let statement = try BankStatement(
            messageID: "statement-8",
            sequenceNumber: 8,
            createdAt: Samples.moment,
            accountNumber: "999000000001",
            day: Samples.day(),
            opening: balance,
            closing: balance,
            entries: []
        )
        #expect(try BankStatement(parsing: statement.serialized()) == statement)
    }

    @Test("A notification shows a returned transfer with its reason")
    func notification() throws {
        let notification = try BankNotification(
            messageID: "note-1",
            createdAt: Samples.moment,
            accountNumber: "999000000001",
            currency: .inr,
            entries: [
                BankEntry(
                    reference: "b-9",
                    amount: Money(minorUnits: 97_000, currency: .inr),
                    direction: .credit,
                    bookedOn: Samples.day(),
                    endToEndID: "po_1",
                    returnReason: .closedAccount
                )
            ]
        )
        let bytes = try notification.serialized()
        #expect(try BankNotification(parsing: bytes) == notification)
        #expect(String(decoding: bytes, as: UTF8.self).contains("<SubFmlyCd>RRTN</SubFmlyCd>"))
        #expect(throws: BankMessageError.self) {
            try BankNotification(parsing: Samples.spoiled(bytes, "Ccy=\"INR\"", "Ccy=\"USD\""))
        }
    }
}

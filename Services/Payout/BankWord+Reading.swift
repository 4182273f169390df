import BankMessages
import Calendar
import Money
import PayoutStore

extension BankWord {
    /// Reads one of the bank's files; what its name ends with says which message it is.
    init(name: String, bytes: [UInt8]) {
        self.init()
        do {
            try read(name, bytes)
        } catch {
            refusal = "\(error)"
        }
    }

    private mutating func read(_ name: String, _ bytes: [UInt8]) throws {
        if name.hasSuffix(".pain.002.xml") {
            let report = try PaymentStatusReport(parsing: bytes)
            if let whole = report.refusal {
                refusal = "the bank refuses file \(report.originalMessageID): \(whole.code)"
                return
            }
            answers = (report.originalMessageID, report.lines.map { Answer($0) })
        } else if name.hasSuffix(".camt.054.xml") {
            let notice = try BankNotification(parsing: bytes)
            entries = (notice.accountNumber, try notice.entries.map { try Entry($0) })
        } else if name.hasSuffix(".camt.053.xml") {
            let day = try BankStatement(parsing: bytes)
            entries = (day.accountNumber, try day.entries.map { try Entry($0) })
            statement = Statement(
                number: day.sequenceNumber,
                day: day.day.description,
                opening: day.opening,
                closing: day.closing
            )
        } else {
            refusal = "no message of the bank has such a name"
        }
    }
}

extension BankWord.Answer {
    init(_ line: PaymentStatusReport.Line) {
        switch line.status {
        case .accepted, .pending: self.init(endToEndID: line.endToEndID, rejection: nil)
        case .rejected(let reason):
            self.init(endToEndID: line.endToEndID, rejection: reason.code)
        }
    }
}

extension BankWord.Entry {
    init(_ entry: BankEntry) throws {
        let isIn = entry.direction == .credit
        self.init(
            reference: entry.reference,
            amount: isIn ? entry.amount : try entry.amount.negated(),
            bookedOn: entry.bookedOn.description,
            endToEndID: entry.endToEndID,
            returnReason: entry.returnReason?.code
        )
    }
}

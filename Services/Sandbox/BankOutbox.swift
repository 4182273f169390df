import BankMessages
import Calendar
import Money

/// A file that the bank has for its customer.
struct BankFile: Sendable, Equatable {
    /// Its place among all files, rising without end; gaps mean nothing.
    let sequence: Int64
    /// Its name, with the message's name in it.
    let name: String
    let bytes: [UInt8]
}

/// Computes the files that the bank has for its customer from its facts.
struct BankOutbox: Sendable {
    /// The most files of one fact.
    static let filesPerFact: Int64 = 4

    let accountNumber: String
    let books: BankBooks
    /// Only the first so many facts are told.
    let factCount: Int

    /// The files after one of them, oldest first, not many more than the limit.
    func files(after sequence: Int64, limit: Int) throws -> [BankFile] {
        let first = max(0, Int(sequence / Self.filesPerFact))
        var files: [BankFile] = []
        for index in (0..<factCount).dropFirst(first) {
            files += try self.files(of: index).filter { $0.sequence > sequence }
            if files.count >= limit { break }
        }
        return files
    }

    /// The file of this place; nil when there is none.
    func file(_ sequence: Int64) throws -> BankFile? {
        let index = Int(sequence / Self.filesPerFact)
        guard (0..<factCount).contains(index) else { return nil }
        return try files(of: index).first { $0.sequence == sequence }
    }

    private func files(of index: Int) throws -> [BankFile] {
        let id = index + 1
        let messages: [(name: String, bytes: [UInt8])]
        switch books.facts[index] {
        case .paidIn(let payment):
            let entry = try BankBooks.entry(of: payment, .credit, sequence: id)
            messages = try notifications("N\(id)", [entry])
        case .collected(let payment):
            let entry = try BankBooks.entry(of: payment, .debit, sequence: id)
            messages = try notifications("N\(id)", [entry])
        case .fileTaken(let file):
            messages =
                try [report(file, id: id)]
                + notifications("N\(id)", BankBooks.debits(of: file, sequence: id))
                + notifications("N\(id)-R", BankBooks.returns(of: file, sequence: id))
        case .statementClosed(let statement):
            messages = [("S\(id).camt.053.xml", try self.statement(statement, id: id))]
        }
        return messages.enumerated().map { place, message in
            BankFile(
                sequence: Int64(index) * Self.filesPerFact + Int64(place) + 1,
                name: message.name,
                bytes: message.bytes
            )
        }
    }

    private func report(_ file: BankTakenFile, id: Int) throws -> (name: String, bytes: [UInt8]) {
        let report = try PaymentStatusReport(
            messageID: "R\(id)",
            createdAt: moment(file.day),
            originalMessageID: file.messageID,
            lines: file.lines.map { line in
                let status: TransferStatus =
                    switch line.fate {
                    case .booked, .returned: .accepted
                    case .rejected(let reason): .rejected(reason)
                    }
                return .init(endToEndID: line.endToEndID, status: status)
            }
        )
        return ("R\(id).pain.002.xml", try report.serialized())
    }

    private func notifications(
        _ id: String,
        _ entries: [BankEntry]
    ) throws -> [(name: String, bytes: [UInt8])] {
        guard let first = entries.first else { return [] }
        let notification = try BankNotification(
            messageID: id,
            createdAt: moment(first.bookedOn),
            accountNumber: accountNumber,
            currency: first.amount.currency,
            entries: entries
        )
        return [("\(id).camt.054.xml", try notification.serialized())]
    }

    private func statement(_ closed: BankClosedStatement, id: Int) throws -> [UInt8] {
        let entries = books.purses[closed.opening.currency]?.entries ?? []
        return try BankStatement(
            messageID: "S\(id)",
            sequenceNumber: closed.number,
            createdAt: moment(closed.day),
            accountNumber: accountNumber,
            day: closed.day,
            opening: closed.opening,
            closing: closed.closing,
            entries: Array(entries[closed.firstEntry..<closed.endEntry])
        ).serialized()
    }

    /// The evening of a day: a file says the same whenever it is computed.
    private func moment(_ day: CalendarDate) -> Timestamp {
        day.midnight.adding(seconds: 18 * 3_600)
    }
}

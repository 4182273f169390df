import BankMessages
import Calendar
import Money

/// The bank's memory: folded from facts, and from nothing else.
struct BankBooks: Sendable {
    /// What the bank knows of one currency of the account.
    struct Purse: Sendable, Equatable {
        var balanceMinorUnits: Int64 = 0
        var entries: [BankEntry] = []
        /// The last statement; the next begins where it ended.
        var statement: BankClosedStatement?
    }

    private(set) var purses: [Currency: Purse] = [:]
    /// The files by their identifier, with the digest of their bytes.
    private(set) var files: [String: String] = [:]
    /// What others began, by their references; less than zero where they collected.
    private(set) var payments: [String: Money] = [:]
    /// All facts; what the bank sends is computed from them, so that the same fact is always the
    /// same file.
    private(set) var facts: [BankFact] = []

    /// The day on which the bank books: the latest that anybody asked for, so it never goes back.
    private(set) var today: CalendarDate?

    /// The day on which something is booked that was asked for a day.
    func bookingDay(_ asked: CalendarDate) -> CalendarDate { max(asked, today ?? asked) }

    /// Adds a fact.
    mutating func apply(_ fact: BankFact) throws {
        facts.append(fact)
        let sequence = facts.count
        switch fact {
        case .paidIn(let payment):
            payments[payment.reference] = payment.amount
            today = bookingDay(payment.day)
            try book(Self.entry(of: payment, .credit, sequence: sequence))
        case .collected(let payment):
            payments[payment.reference] = try payment.amount.negated()
            today = bookingDay(payment.day)
            try book(Self.entry(of: payment, .debit, sequence: sequence))
        case .fileTaken(let file):
            files[file.messageID] = file.digest
            today = bookingDay(file.day)
            for entry in try Self.debits(of: file, sequence: sequence) { try book(entry) }
            for entry in try Self.returns(of: file, sequence: sequence) { try book(entry) }
        case .statementClosed(let statement):
            purses[statement.opening.currency, default: Purse()].statement = statement
        }
    }

    private mutating func book(_ entry: BankEntry) throws {
        var purse = purses[entry.amount.currency, default: Purse()]
        let effect =
            switch entry.direction {
            case .credit: entry.amount.minorUnits
            case .debit: -entry.amount.minorUnits
            }
        let (balance, overflows) = purse.balanceMinorUnits.addingReportingOverflow(effect)
        guard !overflows else { throw LogFailure("the bank's balance does not fit") }
        purse.balanceMinorUnits = balance
        purse.entries.append(entry)
        purses[entry.amount.currency] = purse
    }

    /// The statements that end the days before this one; a day that is over is closed before
    /// anything is booked on a later one.
    func statements(before day: CalendarDate) throws -> [BankFact] {
        guard let today, today < day else { return [] }
        return try statements()
    }

    /// The statements that would end the day, one for each currency that moved.
    func statements() throws -> [BankFact] {
        try purses.keys.sorted().compactMap { try statement(of: $0).map { .statementClosed($0) } }
    }

    private func statement(of currency: Currency) throws -> BankClosedStatement? {
        guard let purse = purses[currency], let today else { return nil }
        let first = purse.statement?.endEntry ?? 0
        guard first < purse.entries.count else { return nil }
        return BankClosedStatement(
            number: (purse.statement?.number ?? 0) + 1,
            day: today,
            opening: purse.statement?.closing ?? .zero(currency),
            closing: Money(minorUnits: purse.balanceMinorUnits, currency: currency),
            firstEntry: first,
            endEntry: purse.entries.count
        )
    }

    // MARK: - Movements of a fact

    static func entry(
        of payment: BankPayment,
        _ direction: BankEntry.Direction,
        sequence: Int
    ) throws -> BankEntry {
        try BankEntry(
            reference: "B\(sequence)",
            amount: payment.amount,
            direction: direction,
            bookedOn: payment.day,
            endToEndID: payment.reference
        )
    }

    static func debits(of file: BankTakenFile, sequence: Int) throws -> [BankEntry] {
        try file.lines.enumerated().compactMap { place, line in
            switch line.fate {
            case .rejected: return nil
            case .booked, .returned:
                return try BankEntry(
                    reference: "B\(sequence)-\(place + 1)",
                    amount: line.amount,
                    direction: .debit,
                    bookedOn: file.day,
                    endToEndID: line.endToEndID
                )
            }
        }
    }

    static func returns(of file: BankTakenFile, sequence: Int) throws -> [BankEntry] {
        try file.lines.enumerated().compactMap { place, line in
            guard case .returned(let reason) = line.fate else { return nil }
            return try BankEntry(
                reference: "B\(sequence)-\(place + 1)-R",
                amount: line.amount,
                direction: .credit,
                bookedOn: file.day,
                endToEndID: line.endToEndID,
                returnReason: reason
            )
        }
    }
}

import Calendar
import Money
import XMLCoder

extension BankStatement {
    /// The statement's bytes.
    public func serialized() throws(BankMessageError) -> [UInt8] {
        try BankDocument.write(StatementDocument(self))
    }

    /// Reads a statement; refuses one that does not add up.
    public init(parsing bytes: [UInt8]) throws(BankMessageError) {
        self = try BankDocument.read(StatementDocument.self, from: bytes).value()
    }
}

private struct StatementDocument: WireRoot {
    static let namespace = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"

    let namespace: String
    let body: Body

    enum CodingKeys: String, CodingKey {
        case namespace = "xmlns"
        case body = "BkToCstmrStmt"
    }

    struct Body: Codable {
        let header: ReportHeaderElement
        let statement: Statement

        enum CodingKeys: String, CodingKey {
            case header = "GrpHdr"
            case statement = "Stmt"
        }
    }

    struct Statement: Codable {
        let id: String
        let sequenceNumber: String
        let createdAt: String
        let account: ReportedAccountElement
        let balances: [Balance]
        let entries: [EntryElement]

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case sequenceNumber = "ElctrncSeqNb"
            case createdAt = "CreDtTm"
            case account = "Acct"
            case balances = "Bal"
            case entries = "Ntry"
        }
    }

    struct Balance: Codable {
        /// OPBD and CLBD: opening and closing balance of what is booked.
        static let opening = "OPBD"
        static let closing = "CLBD"

        struct Kind: Codable {
            struct Choice: Codable {
                let code: String
                enum CodingKeys: String, CodingKey { case code = "Cd" }
            }
            let choice: Choice
            enum CodingKeys: String, CodingKey { case choice = "CdOrPrtry" }
        }

        let kind: Kind
        let amount: AmountElement
        let direction: String
        let date: DateElement

        enum CodingKeys: String, CodingKey {
            case kind = "Tp"
            case amount = "Amt"
            case direction = "CdtDbtInd"
            case date = "Dt"
        }
    }

    init(_ value: BankStatement) {
        let createdAt = WireMoment.text(value.createdAt)
        namespace = Self.namespace
        body = Body(
            header: ReportHeaderElement(messageID: value.messageID, createdAt: createdAt),
            statement: Statement(
                id: value.messageID,
                sequenceNumber: String(value.sequenceNumber),
                createdAt: createdAt,
                account: ReportedAccountElement(
                    number: value.accountNumber,
                    currency: value.opening.currency
                ),
                balances: [
                    Balance(Balance.opening, value.opening, on: value.day),
                    Balance(Balance.closing, value.closing, on: value.day),
                ],
                entries: value.entries.map(EntryElement.init)
            )
        )
    }

    func value() throws(BankMessageError) -> BankStatement {
        let statement = body.statement
        let closing = try statement.balance(Balance.closing)
        guard let number = Int64(statement.sequenceNumber) else {
            throw .invalid(field: "ElctrncSeqNb", value: statement.sequenceNumber)
        }
        return try BankStatement(
            messageID: body.header.messageID,
            sequenceNumber: number,
            createdAt: WireMoment.moment(body.header.createdAt, field: "CreDtTm"),
            accountNumber: statement.account.identification.other.id,
            day: closing.date.calendarDate("Bal/Dt"),
            opening: statement.balance(Balance.opening).money(),
            closing: closing.money(),
            entries: statement.entries.entries(in: statement.account.currency)
        )
    }
}

extension StatementDocument.Statement {
    /// The one balance of a kind, in the account's currency.
    fileprivate func balance(_ kind: String) throws(BankMessageError) -> StatementDocument.Balance {
        let found = balances.filter { $0.kind.choice.code == kind }
        guard let balance = found.first, found.count == 1,
            balance.amount.currency == account.currency
        else { throw .invalid(field: "Bal", value: "\(found.count) of \(kind)") }
        return balance
    }
}

extension StatementDocument.Balance {
    init(_ code: String, _ money: Money, on day: CalendarDate) {
        kind = Kind(choice: .init(code: code))
        amount = AmountElement(money)
        direction =
            (money.minorUnits < 0 ? BankEntry.Direction.debit : BankEntry.Direction.credit).rawValue
        date = DateElement(day)
    }

    func money() throws(BankMessageError) -> Money {
        let money = try amount.money("Bal/Amt")
        switch BankEntry.Direction(rawValue: direction) {
        case .credit: return money
        case .debit: return Money(minorUnits: -money.minorUnits, currency: money.currency)
        case nil: throw .invalid(field: "Bal/CdtDbtInd", value: direction)
        }
    }
}

import BankMessages
import Calendar
import JSON
import Money

/// Something that happened at the bank: one line of its log, and the only way its books change.
enum BankFact: Sendable, Equatable {
    /// Somebody else paid into the account, as the card network does.
    case paidIn(BankPayment)
    /// Somebody else collected from the account, as the card network does when more was given back
    /// than taken; the account may be overdrawn by it.
    case collected(BankPayment)
    /// A file of transfers was taken; each was booked, booked and returned, or rejected.
    case fileTaken(BankTakenFile)
    /// A day ended with a statement.
    case statementClosed(BankClosedStatement)
}

/// A payment that somebody else began.
struct BankPayment: Sendable, Equatable {
    /// The other side's reference; the same one moves money once.
    let reference: String
    /// More than zero.
    let amount: Money
    /// The day on which it was booked.
    let day: CalendarDate
}

/// A file of transfers, and what became of each.
struct BankTakenFile: Sendable, Equatable {
    struct Line: Sendable, Equatable {
        let endToEndID: String
        let amount: Money
        let creditor: String
        let fate: BankTransferFate
    }

    let messageID: String
    /// SHA-256 of its bytes: the same file is taken once, another one must not bear its name.
    let digest: String
    /// The day on which its transfers were booked.
    let day: CalendarDate
    let lines: [Line]
}

/// What the bank does with a transfer.
enum BankTransferFate: Sendable, Equatable {
    /// The account is debited, and the creditor has the money.
    case booked
    /// The account is debited, and credited again when the creditor's bank sends the money back.
    case returned(BankReason)
    /// Nothing moves.
    case rejected(BankReason)
}

/// The end of a day of one currency.
struct BankClosedStatement: Sendable, Equatable {
    let number: Int64
    let day: CalendarDate
    let opening: Money
    let closing: Money
    /// How many of the currency's entries earlier statements have, and this one ends with.
    let firstEntry: Int
    let endEntry: Int
}

extension BankFact {
    /// The line for the log; `sequence` counts the lines from 1.
    func line(sequence: Int64) -> [UInt8] {
        var members: [JSON.Member] = [
            .init(key: "sequence", value: .integer(sequence)),
            .init(key: "kind", value: .string(kind)),
        ]
        members += details
        return JSON.object(members).serialized()
    }

    private var kind: String {
        switch self {
        case .paidIn: "paid_in"
        case .collected: "collected"
        case .fileTaken: "file_taken"
        case .statementClosed: "statement_closed"
        }
    }

    private var details: [JSON.Member] {
        switch self {
        case .paidIn(let payment), .collected(let payment):
            [
                .init(key: "reference", value: .string(payment.reference)),
                .init(key: "day", value: .string(payment.day.description)),
            ] + Self.members(payment.amount)
        case .fileTaken(let file):
            [
                .init(key: "message_id", value: .string(file.messageID)),
                .init(key: "digest", value: .string(file.digest)),
                .init(key: "day", value: .string(file.day.description)),
                .init(key: "transfers", value: .array(file.lines.map(\.document))),
            ]
        case .statementClosed(let statement):
            [
                .init(key: "number", value: .integer(statement.number)),
                .init(key: "day", value: .string(statement.day.description)),
                .init(key: "opening_minor_units", value: .integer(statement.opening.minorUnits)),
                .init(key: "closing_minor_units", value: .integer(statement.closing.minorUnits)),
                .init(key: "currency", value: .string(statement.opening.currency.code)),
                .init(key: "first_entry", value: .integer(Int64(statement.firstEntry))),
                .init(key: "end_entry", value: .integer(Int64(statement.endEntry))),
            ]
        }
    }

    fileprivate static func members(_ money: Money) -> [JSON.Member] {
        [
            .init(key: "amount_minor_units", value: .integer(money.minorUnits)),
            .init(key: "currency", value: .string(money.currency.code)),
        ]
    }

    /// Reads a line of the log.
    init(line: [UInt8]) throws {
        let document = try JSON(parsing: line)
        switch try document.string("kind") {
        case "paid_in": self = .paidIn(try BankPayment(document: document))
        case "collected": self = .collected(try BankPayment(document: document))
        case "file_taken":
            self = .fileTaken(
                BankTakenFile(
                    messageID: try document.string("message_id"),
                    digest: try document.string("digest"),
                    day: try document.day("day"),
                    lines: try document.array("transfers").map(BankTakenFile.Line.init(document:))
                )
            )
        case "statement_closed":
            self = .statementClosed(
                BankClosedStatement(
                    number: try document.integer("number"),
                    day: try document.day("day"),
                    opening: try document.money("opening_minor_units"),
                    closing: try document.money("closing_minor_units"),
                    firstEntry: Int(try document.integer("first_entry")),
                    endEntry: Int(try document.integer("end_entry"))
                )
            )
        default:
            throw LogFailure("the bank's log has a kind of fact that this version does not know")
        }
    }
}

extension BankPayment {
    fileprivate init(document: JSON) throws {
        reference = try document.string("reference")
        amount = try document.money("amount_minor_units")
        day = try document.day("day")
    }
}

extension BankTakenFile.Line {
    fileprivate var document: JSON {
        let (fate, reason): (String, BankReason?) =
            switch fate {
            case .booked: ("booked", nil)
            case .returned(let reason): ("returned", reason)
            case .rejected(let reason): ("rejected", reason)
            }
        return .object(
            [.init(key: "end_to_end_id", value: .string(endToEndID))] + BankFact.members(amount) + [
                .init(key: "creditor", value: .string(creditor)),
                .init(key: "fate", value: .string(fate)),
                .init(key: "reason", value: reason.map { .string($0.code) } ?? .null),
            ]
        )
    }

    fileprivate init(document: JSON) throws {
        endToEndID = try document.string("end_to_end_id")
        amount = try document.money("amount_minor_units")
        creditor = try document.string("creditor")
        let reason = try document.optionalString("reason").map { try BankReason(code: $0) }
        switch (try document.string("fate"), reason) {
        case ("booked", nil): fate = .booked
        case ("returned", let reason?): fate = .returned(reason)
        case ("rejected", let reason?): fate = .rejected(reason)
        default: throw LogFailure("the bank's log has a fate that this version does not know")
        }
    }
}

extension JSON {
    fileprivate func money(_ key: String) throws -> Money {
        Money(minorUnits: try integer(key), currency: try Currency(string("currency")))
    }

    fileprivate func day(_ key: String) throws -> CalendarDate {
        guard let day = CalendarDate(try string(key)) else {
            throw LogFailure("the bank's log has a day that is none")
        }
        return day
    }
}

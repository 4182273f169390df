import Calendar
import Foundation
import Money
import XMLCoder

// The elements that the messages have in common, named as ISO 20022 abbreviates them.

/// An amount: `<InstdAmt Ccy="INR">970.00</InstdAmt>`.
struct AmountElement: Codable, DynamicNodeEncoding {
    let currency: String
    let value: String

    enum CodingKeys: String, CodingKey {
        case currency = "Ccy"
        case value = ""
    }

    init(_ money: Money) {
        currency = money.currency.code.uppercased()
        value =
            Money(
                minorUnits: money.minorUnits < 0 ? -money.minorUnits : money.minorUnits,
                currency: money.currency
            ).decimalString
    }

    static func nodeEncoding(for key: any CodingKey) -> XMLEncoder.NodeEncoding {
        key.stringValue == CodingKeys.currency.stringValue ? .attribute : .element
    }

    func money(_ field: String) throws(BankMessageError) -> Money {
        try BankAmount.money(value, currency, field: field)
    }
}

/// A party: `<Dbtr><Nm>…</Nm></Dbtr>`.
struct PartyElement: Codable {
    let name: String

    enum CodingKeys: String, CodingKey { case name = "Nm" }
}

/// An account: `<CdtrAcct><Id><Othr><Id>…</Id></Othr></Id></CdtrAcct>`.
struct AccountElement: Codable {
    struct Identification: Codable {
        struct Other: Codable {
            let id: String
            enum CodingKeys: String, CodingKey { case id = "Id" }
        }
        let other: Other
        enum CodingKeys: String, CodingKey { case other = "Othr" }
    }

    let identification: Identification

    enum CodingKeys: String, CodingKey { case identification = "Id" }

    init(number: String) { identification = Identification(other: .init(id: number)) }

    var number: String { identification.other.id }
}

/// A bank: `<CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>…`.
struct AgentElement: Codable {
    struct Institution: Codable {
        struct Member: Codable {
            let id: String
            enum CodingKeys: String, CodingKey { case id = "MmbId" }
        }
        let member: Member
        enum CodingKeys: String, CodingKey { case member = "ClrSysMmbId" }
    }

    let institution: Institution

    enum CodingKeys: String, CodingKey { case institution = "FinInstnId" }

    init(routingNumber: String) { institution = Institution(member: .init(id: routingNumber)) }

    var routingNumber: String { institution.member.id }
}

/// A day: `<ReqdExctnDt><Dt>2026-11-24</Dt></ReqdExctnDt>`.
struct DateElement: Codable {
    let date: String

    enum CodingKeys: String, CodingKey { case date = "Dt" }

    init(_ date: CalendarDate) { self.date = date.description }

    func calendarDate(_ field: String) throws(BankMessageError) -> CalendarDate {
        guard let date = CalendarDate(date) else { throw .invalid(field: field, value: self.date) }
        return date
    }
}

/// A reason, of a refusal or a return: `<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>`.
struct ReasonElement: Codable {
    struct Reason: Codable {
        let code: String
        enum CodingKeys: String, CodingKey { case code = "Cd" }
    }

    let reason: Reason

    enum CodingKeys: String, CodingKey { case reason = "Rsn" }

    init(_ reason: BankReason) { self.reason = Reason(code: reason.code) }

    func bankReason() throws(BankMessageError) -> BankReason {
        try BankReason(code: reason.code)
    }
}

/// Moments as the messages write them, in UTC and whole seconds.
enum WireMoment {
    static func text(_ moment: Timestamp) -> String {
        Date(timeIntervalSince1970: TimeInterval(moment.secondsSinceEpoch)).formatted(.iso8601)
    }

    static func moment(_ text: String, field: String) throws(BankMessageError) -> Timestamp {
        let plain = Date.ISO8601FormatStyle()
        let date =
            (try? plain.parse(text))
            ?? (try? plain.year().month().day().time(includingFractionalSeconds: true)
                .timeZone(separator: .colon).parse(text))
        guard let date else { throw .invalid(field: field, value: text) }
        return Timestamp(secondsSinceEpoch: Int64(date.timeIntervalSince1970))
    }
}

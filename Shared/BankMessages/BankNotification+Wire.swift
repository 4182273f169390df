import Money
import XMLCoder

extension BankNotification {
    /// The notification's bytes.
    public func serialized() throws(BankMessageError) -> [UInt8] {
        try BankDocument.write(NotificationDocument(self))
    }

    /// Reads a notification.
    public init(parsing bytes: [UInt8]) throws(BankMessageError) {
        self = try BankDocument.read(NotificationDocument.self, from: bytes).value()
    }
}

private struct NotificationDocument: WireRoot {
    static let namespace = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"

    let namespace: String
    let body: Body

    enum CodingKeys: String, CodingKey {
        case namespace = "xmlns"
        case body = "BkToCstmrDbtCdtNtfctn"
    }

    struct Body: Codable {
        let header: ReportHeaderElement
        let notification: Notification

        enum CodingKeys: String, CodingKey {
            case header = "GrpHdr"
            case notification = "Ntfctn"
        }
    }

    struct Notification: Codable {
        let id: String
        let createdAt: String
        let account: ReportedAccountElement
        let entries: [EntryElement]

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case createdAt = "CreDtTm"
            case account = "Acct"
            case entries = "Ntry"
        }
    }

    init(_ value: BankNotification) {
        let createdAt = WireMoment.text(value.createdAt)
        namespace = Self.namespace
        body = Body(
            header: ReportHeaderElement(messageID: value.messageID, createdAt: createdAt),
            notification: Notification(
                id: value.messageID,
                createdAt: createdAt,
                account: ReportedAccountElement(
                    number: value.accountNumber,
                    currency: value.currency
                ),
                entries: value.entries.map(EntryElement.init)
            )
        )
    }

    func value() throws(BankMessageError) -> BankNotification {
        let account = body.notification.account
        return try BankNotification(
            messageID: body.header.messageID,
            createdAt: WireMoment.moment(body.header.createdAt, field: "CreDtTm"),
            accountNumber: account.identification.other.id,
            currency: BankAmount.currency(account.currency, field: "Acct/Ccy"),
            entries: body.notification.entries.entries(in: account.currency)
        )
    }
}

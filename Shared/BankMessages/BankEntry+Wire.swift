import Calendar
import Money
import XMLCoder

/// `<Ntry>`, a booked movement in notifications and statements.
struct EntryElement: Codable {
    struct Status: Codable {
        let code: String
        enum CodingKeys: String, CodingKey { case code = "Cd" }
    }

    struct Details: Codable {
        let transaction: Transaction
        enum CodingKeys: String, CodingKey { case transaction = "TxDtls" }
    }

    struct Transaction: Codable {
        struct References: Codable {
            let endToEndID: String
            enum CodingKeys: String, CodingKey { case endToEndID = "EndToEndId" }
        }

        let references: References
        let returned: ReasonElement?

        enum CodingKeys: String, CodingKey {
            case references = "Refs"
            case returned = "RtrInf"
        }
    }

    let reference: String
    let amount: AmountElement
    let direction: String
    let status: Status
    let bookedOn: DateElement
    let transactionCode: TransactionCodeElement
    let details: Details?

    enum CodingKeys: String, CodingKey {
        case reference = "NtryRef"
        case amount = "Amt"
        case direction = "CdtDbtInd"
        case status = "Sts"
        case bookedOn = "BookgDt"
        case transactionCode = "BkTxCd"
        case details = "NtryDtls"
    }

    init(_ entry: BankEntry) {
        reference = entry.reference
        amount = AmountElement(entry.amount)
        direction = entry.direction.rawValue
        status = Status(code: "BOOK")
        bookedOn = DateElement(entry.bookedOn)
        transactionCode = TransactionCodeElement(of: entry)
        details = entry.endToEndID.map { id in
            Details(
                transaction: Transaction(
                    references: .init(endToEndID: id),
                    returned: entry.returnReason.map(ReasonElement.init)
                )
            )
        }
    }

    /// The movement; refuses one that is not booked, because it may still go away.
    func entry() throws(BankMessageError) -> BankEntry {
        guard status.code == "BOOK" else { throw .invalid(field: "Sts", value: status.code) }
        guard let direction = BankEntry.Direction(rawValue: direction) else {
            throw .invalid(field: "CdtDbtInd", value: self.direction)
        }
        return try BankEntry(
            reference: reference,
            amount: amount.money("Amt"),
            direction: direction,
            bookedOn: bookedOn.calendarDate("BookgDt"),
            endToEndID: details?.transaction.references.endToEndID,
            returnReason: details?.transaction.returned?.bankReason()
        )
    }
}

/// `<BkTxCd>`: what kind of movement it is, in the codes of ISO 20022's list.
struct TransactionCodeElement: Codable {
    struct Domain: Codable {
        let code: String
        let family: Family

        enum CodingKeys: String, CodingKey {
            case code = "Cd"
            case family = "Fmly"
        }
    }

    struct Family: Codable {
        let code: String
        let subfamily: String

        enum CodingKeys: String, CodingKey {
            case code = "Cd"
            case subfamily = "SubFmlyCd"
        }
    }

    let domain: Domain

    enum CodingKeys: String, CodingKey { case domain = "Domn" }

    /// Issued and received credit transfers; a return is a transfer of its own subfamily.
    init(of entry: BankEntry) {
        let family =
            switch entry.direction {
            case .debit: "ICDT"
            case .credit: "RCDT"
            }
        domain = Domain(
            code: "PMNT",
            family: Family(code: family, subfamily: entry.returnReason == nil ? "DMCT" : "RRTN")
        )
    }
}

/// `<Acct>` of a notification or statement.
struct ReportedAccountElement: Codable {
    let identification: AccountElement.Identification
    let currency: String

    enum CodingKeys: String, CodingKey {
        case identification = "Id"
        case currency = "Ccy"
    }

    init(number: String, currency: Currency) {
        identification = .init(other: .init(id: number))
        self.currency = currency.code.uppercased()
    }
}

/// `<GrpHdr>` of a notification or statement.
struct ReportHeaderElement: Codable {
    let messageID: String
    let createdAt: String

    enum CodingKeys: String, CodingKey {
        case messageID = "MsgId"
        case createdAt = "CreDtTm"
    }
}

extension [EntryElement] {
    /// The movements; refuses those of another currency than the account's.
    func entries(in currency: String) throws(BankMessageError) -> [BankEntry] {
        var entries: [BankEntry] = []
        for element in self {
            guard element.amount.currency == currency else {
                throw .invalid(field: "Ntry/Amt/Ccy", value: element.amount.currency)
            }
            entries.append(try element.entry())
        }
        return entries
    }
}

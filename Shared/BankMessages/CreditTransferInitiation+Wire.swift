import Calendar
import Money
import XMLCoder

extension CreditTransferInitiation {
    /// The file's bytes.
    public func serialized() throws(BankMessageError) -> [UInt8] {
        try BankDocument.write(InitiationDocument(self))
    }

    /// Reads a file; refuses one whose count or control sum is not what its transfers make.
    public init(parsing bytes: [UInt8]) throws(BankMessageError) {
        self = try BankDocument.read(InitiationDocument.self, from: bytes).initiation()
    }
}

private struct InitiationDocument: WireRoot {
    static let namespace = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

    let namespace: String
    let body: Body

    enum CodingKeys: String, CodingKey {
        case namespace = "xmlns"
        case body = "CstmrCdtTrfInitn"
    }

    struct Body: Codable {
        let header: Header
        let payment: PaymentInformation

        enum CodingKeys: String, CodingKey {
            case header = "GrpHdr"
            case payment = "PmtInf"
        }
    }

    struct Header: Codable {
        let messageID: String
        let createdAt: String
        let count: String
        let controlSum: String
        let initiatingParty: PartyElement

        enum CodingKeys: String, CodingKey {
            case messageID = "MsgId"
            case createdAt = "CreDtTm"
            case count = "NbOfTxs"
            case controlSum = "CtrlSum"
            case initiatingParty = "InitgPty"
        }
    }

    struct PaymentInformation: Codable {
        let id: String
        let method: String
        let count: String
        let controlSum: String
        let executionDate: DateElement
        let debtor: PartyElement
        let debtorAccount: AccountElement
        let debtorAgent: AgentElement
        let transfers: [Transfer]

        enum CodingKeys: String, CodingKey {
            case id = "PmtInfId"
            case method = "PmtMtd"
            case count = "NbOfTxs"
            case controlSum = "CtrlSum"
            case executionDate = "ReqdExctnDt"
            case debtor = "Dbtr"
            case debtorAccount = "DbtrAcct"
            case debtorAgent = "DbtrAgt"
            case transfers = "CdtTrfTxInf"
        }
    }

    struct Transfer: Codable {
        struct Identification: Codable {
            let endToEndID: String
            enum CodingKeys: String, CodingKey { case endToEndID = "EndToEndId" }
        }
        struct Amount: Codable {
            let instructed: AmountElement
            enum CodingKeys: String, CodingKey { case instructed = "InstdAmt" }
        }
        struct Remittance: Codable {
            let text: String
            enum CodingKeys: String, CodingKey { case text = "Ustrd" }
        }

        let identification: Identification
        let amount: Amount
        let creditorAgent: AgentElement
        let creditor: PartyElement
        let creditorAccount: AccountElement
        let remittance: Remittance?

        enum CodingKeys: String, CodingKey {
            case identification = "PmtId"
            case amount = "Amt"
            case creditorAgent = "CdtrAgt"
            case creditor = "Cdtr"
            case creditorAccount = "CdtrAcct"
            case remittance = "RmtInf"
        }
    }

    init(_ initiation: CreditTransferInitiation) {
        let count = String(initiation.transfers.count)
        let sum = initiation.total.decimalString
        namespace = Self.namespace
        body = Body(
            header: Header(
                messageID: initiation.messageID,
                createdAt: WireMoment.text(initiation.createdAt),
                count: count,
                controlSum: sum,
                initiatingParty: PartyElement(name: initiation.debtor.holder)
            ),
            payment: PaymentInformation(
                id: initiation.messageID,
                method: "TRF",
                count: count,
                controlSum: sum,
                executionDate: DateElement(initiation.executionDate),
                debtor: PartyElement(name: initiation.debtor.holder),
                debtorAccount: AccountElement(number: initiation.debtor.number),
                debtorAgent: AgentElement(routingNumber: initiation.debtor.routingNumber),
                transfers: initiation.transfers.map(Transfer.init)
            )
        )
    }

    func initiation() throws(BankMessageError) -> CreditTransferInitiation {
        guard body.payment.method == "TRF" else {
            throw .invalid(field: "PmtMtd", value: body.payment.method)
        }
        var transfers: [CreditTransfer] = []
        for transfer in body.payment.transfers { transfers.append(try transfer.value()) }
        let initiation = try CreditTransferInitiation(
            messageID: body.header.messageID,
            createdAt: WireMoment.moment(body.header.createdAt, field: "CreDtTm"),
            executionDate: body.payment.executionDate.calendarDate("ReqdExctnDt"),
            debtor: BankAccount(
                holder: body.payment.debtor.name,
                number: body.payment.debtorAccount.number,
                routingNumber: body.payment.debtorAgent.routingNumber
            ),
            transfers: transfers
        )
        let count = String(initiation.transfers.count)
        for stated in [body.header.count, body.payment.count] where stated != count {
            throw .inconsistent(field: "NbOfTxs", stated: stated, found: count)
        }
        let currency = initiation.total.currency.code.uppercased()
        for stated in [body.header.controlSum, body.payment.controlSum] {
            guard try BankAmount.money(stated, currency, field: "CtrlSum") == initiation.total
            else {
                throw .inconsistent(
                    field: "CtrlSum",
                    stated: stated,
                    found: initiation.total.decimalString
                )
            }
        }
        return initiation
    }
}

extension InitiationDocument.Transfer {
    init(_ transfer: CreditTransfer) {
        identification = Identification(endToEndID: transfer.endToEndID)
        amount = Amount(instructed: AmountElement(transfer.amount))
        creditorAgent = AgentElement(routingNumber: transfer.creditor.routingNumber)
        creditor = PartyElement(name: transfer.creditor.holder)
        creditorAccount = AccountElement(number: transfer.creditor.number)
        remittance = transfer.remittance.map(Remittance.init(text:))
    }

    func value() throws(BankMessageError) -> CreditTransfer {
        try CreditTransfer(
            endToEndID: identification.endToEndID,
            amount: amount.instructed.money("InstdAmt"),
            creditor: BankAccount(
                holder: creditor.name,
                number: creditorAccount.number,
                routingNumber: creditorAgent.routingNumber
            ),
            remittance: remittance?.text
        )
    }
}

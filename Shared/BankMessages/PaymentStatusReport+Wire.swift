import Money
import XMLCoder

extension PaymentStatusReport {
    /// The report's bytes.
    public func serialized() throws(BankMessageError) -> [UInt8] {
        try BankDocument.write(ReportDocument(self))
    }

    /// Reads a report; refuses statuses that say nothing clear.
    public init(parsing bytes: [UInt8]) throws(BankMessageError) {
        self = try BankDocument.read(ReportDocument.self, from: bytes).report()
    }
}

private struct ReportDocument: WireRoot {
    static let namespace = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.12"
    static let originalName = "pain.001.001.09"

    let namespace: String
    let body: Body

    enum CodingKeys: String, CodingKey {
        case namespace = "xmlns"
        case body = "CstmrPmtStsRpt"
    }

    struct Body: Codable {
        let header: Header
        let group: Group
        let payment: Payment?

        enum CodingKeys: String, CodingKey {
            case header = "GrpHdr"
            case group = "OrgnlGrpInfAndSts"
            case payment = "OrgnlPmtInfAndSts"
        }
    }

    struct Header: Codable {
        let messageID: String
        let createdAt: String

        enum CodingKeys: String, CodingKey {
            case messageID = "MsgId"
            case createdAt = "CreDtTm"
        }
    }

    struct Group: Codable {
        let originalMessageID: String
        let originalName: String
        let status: String?
        let reason: ReasonElement?

        enum CodingKeys: String, CodingKey {
            case originalMessageID = "OrgnlMsgId"
            case originalName = "OrgnlMsgNmId"
            case status = "GrpSts"
            case reason = "StsRsnInf"
        }
    }

    struct Payment: Codable {
        let id: String
        let transfers: [Transfer]

        enum CodingKeys: String, CodingKey {
            case id = "OrgnlPmtInfId"
            case transfers = "TxInfAndSts"
        }
    }

    struct Transfer: Codable {
        let endToEndID: String
        let status: String
        let reason: ReasonElement?

        enum CodingKeys: String, CodingKey {
            case endToEndID = "OrgnlEndToEndId"
            case status = "TxSts"
            case reason = "StsRsnInf"
        }
    }

    init(_ report: PaymentStatusReport) {
        namespace = Self.namespace
        let refused = report.lines.count { $0.status.isRejected }
        let status =
            refused == report.lines.count ? "RJCT" : refused == 0 ? "ACSP" : "PART"
        let payment = Payment(
            id: report.originalMessageID,
            transfers: report.lines.map(Transfer.init)
        )
        body = Body(
            header: Header(
                messageID: report.messageID,
                createdAt: WireMoment.text(report.createdAt)
            ),
            group: Group(
                originalMessageID: report.originalMessageID,
                originalName: Self.originalName,
                status: status,
                reason: report.refusal.map(ReasonElement.init)
            ),
            payment: report.lines.isEmpty ? nil : payment
        )
    }

    func report() throws(BankMessageError) -> PaymentStatusReport {
        guard body.group.originalName == Self.originalName else {
            throw .invalid(field: "OrgnlMsgNmId", value: body.group.originalName)
        }
        var lines: [PaymentStatusReport.Line] = []
        for transfer in body.payment?.transfers ?? [] { lines.append(try transfer.line()) }
        if lines.isEmpty, body.group.status != "RJCT" {
            throw .invalid(field: "GrpSts", value: body.group.status ?? "")
        }
        return try PaymentStatusReport(
            messageID: body.header.messageID,
            createdAt: WireMoment.moment(body.header.createdAt, field: "CreDtTm"),
            originalMessageID: body.group.originalMessageID,
            lines: lines,
            refusal: lines.isEmpty ? body.group.reason?.bankReason() ?? .unspecified : nil
        )
    }
}

extension TransferStatus {
    fileprivate var isRejected: Bool {
        switch self {
        case .rejected: true
        case .accepted, .pending: false
        }
    }
}

extension ReportDocument.Transfer {
    init(_ line: PaymentStatusReport.Line) {
        endToEndID = line.endToEndID
        switch line.status {
        case .accepted:
            status = "ACSP"
            reason = nil
        case .pending:
            status = "PDNG"
            reason = nil
        case .rejected(let why):
            status = "RJCT"
            reason = ReasonElement(why)
        }
    }

    func line() throws(BankMessageError) -> PaymentStatusReport.Line {
        PaymentStatusReport.Line(endToEndID: endToEndID, status: try transferStatus())
    }

    private func transferStatus() throws(BankMessageError) -> TransferStatus {
        switch status {
        case "ACTC", "ACCP", "ACSP", "ACSC": return .accepted
        case "PDNG", "RCVD": return .pending
        case "RJCT": return .rejected(try reason?.bankReason() ?? .unspecified)
        default: throw .invalid(field: "TxSts", value: status)
        }
    }
}

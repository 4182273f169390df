import JSON
import Money
import Payments
import Testing

/// Notices of the network and commands about disputes.
enum DisputeSample {
    /// The notice of a sequence number, about the payment's charge.
    static func notice(
        _ sequence: Int64,
        _ kind: NetworkNoticeKind,
        of payment: Payment,
        amount: Int64? = nil,
        inCase number: Int64? = nil,
        original: NetworkReference? = nil
    ) throws -> NetworkNotice {
        let attempt = try #require(payment.capturedAttempt)
        return NetworkNotice(
            sequence: sequence,
            kind: kind,
            reference: reference(sequence),
            traceNumber: Int32(sequence),
            original: original ?? attempt.start.reference,
            networkCase: reference(number ?? sequence),
            acceptor: String(payment.merchantID.rawValue.suffix(15)),
            amount: Money(
                minorUnits: amount ?? payment.capturedMinorUnits,
                currency: payment.amount.currency
            ),
            reason: .fraudulent,
            reasonCode: kind == .refundReturned ? "05" : "10.4",
            responseDays: 20
        )
    }

    static func reference(_ sequence: Int64) -> NetworkReference {
        let number = NetworkReference(commandID: sequence).rawValue
        return NetworkReference(rawValue: "N" + number.dropFirst()) ?? .init(commandID: sequence)
    }

    static func record(
        _ notice: NetworkNotice,
        of payment: Payment,
        _ shell: inout Shell
    ) -> Command {
        .dispute(
            .record(
                RecordNotice(
                    paymentID: payment.id,
                    notice: notice,
                    disputeID: shell.makeID(),
                    warningID: shell.makeID()
                )
            )
        )
    }

    static func submission(_ dispute: Dispute, of payment: Payment, _ text: String) -> Command {
        .dispute(
            .update(
                UpdateDispute(
                    disputeID: dispute.id,
                    paymentID: payment.id,
                    evidence: ["uncategorized_text": .string(text)],
                    submits: true
                )
            )
        )
    }

    static func close(_ dispute: Dispute, of payment: Payment) -> Command {
        .dispute(.close(EndDispute(disputeID: dispute.id, paymentID: payment.id)))
    }

    /// One payment with every kind of fact that disputes and notices bring.
    static func playAll(_ shell: inout Shell) throws {
        let paid = try shell.pay()
        _ = try shell.run(shell.refundCommand(paid, 1_000), .acknowledged)
        let refund = try #require(shell.payment?.refunds.first)
        func tell(
            _ sequence: Int64,
            _ kind: NetworkNoticeKind,
            _ amount: Int64,
            inCase number: Int64? = nil,
            original: NetworkReference? = nil
        ) throws {
            let notice = try notice(
                sequence,
                kind,
                of: paid,
                amount: amount,
                inCase: number,
                original: original
            )
            _ = try shell.run(record(notice, of: paid, &shell))
        }
        try tell(1, .refundReturned, 1_000, original: refund.command)
        try tell(2, .fraudReported, 100_000)
        try tell(3, .inquired, 60_000)
        let dispute = try #require(shell.payment?.disputes.first)
        _ = try shell.run(submission(dispute, of: paid, "escalate_inquiry_evidence"), .acknowledged)
        try tell(4, .chargedBack, 60_000, inCase: 3)
        _ = try shell.run(submission(dispute, of: paid, "winning_evidence"), .acknowledged)
        try tell(5, .represented, 60_000, inCase: 3)
    }

    static func commands(_ shell: inout Shell, _ payment: Payment) throws -> [Command] {
        let id = shell.makeID(DisputeID.self)
        return [
            .dispute(
                .update(
                    UpdateDispute(
                        disputeID: id,
                        paymentID: payment.id,
                        evidence: ["customer_name": .null, "uncategorized_text": "é"],
                        metadata: MetadataChange(steps: [.init(key: "k", value: "v")]),
                        submits: false,
                        expand: ["charge"]
                    )
                )
            ),
            .dispute(.close(EndDispute(disputeID: id, paymentID: payment.id))),
            .dispute(.lapse(EndDispute(disputeID: id, paymentID: payment.id))),
            record(try notice(9, .chargedBack, of: payment), of: payment, &shell),
        ]
    }
}

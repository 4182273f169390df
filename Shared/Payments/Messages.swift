import Money

/// The network messages of a command, made from what is stored before they are sent.
extension SubmittedCommand {
    func message(opening start: AttemptStart, of paymentID: PaymentID) -> NetworkMessage {
        NetworkMessage(
            reference: start.reference,
            command: start.reference,
            sentAt: start.sentAt,
            original: nil,
            merchantID: merchantID,
            paymentID: paymentID,
            networkToken: start.paymentMethod.card.networkToken,
            amount: start.amount,
            authorizedAmount: start.amount,
            authorizationCode: nil,
            statementDescriptor: start.statementDescriptor
        )
    }

    /// A system reversal of a start; it may come before anything about the start is stored.
    func reversal(of start: AttemptStart, of paymentID: PaymentID, repeated: Bool) -> NetworkEffect
    {
        let message = NetworkMessage(
            reference: start.reference,
            command: start.reference,
            sentAt: start.sentAt,
            original: NetworkMessage.Original(reference: start.reference, sentAt: start.sentAt),
            merchantID: merchantID,
            paymentID: paymentID,
            networkToken: start.paymentMethod.card.networkToken,
            amount: start.amount,
            authorizedAmount: start.amount,
            authorizationCode: nil,
            statementDescriptor: start.statementDescriptor
        )
        return .reverse(message, .system, repeated: repeated)
    }

    /// A capture or void by this command, in the family of the attempt's authorization.
    func message(about attempt: Attempt, of payment: Payment, amount: Money) -> NetworkMessage {
        message(attempt.start.reference, about: attempt, of: payment, amount: amount)
    }

    /// A refund by this command, in a family of its own.
    func message(
        refunding amount: Money,
        of attempt: Attempt,
        in payment: Payment
    )
        -> NetworkMessage
    {
        message(reference, about: attempt, of: payment, amount: amount)
    }

    private func message(
        _ family: NetworkReference,
        about attempt: Attempt,
        of payment: Payment,
        amount: Money
    ) -> NetworkMessage {
        NetworkMessage(
            reference: family,
            command: reference,
            sentAt: receivedAt,
            original: NetworkMessage.Original(
                reference: attempt.start.reference,
                sentAt: attempt.start.sentAt
            ),
            merchantID: merchantID,
            paymentID: payment.id,
            networkToken: attempt.start.paymentMethod.card.networkToken,
            amount: amount,
            authorizedAmount: attempt.amount,
            authorizationCode: attempt.authorization?.code,
            statementDescriptor: payment.details.statementDescriptor
        )
    }
}

public import Money
public import Payments

extension AcquirerProfile {
    /// The message that carries an effect out.
    public func message(for effect: NetworkEffect) -> WireMessage {
        switch effect {
        case .authorize(let message, let start): authorization(message, start)
        case .capture(let message, let isRepeat): capture(message, isRepeat: isRepeat)
        case .reverse(let message, let kind, let isRepeat):
            reversal(message, kind, isRepeat: isRepeat)
        case .refund(let message, _, let isRepeat): refund(message, isRepeat: isRepeat)
        case .respond: preconditionFailure("an answer in a dispute goes over HTTPS")
        }
    }

    /// A message about the connection itself.
    public func management(
        _ code: ManagementCode,
        traceNumber: Int32,
        at moment: Timestamp
    ) -> WireMessage {
        WireMessage(
            .managementRequest,
            [
                .transmissionTime: WireTime(moment).transmissionTime,
                .traceNumber: WireTime.padded(Int(traceNumber), 6),
                .acquirer: acquirer,
                .managementCode: code.rawValue,
            ]
        )
    }

    private func authorization(_ message: NetworkMessage, _ start: AttemptStart) -> WireMessage {
        let card = start.paymentMethod.card
        var fields = commonFields(message, amount: message.amount, .purchase)
        fields[.conditionCode] = "59"
        fields[.expirationDate] =
            WireTime.padded(Int(card.expirationYear % 100), 2)
            + WireTime.padded(Int(card.expirationMonth), 2)
        fields[.merchantCategory] = merchantCategory
        fields[.entryMode] = "812"
        fields[.acceptorName] =
            Self.fitted(message.statementDescriptor ?? acceptorName, 25)
            + Self.fitted(acceptorCity, 13) + Self.fitted(acceptorCountry, 2)
        return WireMessage(.authorizationRequest, fields)
    }

    /// Field 4 repeats what was authorized; field 95 says what is taken of it, if that is less.
    private func capture(_ message: NetworkMessage, isRepeat: Bool) -> WireMessage {
        var fields = commonFields(message, amount: message.authorizedAmount, .purchase)
        if message.amount != message.authorizedAmount {
            fields[.replacementAmounts] =
                Self.amount(message.amount) + String(repeating: "0", count: 30)
        }
        return followUp(isRepeat ? .adviceRepeat : .advice, message, fields)
    }

    private func refund(_ message: NetworkMessage, isRepeat: Bool) -> WireMessage {
        let fields = commonFields(message, amount: message.amount, .refund)
        return followUp(isRepeat ? .adviceRepeat : .advice, message, fields)
    }

    /// The merchant's void is a request once; every repeat, and every reversal of ours, an advice.
    private func reversal(
        _ message: NetworkMessage,
        _ kind: ReversalKind,
        isRepeat: Bool
    ) -> WireMessage {
        let fields = commonFields(message, amount: message.authorizedAmount, .purchase)
        if isRepeat { return followUp(.reversalAdviceRepeat, message, fields) }
        switch kind {
        case .void: return followUp(.reversalRequest, message, fields)
        case .system: return followUp(.reversalAdvice, message, fields)
        }
    }

    private func followUp(
        _ type: WireMessageType,
        _ message: NetworkMessage,
        _ common: [WireField: String]
    ) -> WireMessage {
        var fields = common
        fields[.conditionCode] = "06"
        fields[.authorizationCode] = message.authorizationCode
        // A reversal of an authorization that never got so far as an attempt points at itself.
        let original =
            message.original
            ?? NetworkMessage.Original(reference: message.reference, sentAt: message.sentAt)
        fields[.originalElements] =
            OriginalElements(
                traceNumber: original.reference.traceNumber,
                transmissionTime: WireTime(original.sentAt).transmissionTime,
                acquirer: acquirer
            ).text
        return WireMessage(type, fields)
    }

    private func commonFields(
        _ message: NetworkMessage,
        amount: Money,
        _ processingCode: ProcessingCode
    ) -> [WireField: String] {
        let time = WireTime(message.sentAt)
        return [
            .cardToken: message.networkToken,
            .processingCode: processingCode.rawValue,
            .amount: Self.amount(amount),
            .transmissionTime: time.transmissionTime,
            .traceNumber: WireTime.padded(Int(message.traceNumber), 6),
            .localTime: time.time,
            .localDate: time.date,
            .acquirer: acquirer,
            .reference: message.reference.rawValue,
            .terminal: Self.fitted(terminal, 8),
            .acceptor: String(message.merchantID.rawValue.suffix(15)),
            .currency: WireTime.padded(amount.currency.numericCode, 3),
        ]
    }

    private static func amount(_ money: Money) -> String {
        WireTime.padded(Int(money.minorUnits), 12)
    }

    /// Exactly so many printable characters: cut, filled with blanks, others as question marks.
    static func fitted(_ text: String, _ count: Int) -> String {
        let printable = text.unicodeScalars.prefix(count).map { scalar in
            scalar.value >= 0x20 && scalar.value <= 0x7E ? Character(scalar) : "?"
        }
        return String(printable) + String(repeating: " ", count: count - printable.count)
    }
}

/// Field 90: the authorization that a message is about.
public struct OriginalElements: Sendable, Hashable {
    /// The authorization's trace number.
    public let traceNumber: Int32
    /// The authorization's transmission time, MMDDhhmmss.
    public let transmissionTime: String
    /// The acquirer that sent it.
    public let acquirer: String

    /// Names the authorization by what stood in its fields 7, 11 and 32.
    public init(traceNumber: Int32, transmissionTime: String, acquirer: String) {
        self.traceNumber = traceNumber
        self.transmissionTime = transmissionTime
        self.acquirer = acquirer
    }

    /// Reads the forty-two digits; nil where they do not name an authorization.
    public init?(text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 42, text.hasPrefix("0100"),
            let trace = Int32(String(decoding: digits[4..<10], as: UTF8.self))
        else { return nil }
        let padded = String(decoding: digits[20..<31], as: UTF8.self)
        self.init(
            traceNumber: trace,
            transmissionTime: String(decoding: digits[10..<20], as: UTF8.self),
            acquirer: String(padded.drop { $0 == "0" })
        )
    }

    /// The forty-two digits; there is no forwarding institution.
    public var text: String {
        "0100" + WireTime.padded(Int(traceNumber), 6) + transmissionTime
            + String(repeating: "0", count: max(0, 11 - acquirer.utf8.count)) + acquirer
            + String(repeating: "0", count: 11)
    }
}

import JSON
import Money

@testable import CardNetwork
@testable import Payments

/// Effects as the state machine gives them, with the numbers of a command.
enum SampleEffects {
    static let token = "990012345678901234"
    static let sentAt = Timestamp(secondsSinceEpoch: 1_772_366_705)

    static func message(
        command: Int64 = 41,
        family: Int64? = nil,
        original: Int64? = nil,
        amount: Int64 = 100_000,
        authorized: Int64 = 100_000,
        authorizationCode: String? = nil,
        token: String = token
    ) -> NetworkMessage {
        NetworkMessage(
            reference: NetworkReference(commandID: family ?? command),
            command: NetworkReference(commandID: command),
            sentAt: sentAt,
            original: original.map {
                NetworkMessage.Original(reference: NetworkReference(commandID: $0), sentAt: sentAt)
            },
            merchantID: MerchantID(checked: "acct_0AbCdEfGhIjKlMnOpQrStUvW"),
            paymentID: PaymentID(checked: "pi_0AbCdEfGhIjKlMnOpQrStUvW"),
            networkToken: token,
            amount: Money(minorUnits: amount, currency: .inr),
            authorizedAmount: Money(minorUnits: authorized, currency: .inr),
            authorizationCode: authorizationCode,
            statementDescriptor: "ROCKET RIDES"
        )
    }

    static func authorization(
        command: Int64 = 41,
        amount: Int64 = 100_000,
        token: String = token
    ) -> NetworkEffect {
        let message = message(command: command, amount: amount, authorized: amount, token: token)
        let card = CardDetails(
            networkToken: token,
            brand: "visa",
            last4: "4242",
            expirationMonth: 3,
            expirationYear: 2034,
            funding: .credit,
            country: "US",
            fingerprint: "fingerprint",
            checks: CardChecks(cvc: .pass),
            risk: .normal
        )
        let method = PaymentMethod(
            id: PaymentMethodID(checked: "pm_0AbCdEfGhIjKlMnOpQrStUvW"),
            merchantID: message.merchantID,
            livemode: false,
            card: card,
            billingDetails: [:],
            metadata: Metadata(),
            allowRedisplay: "unspecified",
            createdAt: sentAt
        )
        let start = AttemptStart(
            chargeID: ChargeID(checked: "ch_0AbCdEfGhIjKlMnOpQrStUvW"),
            reference: message.reference,
            amount: message.amount,
            paymentMethod: method,
            captureMethod: .automatic,
            statementDescriptor: message.statementDescriptor,
            sentAt: sentAt
        )
        return .authorize(message, start)
    }

    static func capture(
        of family: Int64 = 41,
        command: Int64 = 42,
        amount: Int64 = 100_000,
        authorized: Int64 = 100_000,
        isRepeat: Bool = false,
        token: String = token
    ) -> NetworkEffect {
        .capture(
            message(
                command: command,
                family: family,
                original: family,
                amount: amount,
                authorized: authorized,
                authorizationCode: "00015T",
                token: token
            ),
            repeated: isRepeat
        )
    }

    static func reversal(
        of family: Int64 = 41,
        command: Int64 = 43,
        amount: Int64 = 100_000,
        kind: ReversalKind = .system,
        isRepeat: Bool = false,
        token: String = token
    ) -> NetworkEffect {
        .reverse(
            message(
                command: command,
                family: family,
                original: family,
                amount: amount,
                authorized: amount,
                token: token
            ),
            kind,
            repeated: isRepeat
        )
    }

    static func refund(
        of original: Int64 = 41,
        command: Int64 = 44,
        amount: Int64 = 40_000,
        isRepeat: Bool = false,
        token: String = token
    ) -> NetworkEffect {
        .refund(
            message(
                command: command,
                original: original,
                amount: amount,
                authorized: 100_000,
                token: token
            ),
            RefundID(checked: "re_0AbCdEfGhIjKlMnOpQrStUvW"),
            repeated: isRepeat
        )
    }

    static let all: [NetworkEffect] = [
        authorization(),
        capture(), capture(amount: 60_000), capture(isRepeat: true),
        reversal(), reversal(isRepeat: true), reversal(kind: .void),
        reversal(kind: .void, isRepeat: true),
        refund(), refund(isRepeat: true),
    ]
}

/// One message of every type, each with all the fields that it may have.
enum SampleMessages {
    static let all: [WireMessage] = WireMessageType.allCases.map { type in
        var values: [WireField: String] = [:]
        for field in type.requiredFields + type.optionalFields { values[field] = sample(field) }
        return WireMessage(type, values)
    }

    static func sample(_ field: WireField) -> String {
        switch field.format.length {
        case .fixed(let count): String(repeating: "7", count: count)
        case .variable(digits: _, let maximum): String(repeating: "7", count: maximum - 1)
        }
    }

    /// How many bytes a field has on the wire.
    static func bytes(of field: WireField, in message: WireMessage) -> Int {
        let count = message[field]?.utf8.count ?? 0
        switch field.format.length {
        case .fixed: return count
        case .variable(let digits, maximum: _): return digits + count
        }
    }

    /// Where a field begins on the wire.
    static func offset(of field: WireField, in message: WireMessage) -> Int {
        let hasSecondBitmap = message.fields.contains { $0.rawValue > 64 }
        let before = message.fields.prefix { $0 != field }
        return 4 + (hasSecondBitmap ? 32 : 16)
            + before.reduce(0) { $0 + bytes(of: $1, in: message) }
    }

    /// The answer that a network gives to a request.
    static func answer(
        to request: WireMessage,
        code: String = ResponseCode.approved,
        changing changes: [WireField: String?] = [:]
    ) -> WireMessage {
        let type = request.type.response ?? request.type
        var values: [WireField: String] = [:]
        for field in type.requiredFields { values[field] = request[field] }
        values[.responseCode] = code
        if type == .authorizationResponse, code == ResponseCode.approved {
            values[.authorizationCode] = "A1B2C3"
            values[.networkTransaction] = "NTX000000000000"
        }
        for (field, value) in changes { values[field] = value }
        return WireMessage(type, values)
    }
}

/// Decides what is sent next and whether an answer is right; does no input or output.
///
/// All choices come from one seed: merchants by Zipf, cards, amounts and keys.
struct Workload: Sendable {
    /// The chance that a payment's request is sent again with its key.
    static let repetitionFraction = 0.02
    /// From 1.00 to 2,000.00 rupees.
    static let amountsMinorUnits = 100...200_000

    /// What an answer means for its unit.
    enum Step: Sendable, Equatable {
        /// The unit's next request; its measured part is over if `isMeasured`.
        case send(isMeasured: Bool)
        /// Nothing is left to do.
        case done
        /// The server turned the request away for now.
        case shed
        /// Not what the API promises.
        case wrong
    }

    /// The merchants' keys, the most active merchant first.
    private(set) var secretKeys: [String] = []
    private(set) var memory = PaymentMemory()
    private var zipf = Zipf(count: 1)
    private var generator: SeededGenerator
    private let run: String
    private var lastKeyNumber = 0
    private var merchantPlaces: [String: Int] = [:]

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        run = String(seed, radix: 16)
    }

    mutating func useMerchants(_ merchants: [(id: String, secretKey: String)]) {
        secretKeys = merchants.map(\.secretKey)
        zipf = Zipf(count: max(1, merchants.count))
        merchantPlaces = Dictionary(
            zip(merchants.map(\.id), merchants.indices),
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Lines of a merchant's id, a space, and a payment's.
    mutating func knowPayments(_ lines: String) {
        memory.know(
            stored: lines.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: " ")
                guard parts.count == 2, let place = merchantPlaces[String(parts[0])] else {
                    return nil
                }
                return KnownPayment(
                    id: String(parts[1]),
                    merchant: place,
                    amountMinorUnits: 0,
                    card: 0,
                    keyNumber: nil
                )
            }
        )
    }

    /// A request that makes a test merchant.
    mutating func merchantRequest() -> [UInt8] {
        RequestText.post("/v1/demo/merchants", key: nil, idempotencyKey: newKey().text, form: "")
    }

    /// Begins a unit; nothing where no payment is left that the kind needs.
    mutating func begin(_ kind: LoadKind, intended: UInt64) -> WorkUnit? {
        guard let payment = payment(for: kind) else { return nil }
        var unit = WorkUnit(
            kind: kind,
            intended: intended,
            stage: .first,
            payment: payment,
            request: []
        )
        unit.request = request(for: unit)
        return unit
    }

    private mutating func payment(for kind: LoadKind) -> KnownPayment? {
        switch kind {
        case .payment: newPayment(card: CardMix.choose(using: &generator))
        case .authorizeAndCapture, .list:
            newPayment(card: CardMix.chooseAccepted(using: &generator))
        case .refund: memory.refundable()
        case .retrieve: memory.any(using: &generator)
        case .replay: memory.repeatable(using: &generator)
        }
    }

    private mutating func newPayment(card: Int) -> KnownPayment {
        KnownPayment(
            id: "",
            merchant: zipf.rank(at: generator.fraction()),
            amountMinorUnits: Int.random(in: Self.amountsMinorUnits, using: &generator),
            card: card,
            keyNumber: newKey().number
        )
    }

    private mutating func request(for unit: WorkUnit) -> [UInt8] {
        let payment = unit.payment
        let secretKey = secretKeys[payment.merchant]
        switch unit.kind {
        case .retrieve:
            return RequestText.get("/v1/payment_intents/\(payment.id)", key: secretKey)
        case .list:
            return RequestText.get("/v1/payment_intents?limit=10", key: secretKey)
        case .refund:
            let part = max(1, payment.amountMinorUnits / 4)
            return RequestText.post(
                "/v1/refunds",
                key: secretKey,
                idempotencyKey: newKey().text,
                form: "payment_intent=\(payment.id)&amount=\(part)"
            )
        case .payment, .replay, .authorizeAndCapture:
            let method = unit.kind == .authorizeAndCapture ? "&capture_method=manual" : ""
            return RequestText.post(
                "/v1/payment_intents",
                key: secretKey,
                idempotencyKey: keyText(payment.keyNumber ?? 0),
                form: "amount=\(payment.amountMinorUnits)&currency=inr&confirm=true"
                    + "&payment_method=\(CardMix.name(payment.card))"
                    + "&payment_method_types[]=card\(method)"
            )
        }
    }

    /// Judges an answer, and makes the unit's next request if there is one.
    mutating func answered(_ unit: inout WorkUnit, _ answer: HTTPResponse) -> Step {
        if answer.status == 429 || answer.status == 503 { return .shed }
        switch unit.stage {
        case .first: return firstAnswer(&unit, answer)
        case .capture:
            return answer.status == 200 && answer.contains("\"succeeded\"") ? .done : .wrong
        case .repetition(let status):
            return answer.status == status && answer.firstWord(beginning: "pi_") == unit.payment.id
                ? .done : .wrong
        }
    }

    private mutating func firstAnswer(_ unit: inout WorkUnit, _ answer: HTTPResponse) -> Step {
        switch unit.kind {
        case .payment: return paid(&unit, answer)
        case .authorizeAndCapture:
            guard answer.status == 200, answer.contains("\"requires_capture\""),
                let id = answer.firstWord(beginning: "pi_")
            else { return .wrong }
            unit.payment.id = id
            unit.stage = .capture
            unit.request = RequestText.post(
                "/v1/payment_intents/\(id)/capture",
                key: secretKeys[unit.payment.merchant],
                idempotencyKey: newKey().text,
                form: ""
            )
            return .send(isMeasured: false)
        case .refund:
            return answer.status == 200 && answer.contains("\"re_") ? .done : .wrong
        case .retrieve, .replay:
            return answer.status == 200 && answer.firstWord(beginning: "pi_") == unit.payment.id
                ? .done : .wrong
        case .list:
            return answer.status == 200 && answer.contains("\"list\"") ? .done : .wrong
        }
    }

    private mutating func paid(_ unit: inout WorkUnit, _ answer: HTTPResponse) -> Step {
        guard let id = answer.firstWord(beginning: "pi_") else { return .wrong }
        unit.payment.id = id
        if CardMix.isDeclined(unit.payment.card) {
            guard answer.status == 402 else { return .wrong }
        } else {
            guard answer.status == 200, answer.contains("\"succeeded\"") else { return .wrong }
            memory.add(unit.payment)
        }
        guard generator.fraction() < Self.repetitionFraction else { return .done }
        unit.stage = .repetition(status: answer.status)
        return .send(isMeasured: true)
    }

    private mutating func newKey() -> (number: Int, text: String) {
        lastKeyNumber += 1
        return (lastKeyNumber, keyText(lastKeyNumber))
    }

    private func keyText(_ number: Int) -> String { "bench-\(run)-\(number)" }
}

/// The payments that can be read, repeated and given back; the newest of them.
struct PaymentMemory: Sendable {
    /// How many are kept; older ones are forgotten.
    static let limit = 100_000
    /// A quarter can be given back three times.
    static let refundsPerPayment = 3

    private var known: [KnownPayment] = []
    private var nextPlace = 0
    /// The place at which the search for something to give back goes on.
    private var refundPlace = 0
    /// Payments that the loader stored, of which there may be millions.
    private var stored: [KnownPayment] = []

    var count: Int { known.count + stored.count }

    mutating func add(_ payment: KnownPayment) {
        if known.count < Self.limit {
            known.append(payment)
        } else {
            known[nextPlace] = payment
            nextPlace = (nextPlace + 1) % Self.limit
        }
    }

    /// Takes over payments that are stored, instead of those before.
    mutating func know(stored payments: [KnownPayment]) {
        stored = payments
    }

    /// Any payment.
    func any(using generator: inout SeededGenerator) -> KnownPayment? {
        let source = stored.isEmpty ? known : stored
        return source.randomElement(using: &generator)
    }

    /// A payment that was made by the load, whose request can be repeated.
    func repeatable(using generator: inout SeededGenerator) -> KnownPayment? {
        known.randomElement(using: &generator)
    }

    /// A payment of which a part can still be given back, each in its turn.
    mutating func refundable() -> KnownPayment? {
        for _ in known.indices {
            refundPlace = (refundPlace + 1) % known.count
            if known[refundPlace].refunds < Self.refundsPerPayment {
                known[refundPlace].refunds += 1
                return known[refundPlace]
            }
        }
        return nil
    }
}

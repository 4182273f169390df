public import JSON
import Money

/// The stored form: an array of numbers, because it is written with every batch of attempts.
extension EndpointHealth {
    /// The stored form.
    public var document: JSON {
        .array([
            .integer(rate.millionths), .integer(rate.countedAt.microsecondsSinceEpoch),
            .integer(rate.loweredPerSecond ?? -1),
            .integer(rate.changedAt.microsecondsSinceEpoch),
            .integer(window), .integer(failingSince?.microsecondsSinceEpoch ?? -1),
            .integer(Int64(warnedPercent)),
            .integer(breaker.openUntil?.microsecondsSinceEpoch ?? -1),
            .integer(breaker.waitSeconds),
            .array(
                breaker.slots.flatMap { slot -> [JSON] in
                    [.integer(slot.number), .integer(slot.succeeded), .integer(slot.failed)]
                }
            ),
        ])
    }

    /// Reads the stored form; nil when it is of another form.
    public init?(document: JSON) {
        guard case .array(let parts) = document, parts.count == 10,
            case .array(let slotParts) = parts[9]
        else { return nil }
        let numbers = Self.integers(Array(parts.dropLast()))
        let slotNumbers = Self.integers(slotParts)
        guard numbers.count == 9, slotNumbers.count == slotParts.count,
            slotNumbers.count.isMultiple(of: 3), let warned = Int32(exactly: numbers[6])
        else { return nil }
        let slots = stride(from: 0, to: slotNumbers.count, by: 3).map {
            CircuitBreaker.Slot(
                number: slotNumbers[$0],
                succeeded: slotNumbers[$0 + 1],
                failed: slotNumbers[$0 + 2]
            )
        }
        self.init(
            rate: DeliveryRate(
                millionths: numbers[0],
                countedAt: Timestamp(microsecondsSinceEpoch: numbers[1]),
                loweredPerSecond: numbers[2] < 0 ? nil : numbers[2],
                changedAt: Timestamp(microsecondsSinceEpoch: numbers[3])
            ),
            breaker: CircuitBreaker(
                slots: slots,
                openUntil: Self.moment(numbers[7]),
                waitSeconds: numbers[8]
            ),
            window: numbers[4],
            failingSince: Self.moment(numbers[5]),
            warnedPercent: warned
        )
    }

    private static func integers(_ parts: [JSON]) -> [Int64] {
        parts.compactMap { part in
            guard case .integer(let number) = part else { return nil }
            return number
        }
    }

    private static func moment(_ microseconds: Int64) -> Timestamp? {
        microseconds < 0 ? nil : Timestamp(microsecondsSinceEpoch: microseconds)
    }
}

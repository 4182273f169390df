public import Money

/// Where a payment's captured money is in settlement: beside the payment's own stream, so it is read
/// with the payment and is no part of its document.
public struct SettlementMark: Sendable, Equatable {
    /// The cut-off that it is settled by, or waits for.
    public let cutOffAt: Timestamp
    /// When it became available; nil while it waits.
    public let settledAt: Timestamp?

    /// Creates the value from its parts.
    public init(cutOffAt: Timestamp, settledAt: Timestamp?) {
        self.cutOffAt = cutOffAt
        self.settledAt = settledAt
    }

    /// When the money is available, or is expected to be.
    public var availableOn: Timestamp { settledAt ?? cutOffAt }
}

extension Payment {
    /// The history with the steps of settlement in their places; the last entry is where the
    /// payment stands.
    ///
    /// A refund hides what is underneath: steps that come while it does are told when its failure
    /// uncovers them.
    public var wholeLifecycle: [LifecycleEntry] {
        guard let mark = settlementMark, let settledAt = mark.settledAt else { return lifecycle }
        var waiting = [
            (state: LifecycleState.settlementPending, at: min(mark.cutOffAt, settledAt)),
            (state: .settled, at: settledAt),
        ]
        var whole: [LifecycleEntry] = []
        func tell(before moment: Timestamp?) {
            guard whole.last?.state == .captured || whole.last?.state == .settlementPending else {
                return
            }
            while let next = waiting.first, moment.map({ next.at < $0 }) ?? true {
                waiting.removeFirst()
                let type: SettlementEvent.Kind =
                    next.state == .settled ? .completed : .created
                whole.append(
                    LifecycleEntry(
                        state: next.state,
                        // What came while a dispute hid it is told when it is uncovered.
                        at: max(next.at, whole.last?.at ?? next.at),
                        eventVersion: 0,
                        eventType: type.rawValue
                    )
                )
            }
        }
        for entry in lifecycle {
            tell(before: entry.at)
            whole.append(entry)
        }
        tell(before: nil)
        // A refund that failed after settlement uncovers what was settled, not what was captured.
        if waiting.isEmpty, whole.last?.state == .captured, let last = whole.last {
            whole.append(
                LifecycleEntry(
                    state: .settlementPending,
                    at: last.at,
                    eventVersion: last.eventVersion,
                    eventType: last.eventType
                )
            )
            whole.append(
                LifecycleEntry(
                    state: .settled,
                    at: last.at,
                    eventVersion: last.eventVersion,
                    eventType: last.eventType
                )
            )
        }
        return whole
    }
}

public import Money

/// Where a payment's captured money is in settlement and payout.
///
/// It is beside the payment's own stream, so it is read with the payment and is no part of its document.
public struct SettlementMark: Sendable, Equatable {
    /// One fact about a payout that has the money.
    public struct PayoutStep: Sendable, Equatable {
        /// What happened.
        public let kind: PayoutEvent.Kind
        /// When.
        public let at: Timestamp

        /// Creates the value from its parts.
        public init(kind: PayoutEvent.Kind, at: Timestamp) {
            self.kind = kind
            self.at = at
        }

        /// Where the payment stands after it; nil where it stays where it was.
        var state: LifecycleState? {
            switch kind {
            case .created: .payoutPending
            case .paid: .payoutCompleted
            case .failed, .canceled: .settled
            case .updated, .sent, .returned: nil
            }
        }
    }

    /// The cut-off that it is settled by, or waits for.
    public let cutOffAt: Timestamp
    /// When it became available; nil while it waits.
    public let settledAt: Timestamp?
    /// The payouts that took it, one after the other, oldest fact first.
    public let payoutSteps: [PayoutStep]

    /// Creates the value from its parts.
    public init(cutOffAt: Timestamp, settledAt: Timestamp?, payoutSteps: [PayoutStep] = []) {
        self.cutOffAt = cutOffAt
        self.settledAt = settledAt
        self.payoutSteps = payoutSteps
    }

    /// When the money is available, or is expected to be.
    public var availableOn: Timestamp { settledAt ?? cutOffAt }

    /// The states that the money went through after it was captured, with the facts that say so.
    fileprivate var steps: [LifecycleEntry] {
        guard let settledAt else { return [] }
        func entry(_ state: LifecycleState, _ at: Timestamp, _ type: String) -> LifecycleEntry {
            LifecycleEntry(state: state, at: at, eventVersion: 0, eventType: type)
        }
        return [
            entry(
                .settlementPending,
                min(cutOffAt, settledAt),
                SettlementEvent.Kind.created.rawValue
            ),
            entry(.settled, settledAt, SettlementEvent.Kind.completed.rawValue),
        ]
            + payoutSteps.compactMap { step in
                step.state.map { entry($0, step.at, step.kind.rawValue) }
            }
    }
}

extension Payment {
    /// The history with the steps of settlement and payout in their places; the last entry is where
    /// the payment stands.
    ///
    /// A refund hides what is underneath: steps that come while it does are told when its failure
    /// uncovers them.
    public var wholeLifecycle: [LifecycleEntry] {
        var waiting = (settlementMark?.steps ?? [])[...]
        var told = LifecycleState.captured
        var whole: [LifecycleEntry] = []
        func tell(before moment: Timestamp?) {
            while let next = waiting.first, let last = whole.last,
                LifecycleState.progress.contains(last.state),
                moment.map({ next.at < $0 }) ?? true
            {
                waiting.removeFirst()
                told = next.state
                // What came while a dispute hid it is told when it is uncovered.
                whole.append(next.moved(to: max(next.at, last.at)))
            }
        }
        for entry in lifecycle {
            tell(before: entry.at)
            whole.append(entry)
            guard entry.state == .captured else { continue }
            // What is uncovered is what the money has come to, not that it was captured.
            let path = LifecycleState.progress.prefix { $0 != told } + [told]
            whole += path.dropFirst().map { entry.moved(to: entry.at, as: $0) }
        }
        tell(before: nil)
        return whole
    }
}

extension LifecycleEntry {
    fileprivate func moved(to at: Timestamp, as state: LifecycleState? = nil) -> LifecycleEntry {
        LifecycleEntry(
            state: state ?? self.state,
            at: at,
            eventVersion: eventVersion,
            eventType: eventType
        )
    }
}

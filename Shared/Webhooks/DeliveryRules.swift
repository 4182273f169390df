public import Money

/// What becomes of a delivery after an attempt.
public enum DeliveryVerdict: Sendable, Equatable {
    /// The receiver has it.
    case succeeded
    /// It is tried again at a moment, as a step of the schedule.
    case retry(at: Timestamp, step: Int)
    /// The schedule is at its end, or the endpoint is gone; it can be replayed.
    case failed
}

/// The rules of retrying.
public enum DeliveryRules {
    /// Decides what follows an attempt.
    ///
    /// A probe may come before the delivery was due, and then costs no step. What the receiver asked
    /// for by `Retry-After` is already read.
    public static func verdict(
        after outcome: DeliveryOutcome,
        step: Int,
        dueAt: Timestamp,
        startedAt: Timestamp,
        schedule: RetrySchedule,
        retryAfter: Timestamp?,
        now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> DeliveryVerdict {
        if outcome.isDelivered { return .succeeded }
        if outcome.status == 410 { return .failed }
        if startedAt < dueAt, now < dueAt {
            return .retry(at: max(dueAt, retryAfter ?? dueAt), step: step)
        }
        guard let due = schedule.due(step: step + 1, after: now, using: &generator) else {
            return .failed
        }
        return .retry(at: max(due, retryAfter ?? due), step: step + 1)
    }
}

import Money
import Payments
import Projections

/// Moves a merchant's clock from one due moment to the next, and waits at each until nothing is due.
///
/// The clock never passes a moment at which something is still to be done, so all services do that
/// merchant's work in order. They are not told: each looks for what is due by the merchant's time,
/// and what it has done is due no more.
struct ClockAdvance: Sendable {
    /// How long one run may take; then the command is put back, and goes on from where it is.
    static let maximumRun = Duration.seconds(20)
    /// How often it looks whether a moment's work is done.
    private static let pause = Duration.milliseconds(15)
    /// Clocks of processes differ from the database's; what is due is due to all of them.
    private static let differenceMilliseconds: Int64 = 500

    let clock: MerchantClock
    let sweeper: Sweeper
    let notices: NoticePoller?
    let wake: @Sendable () -> Void

    /// Advances, and says whether the goal was reached with nothing left to do.
    func run(
        _ merchantID: MerchantID,
        to goal: Timestamp,
        while mayGoOn: () -> Bool
    ) async throws -> Bool {
        let deadline = ContinuousClock.now + Self.maximumRun
        var last: Timestamp?
        // What the network has told by now belongs to the time before the clock moves.
        guard await pullNotices() else { return false }
        while mayGoOn(), !Task.isCancelled, .now < deadline {
            guard let due = try await clock.nextDue(of: merchantID, upTo: goal) else {
                try await clock.advance(merchantID, to: goal)
                return true
            }
            if due != last {
                try await clock.advance(
                    merchantID,
                    to: min(due.adding(milliseconds: Self.differenceMilliseconds), goal)
                )
                last = due
            }
            if try await sweeper.sweep() > 0 { wake() }
            _ = await pullNotices()
            try await Task.sleep(for: Self.pause)
        }
        return false
    }

    /// Pulls what the network has told; says whether the network could be asked.
    private func pullNotices() async -> Bool {
        do {
            _ = try await notices?.poll()
            return true
        } catch {
            return false
        }
    }
}

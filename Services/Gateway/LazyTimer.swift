import NIOCore

/// A timer that is set anew all the time and hardly ever goes off.
///
/// A connection's timer is set four times a request. So an alarm of the event loop that is early
/// enough stays as it is, and finds out when it rings how long it still has to wait.
///
/// It belongs to one event loop; it is a class because its alarm refers to it.
final class LazyTimer {
    private var due: (at: NIODeadline, action: () -> Void)?
    private var alarm: (at: NIODeadline, scheduled: Scheduled<Void>)?

    /// Does something after a time, instead of what was to be done before.
    func start(
        _ milliseconds: Int64,
        on eventLoop: any EventLoop,
        _ action: @escaping () -> Void
    ) {
        let deadline = eventLoop.now + .milliseconds(milliseconds)
        due = (deadline, action)
        if let alarm, alarm.at <= deadline { return }
        setAlarm(at: deadline, on: eventLoop)
    }

    /// Does nothing for now; the alarm may stay for the next start.
    func stop() { due = nil }

    /// Lets go of everything.
    func end() {
        due = nil
        alarm?.scheduled.cancel()
        alarm = nil
    }

    private func setAlarm(at deadline: NIODeadline, on eventLoop: any EventLoop) {
        alarm?.scheduled.cancel()
        let scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.ring(on: eventLoop)
        }
        alarm = (deadline, scheduled)
    }

    private func ring(on eventLoop: any EventLoop) {
        alarm = nil
        guard let due else { return }
        guard due.at <= eventLoop.now else { return setAlarm(at: due.at, on: eventLoop) }
        self.due = nil
        due.action()
    }
}

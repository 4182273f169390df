import CommandQueue
import Postgres
import Testing

@Suite("Notifications and wake-ups", .timeLimit(.minutes(1)))
struct WakeUpTests {
    @Test("A thousand notifications become a few statements, and the last one is heard")
    func debounce() async throws {
        let lab = try await Lab.make()
        let notifier = Notifier(configuration: try lab.gatewayConfiguration(), logger: lab.logger)
        let wakeUps = WakeUps(
            configuration: try lab.gatewayConfiguration(),
            channels: [WorkQueue.channel],
            poll: WakeUps.Poll(shortest: .seconds(50), longest: .seconds(50)),
            logger: lab.logger
        )
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await notifier.run() }
            tasks.addTask { await wakeUps.run() }
            // Listening has begun.
            await wakeUps.next(found: true)
            for _ in 0..<1_000 { notifier.notify(WorkQueue.channel) }
            await wakeUps.next(found: true)
            tasks.cancelAll()
        }
        #expect((1...3).contains(notifier.statementCount))
    }

    @Test("Without any notification a loop is woken by its poll")
    func poll() async throws {
        let lab = try await Lab.make()
        let wakeUps = WakeUps(
            configuration: try lab.gatewayConfiguration(),
            channels: [WorkQueue.channel],
            poll: WakeUps.Poll(shortest: .milliseconds(5), longest: .milliseconds(10)),
            logger: lab.logger
        )
        // Nothing listens at all.
        for found in [true, false, false, true] { await wakeUps.next(found: found) }
    }

    @Test("What was signaled before the wait ends it at once, however often it was")
    func signalBeforeWait() async {
        let signal = Signal()
        signal.set()
        signal.set()
        await signal.wait()
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await signal.wait() }
            tasks.addTask { signal.set() }
        }
    }
}

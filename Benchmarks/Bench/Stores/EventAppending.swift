import CommandQueue
import EventStore
import Postgres
import Synchronization

/// (g): sixteen clients append an event each in a transaction of its own, and readers are woken.
struct EventAppending: Sendable {
    /// What the waiting reader listens to.
    static let channel = "feed"
    static let name = "g.append"

    let lab: StoreLab
    let pool: PostgresPool
    /// In whose name the notifier and the listener connect.
    let configuration: PostgresConfiguration

    init(_ lab: StoreLab, pool: PostgresPool) throws {
        self.lab = lab
        self.pool = pool
        configuration = try lab.configuration(role: "orchestrator")
    }

    var measurement: Measurement {
        Measurement(Self.name) { seconds in try await rate(seconds) }
    }

    static func figure(_ rounds: Rounds) -> Figure {
        rounds.figure(
            name,
            "(g) event appended, its reader woken",
            target: .atLeast(ratio: 2.4)
        )
    }

    /// Appends for so long, while one listener counts how often it is woken.
    func rate(_ seconds: Double) async throws -> Double {
        let notifier = Notifier(configuration: configuration, logger: lab.logger)
        let listener = PostgresListener(
            configuration: configuration,
            channels: [Self.channel],
            logger: lab.logger
        )
        let wakeUps = WakeUpCount()
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await notifier.run() }
            tasks.addTask { for await event in listener { wakeUps.count(event) } }
            defer { tasks.cancelAll() }
            let rate = try await StoreLab.rate(seconds: seconds) { end in
                var samples = lab.samples()
                var appended = 0
                while .now < end {
                    try await pool.execute(EventWriter.append([samples.created()]))
                    notifier.notify(Self.channel)
                    appended += 1
                }
                return appended
            }
            guard wakeUps.total > 0 else {
                throw BenchmarkError("events were appended, and their reader was not woken")
            }
            return rate
        }
    }
}

/// How often a listener was woken by a notification.
private final class WakeUpCount: Sendable {
    private let state = Mutex(0)

    var total: Int { state.withLock { $0 } }

    func count(_ event: PostgresListener.Event) {
        switch event {
        case .notified: state.withLock { $0 += 1 }
        case .reconnected: break
        }
    }
}

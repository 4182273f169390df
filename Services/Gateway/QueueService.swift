import CommandQueue
import ServiceLifecycle

/// Runs what the gateway's writes need: submission, wake-ups, replies.
///
/// It stops after the listener has: whoever still waits for a reply is served first.
struct QueueService: Service {
    let submitter: Submitter
    let waiter: ReplyWaiter
    let notifier: Notifier

    /// Works until shutdown.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await notifier.run() }
                tasks.addTask { await waiter.run() }
                await submitter.run()
                await notifier.settle()
                tasks.cancelAll()
            }
        } onGracefulShutdown: {
            submitter.finish()
        }
    }
}

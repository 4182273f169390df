public import NIOCore

/// Runs tasks on an event loop, where what they wait for arrives and what they answer leaves.
///
/// Tasks otherwise run on a pool of threads beside the loops: each request then crosses from a loop
/// to the pool and back, and each crossing wakes a thread. On two cores with 64 payments in flight
/// these switches were the largest single cost of the orchestrator (14 % in `finish_task_switch`,
/// another 8 % in futexes; `perf record -g -p`).
///
/// Such a task must not block: it would hold up everything else of its loop.
public final class EventLoopTaskExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    /// Makes an executor for ``withTaskExecutorPreference(_:isolation:operation:)``.
    public init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Puts a job behind what the loop has to do already.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

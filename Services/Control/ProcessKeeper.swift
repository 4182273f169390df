import Glibc
import Logging
import ServiceKit
import ServiceLifecycle

/// Starts a process, starts it again whenever it ends, and ends it at shutdown.
struct ProcessKeeper: Service {
    let name: String
    let command: ChildCommand
    /// What asks the process for an orderly end.
    var stopSignal = SIGTERM
    /// After this time without an end it is killed.
    var stopSeconds = 30
    /// What has to be there first, if anything.
    var gate: StartGate?
    let board: StackBoard
    let runFolder: RunFolder
    let restarts: Counter
    let logger: Logger

    func run() async throws {
        if let gate { await gate.opened() }
        var policy = RestartPolicy()
        var generator = SystemRandomNumberGenerator()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let began = ContinuousClock.now
            await live()
            guard !Task.isShuttingDownGracefully, !Task.isCancelled else { return }
            let lifetime = ContinuousClock.now - began
            let wait = policy.wait(afterLifetime: lifetime, using: &generator)
            restarts.increment(by: 1, name)
            board.change(member: name) { $0.restarts += 1 }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
        }
    }

    /// One life of the process.
    private func live() async {
        let child: ManagedProcess
        do {
            child = try ManagedProcess.start(command)
        } catch {
            logger.error("not started", metadata: ["process": "\(name)", "reason": "\(error)"])
            board.change(member: name) { $0.lastEnding = "\(error)" }
            return
        }
        board.change(member: name) { member in
            member.process = ProcessIdentity(processID: child.processID)
        }
        try? runFolder.publish("\(name).pid", String(child.processID))
        logger.info("started", metadata: ["process": "\(name)", "pid": "\(child.processID)"])
        let ending = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await child.ending()
            } onGracefulShutdown: {
                child.end(signal: stopSignal, killAfterSeconds: stopSeconds)
            }
        } onCancel: {
            child.end(signal: stopSignal, killAfterSeconds: stopSeconds)
        }
        runFolder.withdraw("\(name).pid")
        board.change(member: name) { member in
            member.process = nil
            member.lastEnding = ending.description
        }
        logger.notice("ended", metadata: ["process": "\(name)", "ending": "\(ending)"])
    }
}

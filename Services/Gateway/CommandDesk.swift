import CommandQueue

/// Where writes go: the command queue, as the gateway meets it.
protocol CommandDesk: Sendable {
    /// Stores a command, or finds the one that holds its key.
    func submit(_ submission: Submission) async throws -> SubmissionResult

    /// Waits for a command's reply; when time is up, stores and returns the late one.
    func reply(
        to commandID: Int64,
        within duration: Duration,
        orElse lateReply: @Sendable () async throws -> StoredReply
    ) async throws -> StoredReply
}

/// The real queue.
struct QueueDesk: CommandDesk {
    let submitter: Submitter
    let waiter: ReplyWaiter

    func submit(_ submission: Submission) async throws -> SubmissionResult {
        try await submitter.submit(submission)
    }

    func reply(
        to commandID: Int64,
        within duration: Duration,
        orElse lateReply: @Sendable () async throws -> StoredReply
    ) async throws -> StoredReply {
        try await waiter.reply(to: commandID, within: duration, orElse: lateReply)
    }
}

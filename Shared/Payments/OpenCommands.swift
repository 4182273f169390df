extension Payment {
    /// The commands that were accepted and owe the network something, or are owed an answer by it.
    ///
    /// Each has left its mark in the stream, so it will come to an end, whoever carries it on.
    public var openCommands: [Int64] {
        let attempts = attempts.filter(\.isInFlight).map { attempt in
            attempt.captureRequest?.command ?? attempt.voidRequest?.command
                ?? attempt.start.reference
        }
        let refunds = refunds.filter { $0.status == .pending }.compactMap(\.command)
        return (attempts + refunds).map(\.commandID)
    }
}

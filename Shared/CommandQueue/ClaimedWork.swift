import JSON
public import Money
public import Payments

/// The right to work on a command, until it expires or somebody else has it.
///
/// The token is the fence: every claim gives a new one, and a write under an old one touches
/// nothing.
public struct Lease: Sendable, Hashable {
    /// The command's internal number.
    public let commandID: Int64
    /// What this claim has and no other.
    public let token: Int64

    /// Names a lease.
    public init(commandID: Int64, token: Int64) {
        self.commandID = commandID
        self.token = token
    }
}

/// A command with the right to work on it.
public struct ClaimedWork: Sendable, Equatable {
    /// The right to work on it.
    public let lease: Lease
    /// How often it has been claimed, this time included.
    public let claims: Int32
    /// The gateway that waits for the reply.
    public let submitter: String
    /// Whose command it is.
    public let merchantID: MerchantID
    /// What kind of command it is, as it was stored.
    public let kind: String
    /// The command, compact JSON.
    public let body: [UInt8]
    /// The request that submitted it.
    public let requestID: String
    /// The key that the request came with.
    public let idempotencyKey: String
    /// The path that was called.
    public let endpoint: String
    /// The version that the answer is rendered in.
    public let apiVersion: String
    /// When it was stored.
    public let receivedAt: Timestamp

    /// Whether anybody may have worked on it before, so that something may have been sent.
    public var mayHaveRun: Bool { claims > 1 }

    /// Reads the command.
    ///
    /// It throws where a newer version of the product stored it, or where the row is damaged.
    public func submittedCommand() throws -> SubmittedCommand {
        SubmittedCommand(
            id: lease.commandID,
            merchantID: merchantID,
            receivedAt: receivedAt,
            command: try Command(kind: kind, body: try JSON(parsing: body))
        )
    }
}

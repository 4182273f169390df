public import Money

/// One file of the bank, read: what it says of instructions, and of the account.
public struct BankWord: Sendable {
    /// What became of one instruction.
    public struct Answer: Sendable, Equatable {
        /// The instruction.
        public let endToEndID: String
        /// The code that says why it was refused; nil where it was taken.
        public let rejection: String?

        /// Says what became of an instruction.
        public init(endToEndID: String, rejection: String?) {
            self.endToEndID = endToEndID
            self.rejection = rejection
        }
    }

    /// One movement of the account.
    public struct Entry: Sendable, Equatable {
        /// The bank's reference; the same movement has the same one in every file.
        public let reference: String
        /// What was moved; less than zero went out.
        public let amount: Money
        /// The day of the booking, `2026-11-24`.
        public let bookedOn: String
        /// The instruction that it belongs to, or the other side's reference.
        public let endToEndID: String?
        /// The code that says why money came back, where it did.
        public let returnReason: String?

        /// Describes a movement.
        public init(
            reference: String,
            amount: Money,
            bookedOn: String,
            endToEndID: String?,
            returnReason: String?
        ) {
            self.reference = reference
            self.amount = amount
            self.bookedOn = bookedOn
            self.endToEndID = endToEndID
            self.returnReason = returnReason
        }
    }

    /// The end of a day.
    public struct Statement: Sendable, Equatable {
        /// Its number.
        public let number: Int64
        /// The day, `2026-11-24`.
        public let day: String
        /// The balance before the day's movements.
        public let opening: Money
        /// The balance after them.
        public let closing: Money

        /// Describes a statement.
        public init(number: Int64, day: String, opening: Money, closing: Money) {
            self.number = number
            self.day = day
            self.opening = opening
            self.closing = closing
        }
    }

    /// The file of ours that is answered, and the answers; nil where the file is no answer.
    public var answers: (fileID: String, answers: [Answer])?
    /// The account and its movements.
    public var entries: (accountNumber: String, entries: [Entry])?
    /// The statement that the movements are of, where it is one.
    public var statement: Statement?
    /// Why the file cannot be read; nothing of it counts then.
    public var refusal: String?

    /// A file that says nothing yet.
    public init() {}
}

public import EventStore

extension ShownEvent {
    /// The API events of facts, from the whole streams that the facts are in.
    ///
    /// - Parameters:
    ///   - facts: The facts that are wanted, in the order in which they are.
    ///   - rows: All events of those streams, each stream in the order of its versions; streams of
    ///     several merchants may follow each other.
    /// - Returns: The API events, in the order of the facts.
    /// - Throws: An error where an event cannot be folded.
    public static func events(
        of facts: [EventRow],
        folding rows: [EventRow]
    ) throws -> [ShownEvent] {
        try MerchantReader.shown(rows, of: facts[...])
    }
}

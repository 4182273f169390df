/// What kind of break a discrepancy is; each has a page in `deploy/runbooks`.
public enum DiscrepancyClass: String, Sendable, Hashable, CaseIterable {
    case unbalancedJournal = "unbalanced_journal"
    case unbalancedBooks = "unbalanced_books"
    case entryWithoutJournal = "entry_without_journal"
    case entryMisplaced = "entry_misplaced"
    case journalWithoutEntries = "journal_without_entries"
    case balanceDiffers = "balance_differs"
    case runningBalanceBroken = "running_balance_broken"
    case journalWithoutEvent = "journal_without_event"
    case eventWithoutJournal = "event_without_journal"
    case journalDiffers = "journal_differs"
    case streamWithGap = "stream_with_gap"
    case illegalTransition = "illegal_transition"
    case amountOutOfBounds = "amount_out_of_bounds"
    case eventUnreadable = "event_unreadable"
    case projectionMissing = "projection_missing"
    case projectionDiffers = "projection_differs"
    case projectionWithoutEvents = "projection_without_events"
    case clearingNotZero = "clearing_not_zero"
    case workPastDeadline = "work_past_deadline"
    case paymentPastDeadline = "payment_past_deadline"
    case commandWithoutReply = "command_without_reply"
    case missingAtNetwork = "missing_at_network"
    case unknownToUs = "unknown_to_us"
    case networkDiffers = "network_differs"
    case sealBroken = "seal_broken"

    /// The break in a sentence.
    public var summary: String {
        switch self {
        case .unbalancedJournal: "a journal's entries do not sum to zero in a currency"
        case .unbalancedBooks: "all entries of a currency do not sum to zero"
        case .entryWithoutJournal: "an entry names a journal that is not there"
        case .entryMisplaced: "an entry's account is missing or another merchant's or currency's"
        case .journalWithoutEntries: "a journal has no entries"
        case .balanceDiffers: "a stored balance is not the sum of its account's entries"
        case .runningBalanceBroken: "an account's numbered entries do not follow each other"
        case .journalWithoutEvent: "a journal books no event that moves money"
        case .eventWithoutJournal: "an event that moves money has no journal"
        case .journalDiffers: "a journal is not what its event says"
        case .streamWithGap: "a stream's versions are not dense from 1"
        case .illegalTransition: "a stream's events cannot follow each other"
        case .amountOutOfBounds: "captured, refunded or returned is more than there was"
        case .eventUnreadable: "an event cannot be read by this version of the product"
        case .projectionMissing: "a row that events call for is not there"
        case .projectionDiffers: "a row is not what its events say"
        case .projectionWithoutEvents: "a row that no event calls for is there"
        case .clearingNotZero: "a clearing account holds more or less than is in flight"
        case .workPastDeadline: "a command has waited for its end past the deadline"
        case .paymentPastDeadline: "a payment's open outcome is past its deadline"
        case .commandWithoutReply: "a finished command has no reply"
        case .missingAtNetwork: "we booked what the network does not know"
        case .unknownToUs: "the network moved money that we did not book"
        case .networkDiffers: "the network moved another amount, currency or trace than we booked"
        case .sealBroken: "a sealed journal is not what was sealed"
        }
    }

    /// The page that says what it means for money and how it is put right.
    public var runbook: String {
        "deploy/runbooks/\(rawValue.replacing("_", with: "-")).md"
    }
}

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
    case suspenseOpen = "suspense_open"
    case negativeBalance = "negative_balance"
    case itemDiffers = "item_differs"
    case settlementDiffers = "settlement_differs"
    case itemPastDeadline = "item_past_deadline"
    case lineWithoutItem = "line_without_item"
    case bankDiffers = "bank_differs"
    case statementBroken = "statement_broken"
    case bankException = "bank_exception"
    case payoutContentsDiffer = "payout_contents_differ"
    case payoutPastDeadline = "payout_past_deadline"
    case clientMoneyUncovered = "client_money_uncovered"
    case workPastDeadline = "work_past_deadline"
    case paymentPastDeadline = "payment_past_deadline"
    case commandWithoutReply = "command_without_reply"
    case deliveryPastDeadline = "delivery_past_deadline"
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
        case .suspenseOpen: "money that was put in suspense has not been explained yet"
        case .negativeBalance: "a payout or an adjustment took more than was available"
        case .itemDiffers: "what is to be settled is not what was captured or given back"
        case .settlementDiffers: "a batch's items, its clearing file and its event do not agree"
        case .itemPastDeadline: "no clearing file has shown what was captured or given back"
        case .lineWithoutItem: "the network settled what we have not booked"
        case .bankDiffers: "the bank moved another amount than we booked or the network cleared"
        case .statementBroken: "the bank's statements do not follow each other or do not add up"
        case .bankException: "the bank told of what fits nothing of ours"
        case .payoutContentsDiffer: "what is inside a payout does not come to its amount"
        case .payoutPastDeadline: "the bank has not answered for a payout past the deadline"
        case .clientMoneyUncovered: "bank and network hold less than is owed to merchants"
        case .workPastDeadline: "a command has waited for its end past the deadline"
        case .paymentPastDeadline: "a payment's open outcome is past its deadline"
        case .commandWithoutReply: "a finished command has no reply"
        case .deliveryPastDeadline:
            "a webhook is due past the deadline and nobody serves its endpoint"
        case .missingAtNetwork: "we booked what the network does not know"
        case .unknownToUs: "the network moved money that we did not book"
        case .networkDiffers: "the network moved another amount, currency or trace than we booked"
        case .sealBroken: "a sealed journal is not what was sealed"
        }
    }

    /// Whether it may only be that something was missed, so that asking again puts it right for certain
    /// or changes nothing.
    public var mayBeMissed: Bool {
        switch self {
        case .deliveryPastDeadline, .bankDiffers, .payoutPastDeadline, .statementBroken: true
        case .unbalancedJournal, .unbalancedBooks, .entryWithoutJournal, .entryMisplaced,
            .journalWithoutEntries, .balanceDiffers, .runningBalanceBroken, .journalWithoutEvent,
            .eventWithoutJournal, .journalDiffers, .streamWithGap, .illegalTransition,
            .amountOutOfBounds, .eventUnreadable, .projectionMissing, .projectionDiffers,
            .projectionWithoutEvents, .clearingNotZero, .suspenseOpen, .negativeBalance,
            .itemDiffers, .settlementDiffers, .itemPastDeadline, .lineWithoutItem, .bankException,
            .payoutContentsDiffer, .clientMoneyUncovered, .workPastDeadline, .paymentPastDeadline,
            .commandWithoutReply, .missingAtNetwork, .unknownToUs, .networkDiffers, .sealBroken:
            false
        }
    }

    /// The page that says what it means for money and how it is put right.
    public var runbook: String {
        "deploy/runbooks/\(rawValue.replacing("_", with: "-")).md"
    }
}

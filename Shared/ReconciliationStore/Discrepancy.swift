public import JSON
public import Ledger
public import Money
public import Payments

/// Where a discrepancy stands.
public enum DiscrepancyStatus: String, Sendable, Hashable, CaseIterable {
    /// Found, and nobody has said yet how it is put right.
    case open
    /// An operator has said how.
    case proposed
    /// Another operator agreed.
    case approved
    /// The entry that they agreed on is in the books.
    case posted
    /// It is put right.
    case closed
}

/// An entry that somebody proposes so that the books say what is true.
public struct ProposedEntry: Sendable, Equatable {
    /// The account that is debited.
    public let debit: AccountCode
    /// The account that is credited.
    public let credit: AccountCode
    /// How much.
    public let amount: Money
    /// Whose account 2011 it touches, where it does.
    public let merchantID: MerchantID?
    /// The adjustment whose money in suspense it explains.
    public let clears: AdjustmentID?

    /// Puts the parts together.
    public init(
        debit: AccountCode,
        credit: AccountCode,
        amount: Money,
        merchantID: MerchantID? = nil,
        clears: AdjustmentID? = nil
    ) {
        self.debit = debit
        self.credit = credit
        self.amount = amount
        self.merchantID = merchantID
        self.clears = clears
    }

    /// As lists have it.
    var document: JSON {
        [
            "debit": .integer(Int64(debit.rawValue)),
            "credit": .integer(Int64(credit.rawValue)),
            "amount_minor_units": .integer(amount.minorUnits),
            "currency": .string(amount.currency.code),
            "merchant": merchantID.map { .string($0.rawValue) } ?? .null,
            "clears": clears.map { .string($0.rawValue) } ?? .null,
        ]
    }
}

/// Something that does not agree, with what people did about it.
public struct Discrepancy: Sendable, Equatable {
    /// Its number.
    public let id: Int64
    /// What was found, in the words of the last run that saw it.
    public let finding: Finding
    /// Where it stands.
    public let status: DiscrepancyStatus
    /// When it was first found.
    public let foundAt: Timestamp
    /// When it was last found.
    public let seenAt: Timestamp
    /// The first run that found it.
    public let firstRun: Int64
    /// The last run that found it.
    public let lastRun: Int64
    /// How it shall be put right, if somebody has said so.
    public let proposal: String?
    /// The entry that puts it right, where it takes one.
    public let entry: ProposedEntry?
    /// Who said so.
    public let proposedBy: String?
    /// Who agreed.
    public let approvedBy: String?
    /// The adjustment that was posted for it.
    public let adjustmentID: AdjustmentID?

    /// Since when it has been known, in whole seconds.
    public func ageSeconds(at now: Timestamp) -> Int64 {
        max(0, now.microseconds(since: foundAt) / 1_000_000)
    }

    /// In a line.
    public func line(at now: Timestamp) -> String {
        var text = "\(id)  \(status.rawValue)  \(finding.kind.rawValue)  \(finding.subject)"
        if let expected = finding.expectedMinorUnits { text += "  expected \(expected)" }
        if let actual = finding.actualMinorUnits { text += "  found \(actual)" }
        if let currency = finding.currencyCode { text += " \(currency)" }
        return text + "  known for \(ageSeconds(at: now)) s"
    }

    /// As lists have it; the schema only ever gains members.
    public func document(at now: Timestamp) -> JSON {
        [
            "id": .integer(id),
            "status": .string(status.rawValue),
            "age_seconds": .integer(ageSeconds(at: now)),
            "found_at_microseconds": .integer(foundAt.microsecondsSinceEpoch),
            "seen_at_microseconds": .integer(seenAt.microsecondsSinceEpoch),
            "first_run": .integer(firstRun),
            "last_run": .integer(lastRun),
            "proposal": proposal.map { .string($0) } ?? .null,
            "proposed_by": proposedBy.map { .string($0) } ?? .null,
            "approved_by": approvedBy.map { .string($0) } ?? .null,
            "entry": entry.map(\.document) ?? .null,
            "adjustment": adjustmentID.map { .string($0.rawValue) } ?? .null,
            "finding": finding.document,
        ]
    }
}

/// One step of a discrepancy's way; steps are never changed.
public struct DiscrepancyStep: Sendable, Equatable {
    /// The status that it led to.
    public let status: String
    /// Who took it.
    public let `operator`: String
    /// Why.
    public let note: String
    /// When.
    public let takenAt: Timestamp
}

/// Why a step cannot be taken; nothing was changed.
public enum DiscrepancyRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no such discrepancy.
    case unknown(Int64)
    /// It does not go from one status to the other.
    case illegalStep(from: DiscrepancyStatus, to: DiscrepancyStatus)
    /// A proposal is approved by somebody else than who made it.
    case sameOperator
    /// An entry is approved; it is posted before it is closed.
    case notPosted
    /// Nothing is to be posted: no entry was proposed.
    case noEntry
    /// The books or the store refuse the entry, in their words.
    case refusedEntry(String)
    /// No full run has ended since it was last found, or the last one found it again.
    case stillThere

    /// The refusal in words.
    public var description: String {
        switch self {
        case .unknown(let id): "there is no discrepancy \(id)"
        case .illegalStep(let from, let to):
            "a discrepancy that is \(from.rawValue) does not become \(to.rawValue)"
        case .sameOperator: "a proposal is approved by another operator than the one who made it"
        case .notPosted: "its entry is approved and not posted yet; post it, or withdraw it"
        case .noEntry: "no entry was proposed for it; what was agreed on is done elsewhere"
        case .refusedEntry(let reason): reason
        case .stillThere: "no full run has shown that it is gone; run with --full first"
        }
    }
}

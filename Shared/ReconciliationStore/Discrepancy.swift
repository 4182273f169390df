public import JSON
public import Money

/// Where a discrepancy stands.
public enum DiscrepancyStatus: String, Sendable, Hashable, CaseIterable {
    /// Found, and nobody has said yet how it is put right.
    case open
    /// An operator has said how.
    case proposed
    /// Another operator agreed.
    case approved
    /// It is put right.
    case closed
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
    /// Who said so.
    public let proposedBy: String?
    /// Who agreed.
    public let approvedBy: String?

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
    /// No full run has ended since it was last found, or the last one found it again.
    case stillThere

    /// The refusal in words.
    public var description: String {
        switch self {
        case .unknown(let id): "there is no discrepancy \(id)"
        case .illegalStep(let from, let to):
            "a discrepancy that is \(from.rawValue) does not become \(to.rawValue)"
        case .sameOperator: "a proposal is approved by another operator than the one who made it"
        case .stillThere: "no full run has shown that it is gone; run with --full first"
        }
    }
}

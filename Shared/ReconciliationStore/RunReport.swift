public import JSON
public import Money

/// What a run looked at and what it found.
public struct RunReport: Sendable, Equatable {
    /// How much of the store a run looked at.
    public enum Extent: String, Sendable {
        /// All of it.
        case full
        /// The part that was asked for.
        case part
        /// What came since the last run.
        case incremental
    }

    /// One family of checks.
    public struct Check: Sendable, Equatable {
        /// Which.
        public let name: CheckName
        /// How many rows it looked at.
        public let rows: Int
        /// How long it took.
        public let milliseconds: Int64
        /// What it found, up to the limit.
        public let findings: [Finding]
        /// Whether there was more than the limit.
        public let isTruncated: Bool
    }

    /// The run's number; nil before it is recorded.
    public internal(set) var runID: Int64?
    /// How much of the store.
    public let extent: Extent
    /// Which part.
    public let scope: CheckScope
    /// When it began; the snapshot is of this moment.
    public let startedAt: Timestamp
    /// When the last check ended.
    public let finishedAt: Timestamp
    /// The checks, in order.
    public let checks: [Check]
    /// How many discrepancies are new.
    public internal(set) var opened = 0
    /// For how many of them something is asked for again.
    public internal(set) var askedAgain = 0

    init(
        extent: Extent,
        scope: CheckScope,
        startedAt: Timestamp,
        finishedAt: Timestamp,
        checks: [Check]
    ) {
        self.extent = extent
        self.scope = scope
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.checks = checks
    }

    /// Everything that was found.
    public var findings: [Finding] { checks.flatMap(\.findings) }
    /// How many rows were looked at.
    public var rowsChecked: Int { checks.reduce(0) { $0 + $1.rows } }
    /// Whether there was more than is listed.
    public var isTruncated: Bool { checks.contains(where: \.isTruncated) }
    /// Whether nothing was found.
    public var isClean: Bool { checks.allSatisfy { $0.findings.isEmpty && !$0.isTruncated } }
}

extension RunReport {
    /// The report as it is written to a file; the schema only ever gains members.
    public var document: JSON {
        [
            "schema": 1,
            "run": runID.map { .integer($0) } ?? .null,
            "result": .string(isClean ? "clean" : "discrepancies"),
            "extent": .string(extent.rawValue),
            "scope": scope.document,
            "started_at_microseconds": .integer(startedAt.microsecondsSinceEpoch),
            "finished_at_microseconds": .integer(finishedAt.microsecondsSinceEpoch),
            "rows_checked": .integer(Int64(rowsChecked)),
            "found": .integer(Int64(findings.count)),
            "opened": .integer(Int64(opened)),
            "asked_again": .integer(Int64(askedAgain)),
            "is_truncated": .bool(isTruncated),
            "checks": .array(
                checks.map { check in
                    [
                        "name": .string(check.name.rawValue),
                        "rows": .integer(Int64(check.rows)),
                        "milliseconds": .integer(check.milliseconds),
                        "found": .integer(Int64(check.findings.count)),
                        "is_truncated": .bool(check.isTruncated),
                    ]
                }
            ),
            "discrepancies": .array(findings.map(\.document)),
        ]
    }
}

extension CheckScope {
    /// As reports and rows of runs have it.
    public var document: JSON {
        [
            "from_microseconds": from.map { .integer($0.microsecondsSinceEpoch) } ?? .null,
            "to_microseconds": before.map { .integer($0.microsecondsSinceEpoch) } ?? .null,
            "merchant": merchantID.map { .string($0) } ?? .null,
            "currency": currencyCode.map { .string($0) } ?? .null,
            "kinds": .array(checks.map(\.rawValue).sorted().map { .string($0) }),
        ]
    }
}

extension Finding {
    /// As reports have it.
    public var document: JSON {
        [
            "class": .string(kind.rawValue),
            "subject": .string(subject),
            "merchant": merchantID.map { .string($0) } ?? .null,
            "currency": currencyCode.map { .string($0) } ?? .null,
            "expected_minor_units": expectedMinorUnits.map { .integer($0) } ?? .null,
            "actual_minor_units": actualMinorUnits.map { .integer($0) } ?? .null,
            "left": leftID.map { .string($0) } ?? .null,
            "right": rightID.map { .string($0) } ?? .null,
            "occurred_at_microseconds": occurredAt.map { .integer($0.microsecondsSinceEpoch) }
                ?? .null,
            "detail": .string(detail),
            "runbook": .string(kind.runbook),
        ]
    }
}

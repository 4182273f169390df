import JSON
import Money
import Payments
import Postgres

/// Our books against the network's own record, reference by reference.
///
/// The network's record is read after the snapshot was taken, so it has everything that we booked; what
/// it has beyond that may be on its way to us, and has until the deadline to arrive.
enum NetworkCheck {
    private static let pagePayments = 2_000

    /// What we believe that a reference moved.
    private struct Ours {
        let merchant: String
        let payment: String
        var capturedMinorUnits: Int64 = 0
        var refundedMinorUnits: Int64 = 0
        var mayBeHeld = false
        /// Whether the network still owes an answer, so that both sides may rightly differ.
        var isOpen = false
        let currencyCode: String
        let traceNumber: Int32
    }

    static func run(_ record: NetworkRecord, _ context: CheckContext) async throws -> CheckOutcome {
        var outcome = CheckOutcome()
        var seen: Set<String> = []
        var last = (merchant: "", id: "")
        while true {
            let rows = try await context.executor.query(page(after: last, context))
            var found: [Finding] = []
            for row in rows {
                let (merchant, id, document) = try row.decode((String, String, [UInt8]).self)
                last = (merchant, id)
                let payment = try Payment(document: try JSON(parsing: document))
                for (reference, ours) in facts(payment) {
                    outcome.rows += 1
                    seen.insert(reference)
                    found += compare(reference, ours, record.positions[reference], context)
                }
            }
            outcome.add(found, limit: context.limit)
            await context.progress(
                RunProgress(check: .network, activity: "references", rows: outcome.rows)
            )
            if rows.count < pagePayments { break }
        }
        guard context.scope.isWholeStore else { return outcome }
        outcome.rows += record.positions.count
        outcome.add(try await unknown(record, seen, context), limit: context.limit)
        return outcome
    }

    private static func page(
        after last: (merchant: String, id: String),
        _ context: CheckContext
    ) -> Query {
        let scope = context.scope
        return """
            SELECT merchant_id, id, document FROM payment
            WHERE (merchant_id, id) > (\(last.merchant)::text, \(last.id)::text)
                AND (\(scope.merchantID ?? "") = '' OR merchant_id = \(scope.merchantID ?? ""))
                AND (\(scope.currencyCode ?? "") = '' OR currency = \(scope.currencyCode ?? ""))
                AND created_at >= \(scope.fromBound) AND created_at < \(scope.beforeBound)
            ORDER BY merchant_id, id
            LIMIT \(Int64(pagePayments))
            """
    }

    private static func facts(_ payment: Payment) -> [(reference: String, ours: Ours)] {
        let attempts = payment.attempts.map { attempt in
            (
                attempt.start.reference.rawValue,
                Ours(
                    merchant: payment.merchantID.rawValue,
                    payment: payment.id.rawValue,
                    capturedMinorUnits: attempt.capturedMinorUnits,
                    mayBeHeld: attempt.isCapturable,
                    isOpen: attempt.isInFlight,
                    currencyCode: attempt.amount.currency.code,
                    traceNumber: (attempt.captureRequest?.command ?? attempt.start.reference)
                        .traceNumber
                )
            )
        }
        let refunds = payment.refunds.compactMap { refund in
            refund.command.map { command in
                (
                    command.rawValue,
                    Ours(
                        merchant: payment.merchantID.rawValue,
                        payment: payment.id.rawValue,
                        // One that came back was taken all the same, under this reference.
                        refundedMinorUnits: refund.status == .succeeded || refund.returned != nil
                            ? refund.amount.minorUnits : 0,
                        isOpen: refund.status == .pending,
                        currencyCode: refund.amount.currency.code,
                        traceNumber: command.traceNumber
                    )
                )
            }
        }
        return attempts + refunds + movements(payment)
    }

    /// What the network moved by notices of its own, each under the notice's reference.
    private static func movements(_ payment: Payment) -> [(reference: String, ours: Ours)] {
        func ours(_ movement: NetworkMovement, given: Money?, taken: Money?) -> (String, Ours) {
            (
                movement.reference.rawValue,
                Ours(
                    merchant: payment.merchantID.rawValue,
                    payment: payment.id.rawValue,
                    capturedMinorUnits: given?.minorUnits ?? 0,
                    refundedMinorUnits: taken?.minorUnits ?? 0,
                    currencyCode: payment.amount.currency.code,
                    traceNumber: movement.traceNumber
                )
            )
        }
        let disputes = payment.disputes.flatMap { dispute in
            [
                dispute.withdrawal?.movement.map { ours($0, given: nil, taken: dispute.amount) },
                dispute.returning.map { ours($0, given: dispute.amount, taken: nil) },
            ].compactMap(\.self)
        }
        let returned = payment.refunds.compactMap { refund in
            refund.returned.map { ours($0, given: refund.amount, taken: nil) }
        }
        return disputes + returned
    }

    private static func compare(
        _ reference: String,
        _ ours: Ours,
        _ found: NetworkRecord.Position?,
        _ context: CheckContext
    ) -> [Finding] {
        guard !ours.isOpen, !isRecent(found, context) else { return [] }
        let theirs = found ?? NetworkRecord.Position()
        let booked = ours.capturedMinorUnits - ours.refundedMinorUnits
        let moved = theirs.capturedMinorUnits - theirs.refundedMinorUnits
        let isHeldForNothing = theirs.heldMinorUnits != 0 && !ours.mayBeHeld
        if booked == moved, !isHeldForNothing {
            guard booked != 0,
                theirs.currencyCode.lowercased() != ours.currencyCode
                    || theirs.traceNumber != Int64(ours.traceNumber)
            else { return [] }
            return [
                finding(
                    .networkDiffers,
                    reference,
                    ours,
                    booked,
                    moved,
                    "currency \(theirs.currencyCode), trace \(theirs.traceNumber); booked were "
                        + "\(ours.currencyCode), \(ours.traceNumber)"
                )
            ]
        }
        let kind: DiscrepancyClass =
            booked == 0 ? .unknownToUs : moved == 0 ? .missingAtNetwork : .networkDiffers
        return [
            finding(
                kind,
                reference,
                ours,
                booked,
                moved,
                "captured \(theirs.capturedMinorUnits), refunded \(theirs.refundedMinorUnits), "
                    + "held \(theirs.heldMinorUnits) at the network"
            )
        ]
    }

    private static func finding(
        _ kind: DiscrepancyClass,
        _ reference: String,
        _ ours: Ours,
        _ booked: Int64,
        _ moved: Int64,
        _ detail: String
    ) -> Finding {
        Finding(
            kind,
            "reference \(reference)",
            merchantID: ours.merchant,
            currencyCode: ours.currencyCode,
            expectedMinorUnits: booked,
            actualMinorUnits: moved,
            leftID: ours.payment,
            rightID: reference,
            detail: detail
        )
    }

    /// References under which money moved and that no payment of ours has.
    ///
    /// A command that is still being worked on may have sent what is not booked yet.
    private static func unknown(
        _ record: NetworkRecord,
        _ seen: Set<String>,
        _ context: CheckContext
    ) async throws -> [Finding] {
        let strangers = record.positions.filter { reference, position in
            !seen.contains(reference) && !isRecent(position, context)
                && (position.capturedMinorUnits != 0 || position.refundedMinorUnits != 0
                    || position.heldMinorUnits != 0)
        }
        guard !strangers.isEmpty else { return [] }
        let numbers = strangers.keys.compactMap { NetworkReference(rawValue: $0)?.commandID }
        let rows = try await context.executor.query(
            "SELECT command_id FROM work WHERE command_id = ANY (\(numbers)::bigint[])"
        )
        let working = Set(
            try rows.map {
                NetworkReference(commandID: try $0.decode(Int64.self, at: 0)).rawValue
            }
        )
        return strangers.filter { !working.contains($0.key) }.sorted { $0.key < $1.key }
            .map { reference, position in
                Finding(
                    .unknownToUs,
                    "reference \(reference)",
                    currencyCode: position.currencyCode.lowercased(),
                    expectedMinorUnits: 0,
                    actualMinorUnits: position.capturedMinorUnits - position.refundedMinorUnits,
                    rightID: reference,
                    occurredAt: Timestamp(
                        microsecondsSinceEpoch: position.recordedAtMicroseconds
                    ),
                    detail: "captured \(position.capturedMinorUnits), refunded "
                        + "\(position.refundedMinorUnits), held \(position.heldMinorUnits)"
                )
            }
    }

    private static func isRecent(
        _ position: NetworkRecord.Position?,
        _ context: CheckContext
    ) -> Bool {
        guard let position else { return false }
        let bound = context.now.adding(seconds: -context.deadlines.networkSeconds)
        return position.recordedAtMicroseconds > bound.microsecondsSinceEpoch
    }
}

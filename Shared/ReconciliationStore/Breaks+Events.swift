import Money
import Payments
import Postgres

/// Breaks of events and of the rows that the API reads.
extension ScratchIndex {
    func eventBreaks(using numbers: inout SplitMix) -> [Break] {
        let captured = payments.filter { $0.capturedAttempt != nil }
        var breaks: [Break] = []
        for payment in places(captured, using: &numbers) {
            breaks += lostEvents(payment) + changedCapture(payment)
        }
        for payment in places(captured, using: &numbers, where: { !$0.returned.isEmpty }) {
            breaks += changedRefund(payment)
        }
        return breaks
    }

    private func lostEvents(_ payment: Payment) -> [Break] {
        let stream = payment.id.rawValue
        let gaps = [Int32(1), 2].map { version in
            Break(
                "event \(version) of a captured payment is lost",
                ["DELETE FROM event WHERE stream = \(stream) AND version = \(version)"],
                symptoms: [Symptom(.streamWithGap, stream)]
            )
        }
        let unknown = Break(
            "an event is of a type that nobody knows",
            [
                "UPDATE event SET type = 'payment_teleported' WHERE stream = \(stream) AND version = 2"
            ],
            symptoms: [Symptom(.eventUnreadable, stream)]
        )
        guard let capture = payment.capturedAttempt?.capture,
            capture.eventVersion == payment.version
        else { return gaps + [unknown] }
        let journal = JournalID(paymentID: payment.id, version: capture.eventVersion)
        let last = Break(
            "the newest event of a payment, its capture, is lost",
            ["DELETE FROM event WHERE stream = \(stream) AND version = \(payment.version)"],
            symptoms: [
                Symptom(.journalWithoutEvent, journal.rawValue),
                Symptom(.projectionDiffers, "payment \(stream)"),
                item(of: payment),
            ]
        )
        return gaps + [unknown, last]
    }

    /// What is to be settled was taken from the event as it was.
    private func item(of payment: Payment) -> Symptom {
        let charge = payment.capturedAttempt?.start.chargeID.rawValue ?? ""
        return Symptom(.itemDiffers, "item \(charge)")
    }

    private func changedCapture(_ payment: Payment) -> [Break] {
        guard let capture = payment.capturedAttempt?.capture else { return [] }
        let stream = payment.id.rawValue
        let version = capture.eventVersion
        let journal = JournalID(paymentID: payment.id, version: version)
        let amount = Break(
            "a captured event says one minor unit more than was asked for",
            [
                """
                UPDATE event SET data = jsonb_set(data::jsonb, '{amount,minor_units}',
                    to_jsonb((data::jsonb #>> '{amount,minor_units}')::bigint + 1))::text
                WHERE stream = \(stream) AND version = \(version)
                """
            ],
            symptoms: [Symptom(.illegalTransition, stream), item(of: payment)]
        )
        let excess = Break(
            "a captured event says a fee above its amount",
            [
                """
                UPDATE event SET data = jsonb_set(data::jsonb, '{fee,minor_units}',
                    to_jsonb((data::jsonb #>> '{amount,minor_units}')::bigint + 1))::text
                WHERE stream = \(stream) AND version = \(version)
                """
            ],
            symptoms: [Symptom(.amountOutOfBounds, stream)]
        )
        let fee = Break(
            "a captured event says a fee that is one minor unit higher",
            [
                """
                UPDATE event SET data = jsonb_set(data::jsonb, '{fee,minor_units}',
                    to_jsonb((data::jsonb #>> '{fee,minor_units}')::bigint + 1))::text
                WHERE stream = \(stream) AND version = \(version)
                """
            ],
            symptoms: [
                Symptom(.journalDiffers, journal.rawValue),
                Symptom(.projectionDiffers, "payment \(stream)"),
            ]
        )
        return capture.fee.minorUnits < capture.amount.minorUnits
            ? [amount, excess, fee] : [amount, excess]
    }

    private func changedRefund(_ payment: Payment) -> [Break] {
        guard let refund = payment.returned.last else { return [] }
        let stream = payment.id.rawValue
        return [
            Break(
                "a refund is more than what was captured",
                [
                    """
                    UPDATE event SET data = jsonb_set(data::jsonb, '{amount,minor_units}',
                        to_jsonb(99999999999::bigint))::text
                    WHERE stream = \(stream) AND version = \(refund.requestedVersion)
                    """
                ],
                symptoms: [Symptom(.amountOutOfBounds, stream)]
            ),
            Break(
                "a refund gives back more of the fee than there was",
                [
                    """
                    UPDATE event SET data = jsonb_set(data::jsonb, '{fee_returned,minor_units}',
                        to_jsonb(99999999999::bigint))::text
                    WHERE stream = \(stream) AND version = \(refund.requestedVersion)
                    """
                ],
                symptoms: [Symptom(.amountOutOfBounds, stream)]
            ),
        ]
    }

    func projectionBreaks(using numbers: inout SplitMix) -> [Break] {
        var breaks: [Break] = []
        for payment in places(payments, using: &numbers) { breaks += rows(of: payment) }
        if let refund = places(payments.flatMap(\.refunds), using: &numbers).first {
            breaks.append(
                Break(
                    "a refund's row is lost",
                    ["DELETE FROM refund WHERE id = \(refund.id.rawValue)"],
                    symptoms: [Symptom(.projectionMissing, "refund \(refund.id)")]
                )
            )
        }
        return breaks
    }

    private func rows(of payment: Payment) -> [Break] {
        let id = payment.id.rawValue
        let merchant = payment.merchantID.rawValue
        let differs = [Symptom(.projectionDiffers, "payment \(id)")]
        var breaks = [
            Break(
                "a payment's document is another",
                [
                    "UPDATE payment SET document = replace(document, 'visa', 'vise') WHERE id = \(id)"
                ],
                symptoms: differs
            ),
            Break(
                "a payment's row says that more was captured",
                [
                    "ALTER TABLE payment DROP CONSTRAINT payment_captured_within_authorized",
                    "UPDATE payment SET captured_minor = captured_minor + 1 WHERE id = \(id)",
                ],
                symptoms: differs
            ),
            Break(
                "a payment's row is of an older version",
                ["UPDATE payment SET version = version - 1 WHERE id = \(id)"],
                symptoms: differs
            ),
            Break(
                "a payment's row is lost",
                ["DELETE FROM payment WHERE id = \(id)"],
                // What the network moved for it is then nobody's.
                symptoms: [Symptom(.projectionMissing, "payment \(id)")]
                    + payment.movedReferences.map { Symptom(.unknownToUs, "reference \($0)") }
            ),
            Break(
                "a charge that no event calls for",
                [
                    """
                    INSERT INTO charge (merchant_id, id, payment_id, created_at)
                    VALUES (\(merchant), 'ch_invented', \(id), now())
                    """
                ],
                symptoms: [Symptom(.projectionWithoutEvents, "charge ch_invented")]
            ),
            Break(
                "a refund of a payment that is not there",
                [
                    """
                    INSERT INTO refund (merchant_id, id, payment_id, charge_id, created_at)
                    VALUES (\(merchant), 're_invented', 'pi_invented', 'ch_invented', now())
                    """
                ],
                symptoms: [Symptom(.projectionWithoutEvents, "refund re_invented")]
            ),
        ]
        if let charge = payment.attempts.first?.id.rawValue {
            breaks.append(
                Break(
                    "a charge's row is lost, and another is there instead",
                    [
                        "DELETE FROM charge WHERE id = \(charge)",
                        """
                        INSERT INTO charge (merchant_id, id, payment_id, created_at)
                        VALUES (\(merchant), 'ch_invented', \(id), now())
                        """,
                    ],
                    symptoms: [
                        Symptom(.projectionMissing, "charge \(charge)"),
                        Symptom(.projectionWithoutEvents, "charge ch_invented"),
                    ]
                )
            )
        }
        if let method = payment.attempts.first?.start.paymentMethod.id.rawValue {
            breaks.append(
                Break(
                    "a payment method's row is lost",
                    ["DELETE FROM payment_method WHERE id = \(method)"],
                    symptoms: [Symptom(.projectionMissing, "payment_method \(method)")]
                )
            )
        }
        breaks.append(
            Break(
                "a merchant's row is another",
                ["UPDATE merchant SET livemode = NOT livemode WHERE merchant_id = \(merchant)"],
                symptoms: [Symptom(.projectionDiffers, "merchant \(merchant)")]
            )
        )
        return breaks
    }
}

extension Payment {
    /// The references under which the network took, holds or gave back money.
    fileprivate var movedReferences: [String] {
        attempts.filter { $0.capture != nil || $0.isCapturable }.map(\.start.reference.rawValue)
            + returned.compactMap { $0.command?.rawValue }
    }

    /// Refunds of captured money that the network took.
    fileprivate var returned: [Refund] {
        refunds.filter { $0.purpose == .returnCaptured && $0.status == .succeeded }
    }
}

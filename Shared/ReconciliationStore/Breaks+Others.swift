import JSON
import Payments
import Postgres

/// Breaks of what waits, of the network's record, and of seals.
extension ScratchIndex {
    func waitingBreaks(using numbers: inout SplitMix) -> [Break] {
        var breaks: [Break] = []
        for command in places(commands, using: &numbers) {
            breaks.append(
                Break(
                    "a command has no reply",
                    ["DELETE FROM reply WHERE command_id = \(command)"],
                    symptoms: [Symptom(.commandWithoutReply, "command \(command)")]
                )
            )
            breaks.append(
                Break(
                    "a command waits for hours",
                    [
                        """
                        INSERT INTO work (command_id, merchant_id, target, submitter)
                        SELECT id, merchant_id, target, 'gateway' FROM command WHERE id = \(command)
                        """
                    ],
                    symptoms: [Symptom(.workPastDeadline, "command \(command)")]
                )
            )
        }
        for payment in places(payments, using: &numbers) {
            breaks.append(
                Break(
                    "a payment's outcome is open for days",
                    [
                        """
                        UPDATE payment SET unresolved_since = created_at - interval '3 days'
                        WHERE id = \(payment.id.rawValue)
                        """
                    ],
                    symptoms: [
                        Symptom(.paymentPastDeadline, payment.id.rawValue),
                        Symptom(.projectionDiffers, "payment \(payment.id)"),
                    ]
                )
            )
        }
        return breaks + deliveryBreaks(using: &numbers)
    }

    func networkBreaks(using numbers: inout SplitMix) -> [Break] {
        let captured = payments.filter { $0.capturedAttempt != nil }
        let voided = payments.filter { $0.state == .canceled && !$0.attempts.isEmpty }
        let refunds = payments.flatMap(\.refunds).filter { $0.command != nil }
        var breaks: [Break] = []
        for payment in places(captured, using: &numbers) {
            guard let attempt = payment.capturedAttempt else { continue }
            breaks += captureBreaks(attempt.start.reference.rawValue)
        }
        for payment in places(voided, using: &numbers) {
            guard let reference = payment.attempts.last?.start.reference.rawValue else { continue }
            breaks.append(
                network("the network never heard of a void", reference, "reversed", .unknownToUs) {
                    _ in nil
                }
            )
        }
        for refund in places(refunds, using: &numbers, where: { $0.status == .succeeded }) {
            breaks.append(
                network(
                    "the network never gave a refund back",
                    refund,
                    "refunded",
                    .missingAtNetwork
                ) {
                    _ in nil
                }
            )
        }
        for refund in places(refunds, using: &numbers, where: { $0.status == .failed }) {
            breaks.append(
                network(
                    "the network gave a failed refund back",
                    refund,
                    "refund_refused",
                    .unknownToUs
                ) {
                    $0.with("kind", "refunded")
                }
            )
        }
        return breaks
    }

    private func captureBreaks(_ reference: String) -> [Break] {
        [
            network("the network never took a capture", reference, "captured", .missingAtNetwork) {
                _ in nil
            },
            network("the network took another amount", reference, "captured", .networkDiffers) {
                $0.with("amount_minor_units", .integer(1))
            },
            network("the network took another currency", reference, "captured", .networkDiffers) {
                $0.with("currency", "978")
            },
            network("the network has another trace", reference, "captured", .networkDiffers) {
                $0.with("trace_number", .integer(1_000_001))
            },
            Break(
                "the network took money under a reference that we never gave",
                [],
                network: { facts in
                    let copy = facts.first { $0["kind"] == "captured" } ?? .null
                    return Self.numbered(facts + [copy.with("reference", "ZZZZZZZZZZZZ")])
                },
                symptoms: [Symptom(.unknownToUs, "reference ZZZZZZZZZZZZ")]
            ),
        ]
    }

    private func network(
        _ name: String,
        _ refund: Refund,
        _ kind: String,
        _ symptom: DiscrepancyClass,
        _ change: @escaping @Sendable (JSON) -> JSON?
    ) -> Break {
        network(name, refund.command?.rawValue ?? "", kind, symptom, change)
    }

    /// One fact of a reference is another, or gone.
    private func network(
        _ name: String,
        _ reference: String,
        _ kind: String,
        _ symptom: DiscrepancyClass,
        _ change: @escaping @Sendable (JSON) -> JSON?
    ) -> Break {
        Break(
            name,
            [],
            network: { facts in
                let changed = facts.compactMap { fact in
                    fact["reference"] == .string(reference) && fact["kind"] == .string(kind)
                        ? change(fact) : fact
                }
                return Self.numbered(changed)
            },
            symptoms: [Symptom(symptom, "reference \(reference)")]
        )
    }

    private static func numbered(_ facts: [JSON]) -> [JSON] {
        facts.enumerated().map { $1.with("sequence", .integer(Int64($0 + 1))) }
    }

    func sealBreaks(using numbers: inout SplitMix) -> [Break] {
        places(seals, using: &numbers).flatMap { seal in
            let itself = Symptom(.sealBroken, "seal \(seal)")
            let next = seals.contains(seal + 1) ? [Symptom(.sealBroken, "seal \(seal + 1)")] : []
            return [
                Break(
                    "a seal has another root",
                    [
                        """
                        UPDATE seal SET root = set_byte(root, 0, 255 - get_byte(root, 0))
                        WHERE id = \(seal)
                        """
                    ],
                    symptoms: [itself]
                ),
                Break(
                    "a seal's link to the one before it is another",
                    [
                        """
                        UPDATE seal
                        SET previous_chain = set_byte(previous_chain, 9, 255 - get_byte(previous_chain, 9))
                        WHERE id = \(seal)
                        """
                    ],
                    symptoms: [itself]
                ),
                Break(
                    "a seal's own link is another",
                    [
                        """
                        UPDATE seal SET chain = set_byte(chain, 31, 255 - get_byte(chain, 31))
                        WHERE id = \(seal)
                        """
                    ],
                    symptoms: [itself] + next
                ),
            ]
        }
    }
}

extension JSON {
    /// The object with another value of a key that it has.
    fileprivate func with(_ key: String, _ value: JSON) -> JSON {
        guard case .object(let members) = self else { return self }
        return .object(members.map { $0.key == key ? Member(key: key, value: value) : $0 })
    }
}

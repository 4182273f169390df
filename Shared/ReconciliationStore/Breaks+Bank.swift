import Postgres

/// Breaks of what the bank says.
extension ScratchIndex {
    func bankBreaks(using numbers: inout SplitMix) -> [Break] {
        places(banked.movements, using: &numbers).flatMap { movementBreaks($0) }
            + places(banked.movements, using: &numbers, where: { $0.statement == 2 })
            .flatMap { payoutBreaks($0) }
            + banked.unanswered.prefix(1).map { unansweredBreak($0) } + wholeBreaks()
    }

    private func movementBreaks(_ movement: ScratchBank.Index.Movement) -> [Break] {
        let both = [
            Symptom(.bankDiffers, movement.subject),
            Symptom(.statementBroken, "statement \(movement.statement)"),
        ]
        return [
            Break(
                "the bank moved another amount",
                [
                    """
                    UPDATE bank_entry SET amount_minor = amount_minor + 1
                    WHERE end_to_end_id = \(movement.endToEndID)
                    """
                ],
                symptoms: both
            ),
            Break(
                "the bank moved the money twice",
                [
                    """
                    INSERT INTO bank_entry (
                        account_number, currency, reference, amount_minor, booked_on, end_to_end_id,
                        message_name, statement_number, applied_at)
                    SELECT account_number, currency, 'again', amount_minor, booked_on, end_to_end_id,
                        message_name, statement_number, applied_at
                    FROM bank_entry WHERE end_to_end_id = \(movement.endToEndID)
                    """
                ],
                symptoms: both
            ),
            Break(
                "a statement closes with another balance",
                [
                    """
                    UPDATE bank_statement SET closing_minor = closing_minor + 1
                    WHERE currency = \(movement.currencyCode)::char(3)
                        AND number = \(movement.statement)
                    """
                ],
                symptoms: (movement.statement...2).map {
                    Symptom(.statementBroken, "statement \($0)")
                }
            ),
            Break(
                "a statement is missing",
                [
                    """
                    DELETE FROM bank_statement
                    WHERE currency = \(movement.currencyCode)::char(3) AND number = 1
                    """
                ],
                symptoms: [Symptom(.statementBroken, "statement 2")]
            ),
        ]
    }

    private func payoutBreaks(_ movement: ScratchBank.Index.Movement) -> [Break] {
        [
            Break(
                "a booking of the bank is gone",
                ["DELETE FROM bank_entry WHERE end_to_end_id = \(movement.endToEndID)"],
                symptoms: [
                    Symptom(.bankDiffers, movement.subject),
                    Symptom(.statementBroken, "statement 2"),
                ]
            ),
            Break(
                "a payout took more than there was",
                [
                    """
                    UPDATE entry SET balance_after_minor = 1
                    WHERE account_version IS NOT NULL
                        AND journal_id = (SELECT id FROM journal
                            WHERE stream = \(movement.subject) AND version = 1)
                    """
                ],
                symptoms: [
                    Symptom(.negativeBalance, movement.subject),
                    Symptom(
                        .runningBalanceBroken,
                        "account \(banked.accounts[movement.subject] ?? 0)"
                    ),
                ]
            ),
            Break(
                "what is inside a payout does not come to it",
                [
                    """
                    UPDATE payout_item SET amount_minor = amount_minor + 1
                    WHERE payout_id = \(movement.subject) AND account_version = (
                        SELECT min(account_version) FROM payout_item
                        WHERE payout_id = \(movement.subject))
                    """
                ],
                symptoms: [Symptom(.payoutContentsDiffer, movement.subject)]
            ),
        ]
    }

    private func unansweredBreak(_ payout: String) -> Break {
        Break(
            "the bank has said nothing of a payout for a year",
            [
                """
                UPDATE merchant_clock
                SET offset_microseconds = offset_microseconds + \(400 * 86_400 * Int64(1_000_000))
                WHERE merchant_id = (SELECT merchant_id FROM payout WHERE id = \(payout))
                """
            ],
            symptoms: [Symptom(.payoutPastDeadline, payout)]
        )
    }

    private func wholeBreaks() -> [Break] {
        [
            Break(
                "the bank told of what fits nothing",
                [
                    """
                    INSERT INTO bank_exception (message_name, subject, reason, currency, amount_minor)
                    VALUES ('S9', 'B9', 'money that we know nothing about', 'inr', 700)
                    """
                ],
                symptoms: [Symptom(.bankException, "S9 B9")]
            ),
            Break(
                "the network paid for a file that nobody had",
                [
                    """
                    INSERT INTO bank_message (name, received_at, content)
                    VALUES ('S8', '2020-01-01', 'a file')
                    """,
                    """
                    INSERT INTO bank_entry (
                        account_number, currency, reference, amount_minor, booked_on, end_to_end_id,
                        message_name, applied_at)
                    VALUES ('1', 'inr', 'B8', 700, '2020-01-01', 'CLRINR', 'S8', now())
                    """,
                ],
                symptoms: [Symptom(.bankDiffers, "entry B8")]
            ),
        ] + uncoveredBreak()
    }

    private func uncoveredBreak() -> [Break] {
        guard let owed = accounts.first(where: { $0.code == 1_100 }) else { return [] }
        return [
            Break(
                "what the network owes is gone",
                [
                    """
                    UPDATE account_checkpoint SET balance_minor = balance_minor - 1000000000000
                    WHERE account_id = \(owed.id)
                    """
                ],
                symptoms: [
                    Symptom(.balanceDiffers, "account \(owed.id)"),
                    Symptom(.clientMoneyUncovered, "client money"),
                ]
            )
        ]
    }
}

import Postgres

/// Breaks of stored balances, running balances and checkpoints.
extension ScratchIndex {
    func balanceBreaks(using numbers: inout SplitMix) -> [Break] {
        var breaks: [Break] = []
        for account in places(accounts, using: &numbers, where: \.isStrict) {
            for delta: Int64 in [1, -1, 9_000_000_000_000] {
                breaks.append(
                    strict(
                        account,
                        "balance differs by \(delta)",
                        """
                        UPDATE account_balance SET balance_minor = balance_minor + \(delta)
                        WHERE account_id = \(account.id)
                        """
                    )
                )
            }
            breaks.append(
                strict(
                    account,
                    "version is one too high",
                    "UPDATE account_balance SET version = version + 1 WHERE account_id = \(account.id)"
                )
            )
            breaks.append(
                strict(
                    account,
                    "balance is lost",
                    "DELETE FROM account_balance WHERE account_id = \(account.id)"
                )
            )
        }
        for journal in places(
            journals,
            using: &numbers,
            where: { $0.legs.contains(where: \.isStrict) }
        ) {
            for leg in journal.legs where leg.isStrict { breaks.append(running(journal, leg)) }
        }
        for account in accounts where !account.isStrict { breaks += checkpoints(account) }
        return breaks
    }

    private func strict(_ account: Account, _ what: String, _ step: Query) -> Break {
        Break(
            "account \(account.code): the \(what)",
            [step],
            symptoms: [Symptom(.balanceDiffers, "account \(account.id)")]
        )
    }

    private func running(_ journal: Journal, _ leg: Leg) -> Break {
        Break(
            "account \(leg.code): the balance after leg \(leg.number) of \(journal.kind) is another",
            [
                """
                UPDATE entry SET balance_after_minor = balance_after_minor + 1
                WHERE journal_id = \(journal.id) AND leg = \(leg.number)
                """
            ],
            symptoms: [Symptom(.runningBalanceBroken, leg.account)]
        )
    }

    private func checkpoints(_ account: Account) -> [Break] {
        let differs = Symptom(.balanceDiffers, "account \(account.id)")
        let clearing =
            [2_110, 2_120, 2_130].contains(account.code)
            ? [Symptom(.clearingNotZero, "\(account.code)")] : []
        return [
            Break(
                "account \(account.code): the checkpoint differs by 1",
                [
                    """
                    UPDATE account_checkpoint SET balance_minor = balance_minor + 1
                    WHERE account_id = \(account.id)
                    """
                ],
                symptoms: [differs] + clearing
            ),
            Break(
                "account \(account.code): the checkpoint counts an entry too many",
                [
                    """
                    UPDATE account_checkpoint SET entries = entries + 1
                    WHERE account_id = \(account.id)
                    """
                ],
                symptoms: [differs]
            ),
        ]
    }
}

import Postgres

/// Breaks of entries, journals and balances.
extension ScratchIndex {
    /// Amounts that matter: the smallest, a whole one, one that no payment has.
    private static let deltas: [Int64] = [1, -1, 100_000, -7_000_000_000_000]

    func entryBreaks(using numbers: inout SplitMix) -> [Break] {
        var breaks: [Break] = []
        for (journal, delta) in zip(
            places(journals, using: &numbers) + places(journals, using: &numbers),
            Self.deltas + Self.deltas
        ) {
            for leg in journal.legs where leg.amountMinorUnits + delta != 0 {
                breaks.append(changed(journal, leg, by: delta))
            }
        }
        for journal in places(journals, using: &numbers, where: { $0.legs.count > 2 }) {
            breaks.append(shifted(journal, journal.legs[0], journal.legs[1]))
        }
        for journal in places(journals, using: &numbers) {
            for leg in journal.legs { breaks.append(lost(journal, leg)) }
        }
        for journal in places(
            journals,
            using: &numbers,
            where: { $0.legs.contains(where: \.isStrict) }
        ) {
            breaks += misplaced(journal)
        }
        return breaks
    }

    private func changed(_ journal: Journal, _ leg: Leg, by delta: Int64) -> Break {
        Break(
            "leg \(leg.number) of \(journal.kind) differs by \(delta)",
            [
                """
                UPDATE entry SET amount_minor = amount_minor + \(delta)
                WHERE journal_id = \(journal.id) AND leg = \(leg.number)
                """
            ],
            symptoms: [
                Symptom(.unbalancedJournal, journal.id),
                Symptom(.unbalancedBooks, journal.currency), Symptom(.journalDiffers, journal.id),
                Symptom(.sealBroken, journal.id), Symptom(.balanceDiffers, leg.account),
            ] + (leg.isStrict ? [Symptom(.runningBalanceBroken, leg.account)] : [])
        )
    }

    /// One minor unit goes from one leg to another: the journal still balances.
    private func shifted(_ journal: Journal, _ one: Leg, _ other: Leg) -> Break {
        Break(
            "a minor unit moved between legs of \(journal.kind)",
            [
                """
                UPDATE entry SET amount_minor = amount_minor
                    + CASE leg WHEN \(one.number) THEN 1 ELSE -1 END
                WHERE journal_id = \(journal.id) AND leg IN (\(one.number), \(other.number))
                """
            ],
            symptoms: [
                Symptom(.journalDiffers, journal.id), Symptom(.sealBroken, journal.id),
            ]
                + [one, other].flatMap { leg in
                    [Symptom(.balanceDiffers, leg.account)]
                        + (leg.isStrict ? [Symptom(.runningBalanceBroken, leg.account)] : [])
                }
        )
    }

    private func lost(_ journal: Journal, _ leg: Leg) -> Break {
        let isGap = leg.isStrict && !leg.isLast
        return Break(
            "leg \(leg.number) of \(journal.kind) is lost",
            ["DELETE FROM entry WHERE journal_id = \(journal.id) AND leg = \(leg.number)"],
            symptoms: [
                Symptom(.unbalancedJournal, journal.id),
                Symptom(.unbalancedBooks, journal.currency), Symptom(.journalDiffers, journal.id),
                Symptom(.sealBroken, journal.id), Symptom(.balanceDiffers, leg.account),
            ] + (isGap ? [Symptom(.runningBalanceBroken, leg.account)] : [])
        )
    }

    private func misplaced(_ journal: Journal) -> [Break] {
        guard let leg = journal.legs.first(where: \.isStrict) else { return [] }
        let common =
            [
                Symptom(.entryMisplaced, "\(journal.id):\(leg.number)"),
                Symptom(.journalDiffers, journal.id), Symptom(.sealBroken, journal.id),
                Symptom(.balanceDiffers, leg.account),
            ] + (leg.isLast ? [] : [Symptom(.runningBalanceBroken, leg.account)])
        let nowhere = Break(
            "leg \(leg.number) of \(journal.kind) is booked to an account that is not there",
            [
                """
                UPDATE entry SET account_id = 999999999
                WHERE journal_id = \(journal.id) AND leg = \(leg.number)
                """
            ],
            symptoms: common
        )
        let foreign = accounts.first { account in
            account.isStrict && account.merchant != journal.merchant && account.code == leg.code
                && account.currency == journal.currency
        }
        guard let foreign else { return [nowhere] }
        let elsewhere = Break(
            "leg \(leg.number) of \(journal.kind) is booked to another merchant's account",
            [
                """
                UPDATE entry
                SET account_id = \(foreign.id), account_version = NULL, balance_after_minor = NULL
                WHERE journal_id = \(journal.id) AND leg = \(leg.number)
                """
            ],
            symptoms: common + [
                Symptom(.balanceDiffers, "account \(foreign.id)"),
                Symptom(.runningBalanceBroken, "account \(foreign.id)"),
            ]
        )
        return [nowhere, elsewhere]
    }

    func journalBreaks(using numbers: inout SplitMix) -> [Break] {
        places(journals, using: &numbers).flatMap { journal in
            [
                Break(
                    "the header of \(journal.kind) is lost",
                    ["DELETE FROM journal WHERE id = \(journal.id)"],
                    symptoms: [
                        Symptom(.entryWithoutJournal, journal.id),
                        Symptom(.eventWithoutJournal, journal.event),
                        Symptom(.sealBroken, journal.id),
                    ]
                ),
                Break(
                    "all legs of \(journal.kind) are lost",
                    ["DELETE FROM entry WHERE journal_id = \(journal.id)"],
                    symptoms: [
                        Symptom(.journalWithoutEntries, journal.id),
                        Symptom(.journalDiffers, journal.id), Symptom(.sealBroken, journal.id),
                    ] + journal.goneFromAccounts
                ),
                Break(
                    "a journal, \(journal.kind), is lost whole",
                    [
                        "DELETE FROM entry WHERE journal_id = \(journal.id)",
                        "DELETE FROM journal WHERE id = \(journal.id)",
                    ],
                    symptoms: [
                        Symptom(.eventWithoutJournal, journal.event),
                        Symptom(.sealBroken, journal.id),
                    ] + journal.goneFromAccounts
                ),
                Break(
                    "a journal, \(journal.kind), is another merchant's",
                    ["UPDATE journal SET merchant_id = 'acct_x' WHERE id = \(journal.id)"],
                    symptoms: [
                        Symptom(.entryWithoutJournal, journal.id),
                        Symptom(.journalWithoutEvent, journal.id),
                        Symptom(.journalDiffers, journal.id), Symptom(.sealBroken, journal.id),
                    ]
                ),
                Break(
                    "a journal, \(journal.kind), books another event",
                    ["UPDATE journal SET version = version + 900 WHERE id = \(journal.id)"],
                    symptoms: [
                        Symptom(.journalWithoutEvent, journal.id),
                        Symptom(.eventWithoutJournal, journal.event),
                    ]
                ),
                Break(
                    "a journal, \(journal.kind), took effect at another time",
                    [
                        """
                        UPDATE journal SET effective_at = effective_at - interval '1 day'
                        WHERE id = \(journal.id)
                        """
                    ],
                    symptoms: [
                        Symptom(.journalDiffers, journal.id), Symptom(.sealBroken, journal.id),
                    ]
                ),
                invented(beside: journal),
            ].compactMap { $0 }
        }
    }

    /// A balanced journal between the platform's own accounts that no event calls for.
    private func invented(beside journal: Journal) -> Break? {
        let own = accounts.filter { !$0.isStrict && $0.currency == journal.currency }
        guard own.count > 1 else { return nil }
        return Break(
            "a journal that no event calls for",
            [
                """
                INSERT INTO journal (
                    id, merchant_id, kind, currency, stream, version, source_id, effective_at
                )
                VALUES (
                    'jrn_invented', \(journal.merchant), 'payment_captured', \(journal.currency),
                    \(journal.stream), 3000, 'ch_invented', now()
                )
                """,
                """
                INSERT INTO entry (journal_id, leg, merchant_id, account_id, amount_minor, currency)
                VALUES
                    ('jrn_invented', 1, \(journal.merchant), \(own[0].id), 5, \(journal.currency)),
                    ('jrn_invented', 2, \(journal.merchant), \(own[1].id), -5, \(journal.currency))
                """,
            ],
            symptoms: [
                Symptom(.journalWithoutEvent, "jrn_invented"),
                Symptom(.balanceDiffers, "account \(own[0].id)"),
                Symptom(.balanceDiffers, "account \(own[1].id)"),
            ]
        )
    }
}

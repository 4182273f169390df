import JSON
import LedgerStore
import Money
import Payments
import Postgres

extension PayoutStore {
    /// The place in the bank's list of files after which new ones are to be asked for.
    public func bankCursor() async throws -> Int64 {
        let rows = try await pool.query("SELECT sequence FROM bank_cursor")
        return try rows.first?.decode(Int64.self, at: 0) ?? 0
    }

    /// Takes one of the bank's files, once by its name.
    ///
    /// What it says is written down and acted on in the same transaction. A file that cannot be
    /// read is kept with the reason under a name of its own: its bytes may come whole yet, under
    /// theirs. Other bytes under the name of a file that was taken are reported, and nothing else.
    /// The sequence is the file's place in the bank's list, behind which the next is asked for; nil
    /// where there is no list.
    ///
    /// - Returns: Whether it was new.
    public func hear(
        _ word: BankWord,
        name: String,
        sequence: Int64?,
        content: String
    ) async throws -> Bool {
        // Postgres keeps no zero byte in a text, and no readable file has one.
        let content = content.replacing("\0", with: "\u{fffd}")
        let refusal = word.refusal?.replacing("\0", with: "\u{fffd}")
        return try await pool.withTransaction { transaction in
            // One file at a time, whoever hears it.
            _ = try await transaction.query("SELECT sequence FROM bank_cursor FOR UPDATE")
            let fresh = try await transaction.query(
                """
                INSERT INTO bank_message (name, refusal, content)
                VALUES (
                    CASE WHEN \(refusal ?? "") = '' THEN \(name)
                        ELSE \(name) || ' ' || left(md5(\(content)), 8) END,
                    nullif(\(refusal ?? ""), ''), \(content))
                ON CONFLICT DO NOTHING
                RETURNING name
                """
            )
            if let kept = try fresh.first?.decode(String.self, at: 0) {
                try await act(on: word, kept, refusal, transaction)
            } else if refusal == nil {
                try await compare(content, with: name, transaction)
            }
            if let sequence {
                try await transaction.execute(
                    "UPDATE bank_cursor SET sequence = \(sequence) WHERE sequence < \(sequence)"
                )
            }
            return !fresh.isEmpty
        }
    }

    /// The same message may come again, and another one must not bear its name.
    private func compare(
        _ content: String,
        with name: String,
        _ transaction: Transaction
    ) async throws {
        try await transaction.execute(
            """
            INSERT INTO bank_exception (message_name, subject, reason)
            SELECT name, 'another ' || left(md5(\(content)), 8),
                'another file came under the name of one that was taken'
            FROM bank_message WHERE name = \(name) AND content <> \(content)
            ON CONFLICT DO NOTHING
            """
        )
    }

    private func act(
        on word: BankWord,
        _ name: String,
        _ refusal: String?,
        _ transaction: Transaction
    ) async throws {
        if let refusal {
            try await except(name, name, refusal, nil, transaction)
            return
        }
        if let (fileID, answers) = word.answers {
            try await take(answers, to: fileID, name, transaction)
        }
        if let (account, entries) = word.entries {
            if let statement = word.statement {
                try await close(statement, of: account, name, transaction)
            }
            try await note(entries, of: account, word.statement?.number, name, transaction)
            try await apply(name, transaction)
        }
    }

    // MARK: - pain.002

    private func take(
        _ answers: [BankWord.Answer],
        to fileID: String,
        _ name: String,
        _ transaction: Transaction
    ) async throws {
        let known = try await transaction.query(
            "UPDATE bank_file SET answered_at = coalesce(answered_at, now()) WHERE id = \(fileID) RETURNING 1"
        )
        if known.isEmpty {
            try await except(name, fileID, "it answers a file that we never made", nil, transaction)
        }
        for answer in answers {
            guard let (payout, now) = try await payout(of: answer.endToEndID, transaction),
                payout.fileID == fileID
            else {
                let reason = "it answers an instruction that we never gave in that file"
                try await except(name, answer.endToEndID, reason, nil, transaction)
                continue
            }
            guard let rejection = answer.rejection else { continue }
            guard payout.status == .inTransit else {
                let reason = "it refuses a payout that is \(payout.status.rawValue)"
                try await except(name, answer.endToEndID, reason, payout.amount, transaction)
                continue
            }
            _ = try await Self.record(
                [.failed(reason: rejection)],
                of: payout.id,
                payout.merchantID,
                before: payout,
                at: now,
                in: transaction
            )
        }
    }

    // MARK: - camt.053 and camt.054

    /// Keeps a statement under its number.
    ///
    /// Whether the numbers have no gap and each opens as the last one closed is for reconciliation
    /// to say, which looks at all of them: statements may come in any order.
    private func close(
        _ statement: BankWord.Statement,
        of account: String,
        _ name: String,
        _ transaction: Transaction
    ) async throws {
        let currency = statement.opening.currency.code
        let fresh = try await transaction.query(
            """
            INSERT INTO bank_statement (
                account_number, currency, number, day, opening_minor, closing_minor, message_name)
            VALUES (
                \(account), \(currency), \(statement.number), \(statement.day)::text::date,
                \(statement.opening.minorUnits), \(statement.closing.minorUnits), \(name))
            ON CONFLICT DO NOTHING
            RETURNING 1
            """
        )
        guard fresh.isEmpty else { return }
        let reason = "there was a statement of this number before"
        let subject = "statement \(statement.number)"
        try await except(name, subject, reason, statement.closing, transaction)
    }

    /// Notes movements by the bank's references; one that is known already gets its statement.
    private func note(
        _ entries: [BankWord.Entry],
        of account: String,
        _ statement: Int64?,
        _ name: String,
        _ transaction: Transaction
    ) async throws {
        let number = statement ?? 0
        try await transaction.execute(
            """
            INSERT INTO bank_entry (
                account_number, currency, reference, amount_minor, booked_on, end_to_end_id,
                return_reason, message_name, statement_number)
            SELECT \(account), currency, reference, amount, booked_on::date,
                nullif(end_to_end_id, ''), nullif(return_reason, ''), \(name),
                nullif(\(number)::bigint, 0)
            FROM unnest(
                \(entries.map(\.amount.currency.code))::text[],
                \(entries.map(\.reference))::text[],
                \(entries.map(\.amount.minorUnits))::bigint[],
                \(entries.map(\.bookedOn))::text[],
                \(entries.map { $0.endToEndID ?? "" })::text[],
                \(entries.map { $0.returnReason ?? "" })::text[]
            ) AS told (currency, reference, amount, booked_on, end_to_end_id, return_reason)
            ON CONFLICT (account_number, currency, reference) DO UPDATE
            SET statement_number = coalesce(
                bank_entry.statement_number, EXCLUDED.statement_number)
            """
        )
    }

    /// Acts on the movements that can be acted on, until none is left that can: a return waits for
    /// the booking that it undoes, whichever is told first.
    private func apply(_ name: String, _ transaction: Transaction) async throws {
        // What belongs to no instruction of ours is the network's, or nobody's; it only has to be known.
        try await transaction.execute(
            """
            INSERT INTO bank_exception (message_name, subject, reason, currency, amount_minor)
            SELECT \(name), reference, 'money that we know nothing about', currency, amount_minor
            FROM bank_entry
            WHERE applied_at IS NULL AND coalesce(end_to_end_id, '') NOT LIKE 'CLR%'
                AND NOT EXISTS (
                    SELECT FROM bank_instruction instruction
                    WHERE instruction.end_to_end_id = bank_entry.end_to_end_id)
            ON CONFLICT DO NOTHING
            """
        )
        try await transaction.execute(
            """
            UPDATE bank_entry SET applied_at = now()
            WHERE applied_at IS NULL AND NOT EXISTS (
                SELECT FROM bank_instruction instruction
                WHERE instruction.end_to_end_id = bank_entry.end_to_end_id)
            """
        )
        while try await applyOnce(name, transaction) > 0 {}
    }

    private func applyOnce(_ name: String, _ transaction: Transaction) async throws -> Int {
        let waiting = try await transaction.query(
            """
            SELECT account_number, currency::text, reference, amount_minor, end_to_end_id,
                return_reason
            FROM bank_entry WHERE applied_at IS NULL
            ORDER BY booked_on, amount_minor, reference
            """
        )
        var applied = 0
        for row in waiting {
            let (account, code, reference, minorUnits, endToEndID, reason) = try row.decode(
                (String, String, String, Int64, String, String?).self
            )
            let amount = Money(minorUnits: minorUnits, currency: try Currency(code))
            guard let (payout, now) = try await payout(of: endToEndID, transaction) else {
                continue
            }
            let facts: [PayoutEvent]
            switch (minorUnits < 0, payout.status) {
            case (true, .inTransit) where try payout.amount.negated() == amount:
                facts = [.paid(bankReference: reference)]
            case (false, .paid) where payout.amount == amount && !payout.isReturned:
                let code = reason ?? "MS03"
                facts = [.returned(reason: code), .failed(reason: code)]
            case (false, .inTransit) where payout.amount == amount: continue
            case _:
                let word = "it moves money of a payout that is \(payout.status.rawValue)"
                try await except(name, reference, word, amount, transaction)
                facts = []
            }
            if !facts.isEmpty {
                _ = try await Self.record(
                    facts,
                    of: payout.id,
                    payout.merchantID,
                    before: payout,
                    at: now,
                    in: transaction
                )
            }
            try await transaction.execute(
                """
                UPDATE bank_entry SET applied_at = now()
                WHERE account_number = \(account) AND currency = \(code)::char(3)
                    AND reference = \(reference)
                """
            )
            applied += 1
        }
        return applied
    }

    /// The payout of an instruction, with its merchant's time.
    ///
    /// Not locked: writers append events before they touch projections, and whoever comes second to
    /// a version is refused and hears the file again.
    private func payout(
        of endToEndID: String,
        _ transaction: Transaction
    ) async throws -> (payout: Payout, now: Timestamp)? {
        let rows = try await transaction.query(
            """
            SELECT payout.document, merchant_now(payout.merchant_id)
            FROM bank_instruction instruction
            JOIN payout ON payout.merchant_id = instruction.merchant_id
                AND payout.id = instruction.payout_id
            WHERE instruction.end_to_end_id = \(endToEndID)
            """
        )
        guard let row = rows.first else { return nil }
        let (document, now) = try row.decode(([UInt8], PostgresTimestamp).self)
        return (try Payout(document: try JSON(parsing: document)), now.moment)
    }

    private func except(
        _ name: String,
        _ subject: String,
        _ reason: String,
        _ amount: Money?,
        _ transaction: Transaction
    ) async throws {
        let code = amount?.currency.code ?? ""
        try await transaction.execute(
            """
            INSERT INTO bank_exception (message_name, subject, reason, currency, amount_minor)
            VALUES (
                \(name), \(subject), \(reason), nullif(\(code), ''),
                CASE WHEN \(code) = '' THEN NULL ELSE \(amount?.minorUnits ?? 0)::bigint END
            )
            ON CONFLICT DO NOTHING
            """
        )
    }
}

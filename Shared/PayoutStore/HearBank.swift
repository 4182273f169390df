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

    /// Takes one of the bank's files, once.
    ///
    /// What it says is written down and acted on in the same transaction. A file that cannot be
    /// read is kept with the reason.
    ///
    /// - Returns: Whether it was new.
    public func hear(
        _ word: BankWord,
        name: String,
        sequence: Int64,
        content: String
    ) async throws -> Bool {
        try await pool.withTransaction { transaction in
            let cursor = try await transaction.query(
                "SELECT sequence FROM bank_cursor WHERE sequence < \(sequence) FOR UPDATE"
            )
            guard !cursor.isEmpty else { return false }
            let fresh = try await transaction.query(
                """
                INSERT INTO bank_message (name, refusal, content)
                VALUES (\(name), nullif(\(word.refusal ?? ""), ''), \(content))
                ON CONFLICT DO NOTHING
                RETURNING 1
                """
            )
            if !fresh.isEmpty { try await act(on: word, name, transaction) }
            try await transaction.execute("UPDATE bank_cursor SET sequence = \(sequence)")
            return !fresh.isEmpty
        }
    }

    private func act(on word: BankWord, _ name: String, _ transaction: Transaction) async throws {
        if let refusal = word.refusal {
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

    private func close(
        _ statement: BankWord.Statement,
        of account: String,
        _ name: String,
        _ transaction: Transaction
    ) async throws {
        let currency = statement.opening.currency.code
        let rows = try await transaction.query(
            """
            SELECT number, closing_minor FROM bank_statement
            WHERE account_number = \(account) AND currency = \(currency)::char(3)
            ORDER BY number DESC LIMIT 1
            """
        )
        let (number, closing) = try rows.first?.decode((Int64, Int64).self) ?? (Int64(0), Int64(0))
        if statement.number != number + 1 {
            let reason = "statement \(statement.number) follows \(number)"
            try await except(name, "statement \(statement.number)", reason, nil, transaction)
        } else if statement.opening.minorUnits != closing {
            let reason = "it opens with another balance than the last one closed with"
            try await except(
                name,
                "statement \(statement.number)",
                reason,
                statement.opening,
                transaction
            )
        }
        try await transaction.execute(
            """
            INSERT INTO bank_statement (
                account_number, currency, number, day, opening_minor, closing_minor, message_name)
            VALUES (
                \(account), \(currency), \(statement.number), \(statement.day)::text::date,
                \(statement.opening.minorUnits), \(statement.closing.minorUnits), \(name))
            ON CONFLICT DO NOTHING
            """
        )
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

    /// The payout of an instruction, locked, with its merchant's time.
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
            FOR UPDATE OF payout
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

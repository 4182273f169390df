import EventStore
import Postgres

/// Sealed journals are still what was sealed, and the seals still form one chain.
enum SealsCheck {
    static func run(_ context: CheckContext) async throws -> CheckOutcome {
        // A seal holds many merchants' journals, and is looked at as a whole.
        guard context.isWhole else { return CheckOutcome() }
        var outcome = CheckOutcome()
        var previous = (id: Int64(0), chain: MerkleTree.beginning, end: FeedPosition.beginning)
        while let seal = try await SealRow.next(after: previous.id, context.executor) {
            let journals = try await journals(after: previous.end, to: seal.end, context)
            outcome.rows += journals.count
            outcome.add(try await faults(seal, previous, journals, context), limit: context.limit)
            previous = (seal.id, seal.chain, seal.end)
            await context.progress(
                RunProgress(check: .seals, activity: "sealed journals", rows: outcome.rows)
            )
        }
        return outcome
    }

    private static func journals(
        after start: FeedPosition,
        to end: FeedPosition,
        _ context: CheckContext
    ) async throws -> [String] {
        let rows = try await context.executor.query(
            """
            SELECT posted.id
            FROM posting_batch batch
            CROSS JOIN LATERAL unnest(batch.journal_ids) WITH ORDINALITY AS posted (id, ordinal)
            WHERE (batch.epoch, batch.tx, batch.id) > (
                    \(start.epoch)::integer, \(start.transaction)::xid8, \(start.position)::bigint
                )
                AND (batch.epoch, batch.tx, batch.id) <= (
                    \(end.epoch)::integer, \(end.transaction)::xid8, \(end.position)::bigint
                )
            ORDER BY batch.epoch, batch.tx, batch.id, posted.ordinal
            """
        )
        return try rows.map { try $0.decode(String.self, at: 0) }
    }

    private static func faults(
        _ seal: SealRow,
        _ previous: (id: Int64, chain: MerkleTree.Hash, end: FeedPosition),
        _ journals: [String],
        _ context: CheckContext
    ) async throws -> [Finding] {
        var findings: [Finding] = []
        func report(_ subject: String, _ detail: String) {
            findings.append(
                Finding(
                    .sealBroken,
                    subject,
                    leftID: "seal \(seal.id)",
                    rightID: subject,
                    detail: detail
                )
            )
        }
        let name = "seal \(seal.id)"
        if seal.id != previous.id + 1 || seal.previousChain != previous.chain {
            report(name, "it does not name the seal before it")
        }
        if seal.chain != MerkleTree.chainHash(previous: seal.previousChain, root: seal.root) {
            report(name, "its link is not made of its root and the link before it")
        }
        if MerkleTree(leaves: seal.leaves).root != seal.root {
            report(name, "its root is not that of its leaves")
        }
        guard journals.count == seal.leaves.count else {
            report(name, "it has \(seal.leaves.count) leaves for \(journals.count) journals")
            return findings
        }
        let now = try await leafHashes(journals, context)
        for (journal, leaf) in zip(journals, seal.leaves) where now[journal] != leaf {
            report(journal, now[journal] == nil ? "the journal is gone" : "the journal was changed")
        }
        return findings
    }

    private static func leafHashes(
        _ journals: [String],
        _ context: CheckContext
    ) async throws -> [String: MerkleTree.Hash] {
        let rows = try await context.executor.query(
            """
            SELECT asked.id, leaf FROM unnest(\(journals)::text[]) AS asked (id)
            CROSS JOIN LATERAL journal_leaf(asked.id) AS leaf
            WHERE leaf IS NOT NULL
            """
        )
        let pairs = try rows.map { row in
            let (id, leaf) = try row.decode((String, [UInt8]).self)
            return (id, MerkleTree.leafHash(leaf))
        }
        return Dictionary(pairs) { first, _ in first }
    }
}

import EventStore
public import Postgres

/// Closes ranges of journals below the horizon into Merkle trees whose roots chain.
///
/// Off the path of payments: it reads what is committed and writes a row of its own. Whoever changes a
/// sealed journal afterwards would have to change its seal and every later one as well, and each of
/// these roots may have been handed out.
public struct Sealer: Sendable {
    /// The most posting batches of one seal; a proof reads the leaves of one seal.
    public static let maximumBatches = 256
    /// Held while sealing, so that two sealers cannot make two chains; the letters of "seal".
    private static let lockKey: Int64 = 0x7365_616C

    private let pool: PostgresPool
    private let batchesOfSeal: Int

    /// Seals through a pool in the role of reconciliation.
    public init(pool: PostgresPool, batchesOfSeal: Int = maximumBatches) {
        self.pool = pool
        self.batchesOfSeal = min(batchesOfSeal, Self.maximumBatches)
    }

    /// Seals everything that is settled and says how many journals that were.
    public func sealAll() async throws -> Int {
        var count = 0
        while case let sealed = try await sealNext(), sealed > 0 { count += sealed }
        return count
    }

    /// Seals the next range and says how many journals are in it.
    public func sealNext() async throws -> Int {
        try await pool.withTransaction { transaction in
            let locked = try await transaction.query(
                "SELECT pg_try_advisory_xact_lock(\(Self.lockKey))"
            )
            guard try locked.first?.decode(Bool.self, at: 0) == true else { return 0 }
            let last = try await SealRow.last(transaction)
            let batches = try await batches(after: last, transaction)
            guard let end = batches.last else { return 0 }
            let ids = batches.flatMap(\.journals)
            let leaves = try await Self.leaves(ids, transaction)
            guard leaves.count == ids.count else { throw SealError.journalMissing }
            let tree = MerkleTree(leaves: leaves.map { MerkleTree.leafHash($0) })
            let previous = last?.chain ?? MerkleTree.beginning
            try await transaction.execute(
                """
                INSERT INTO seal (
                    id, to_epoch, to_tx, to_batch, leaf_count, leaves, root, previous_chain, chain
                )
                VALUES (
                    \((last?.id ?? 0) + 1), \(end.place.epoch), \(end.place.transaction),
                    \(end.place.position), \(Int32(ids.count)), \(Array(tree.leaves.joined())),
                    \(tree.root), \(previous),
                    \(MerkleTree.chainHash(previous: previous, root: tree.root))
                )
                """
            )
            return ids.count
        }
    }

    private func batches(
        after last: SealRow?,
        _ transaction: Transaction
    ) async throws -> [(place: FeedPosition, journals: [String])] {
        let place = last?.end ?? .beginning
        let rows = try await transaction.query(
            """
            SELECT epoch, tx, id, journal_ids
            FROM posting_batch
            WHERE (epoch, tx, id) > (
                    \(place.epoch)::integer, \(place.transaction)::xid8, \(place.position)::bigint
                )
                AND (epoch < current_epoch() OR tx < pg_snapshot_xmin(pg_current_snapshot()))
            ORDER BY epoch, tx, id
            LIMIT \(Int64(batchesOfSeal))
            """
        )
        return try rows.map { row in
            let (epoch, transaction, id, journals) = try row.decode(
                (Int32, UInt64, Int64, [String]).self
            )
            return (FeedPosition(epoch: epoch, transaction: transaction, position: id), journals)
        }
    }

    /// The journals as they are sealed, in the order of the identifiers; those that exist.
    static func leaves(_ ids: [String], _ executor: any PostgresExecutor) async throws -> [[UInt8]]
    {
        let rows = try await executor.query(
            """
            SELECT leaf FROM unnest(\(ids)::text[]) WITH ORDINALITY AS asked (id, ordinal)
            CROSS JOIN LATERAL journal_leaf(asked.id) AS leaf
            WHERE leaf IS NOT NULL ORDER BY ordinal
            """
        )
        return try rows.map { try $0.decode([UInt8].self, at: 0) }
    }
}

/// Why journals cannot be sealed.
public enum SealError: Error, Sendable, Equatable {
    /// A posting names a journal that is not there; the check of the books says which.
    case journalMissing
}

/// A seal as it is stored.
struct SealRow: Sendable {
    let id: Int64
    let end: FeedPosition
    let leaves: [MerkleTree.Hash]
    let root: MerkleTree.Hash
    let previousChain: MerkleTree.Hash
    let chain: MerkleTree.Hash

    static func last(_ executor: any PostgresExecutor) async throws -> SealRow? {
        try await executor.query(
            """
            SELECT id, to_epoch, to_tx, to_batch, leaves, root, previous_chain, chain
            FROM seal ORDER BY id DESC LIMIT 1
            """
        ).first.map { try SealRow($0) }
    }

    static func next(after id: Int64, _ executor: any PostgresExecutor) async throws -> SealRow? {
        try await executor.query(
            """
            SELECT id, to_epoch, to_tx, to_batch, leaves, root, previous_chain, chain
            FROM seal WHERE id > \(id) ORDER BY id LIMIT 1
            """
        ).first.map { try SealRow($0) }
    }

    private init(_ row: Row) throws {
        let (id, epoch, transaction, batch, leaves, root, previous, chain) = try row.decode(
            (Int64, Int32, UInt64, Int64, [UInt8], [UInt8], [UInt8], [UInt8]).self
        )
        self.id = id
        end = FeedPosition(epoch: epoch, transaction: transaction, position: batch)
        self.leaves = leaves.hashes
        self.root = root
        previousChain = previous
        self.chain = chain
    }
}

extension [UInt8] {
    /// Hashes that stand one after the other.
    var hashes: [MerkleTree.Hash] {
        stride(from: 0, to: count, by: MerkleTree.hashBytes).map { start in
            Array(self[start..<Swift.min(start + MerkleTree.hashBytes, count)])
        }
    }
}

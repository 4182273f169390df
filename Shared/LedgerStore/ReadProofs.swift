public import Money
public import Payments
import Postgres
public import Projections

/// What shows that a journal is part of what was sealed.
///
/// The leaf is hashed with a byte 0 before it; each hash of the path is joined to it with a byte 1, on the
/// side that the leaf's place says; what comes out is the root, and the root is in the chain.
public struct JournalProof: Sendable, Equatable {
    /// The journal.
    public let journalID: JournalID
    /// The number of the seal.
    public let sealID: Int64
    /// When it was sealed.
    public let sealedAt: Timestamp
    /// The lines that were hashed, which say what the journal says.
    public let leaf: String
    /// The journal's place among the leaves, from 0.
    public let leafIndex: Int64
    /// How many leaves the tree has.
    public let leafCount: Int64
    /// The hashes from the leaf's neighbour up to the root.
    public let path: [[UInt8]]
    /// The root of the tree.
    public let root: [UInt8]
    /// The link of the seal before, 32 zeros where there is none.
    public let previousChain: [UInt8]
    /// The link of this seal: the hash of a byte 2, the link before and the root.
    public let chain: [UInt8]
}

/// Proofs as far as a merchant may see them: of its own journals.
extension MerchantReader {
    /// The proof of a journal; nil while it is not sealed, or when it is not this merchant's.
    public func proof(of id: JournalID) async throws -> JournalProof? {
        let results = try await read([
            """
            SELECT seal_id, sealed_at, leaf, leaf_index, leaf_count, path, root, previous_chain, chain
            FROM journal_proof(\(merchantID.rawValue), \(id.rawValue))
            """
        ])
        guard let row = results[0].first else { return nil }
        let (seal, sealedAt, leaf, index, count, path, root, previous, chain) = try row.decode(
            (
                Int64, PostgresTimestamp, String, Int32, Int32, [[UInt8]], [UInt8], [UInt8], [UInt8]
            ).self
        )
        return JournalProof(
            journalID: id,
            sealID: seal,
            sealedAt: Timestamp(microsecondsSinceEpoch: sealedAt.microsecondsSinceEpoch),
            leaf: leaf,
            leafIndex: Int64(index),
            leafCount: Int64(count),
            path: path,
            root: root,
            previousChain: previous,
            chain: chain
        )
    }
}

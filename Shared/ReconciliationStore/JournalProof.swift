public import Money
public import Payments
import Postgres
public import Projections

/// What shows that a journal is part of what was sealed.
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
    public let leafIndex: Int
    /// How many leaves the tree has.
    public let leafCount: Int
    /// The hashes from the leaf's neighbour up to the root.
    public let path: [MerkleTree.Hash]
    /// The root of the tree.
    public let root: MerkleTree.Hash
    /// The link of the seal before.
    public let previousChain: MerkleTree.Hash
    /// The link of this seal.
    public let chain: MerkleTree.Hash
}

/// Proofs as far as a merchant may see them: of its own journals.
extension MerchantReader {
    /// The proof of a journal; nil while it is not sealed, or when it is not this merchant's.
    public func proof(of id: JournalID) async throws -> JournalProof? {
        let results = try await read([
            """
            SELECT seal_id, leaf, leaf_index, leaf_count, leaves, root, previous_chain, chain,
                sealed_at
            FROM journal_seal(\(merchantID.rawValue), \(id.rawValue))
            """
        ])
        guard let row = results[0].first else { return nil }
        let (seal, leaf, index, count, leaves, root, previous, chain, sealedAt) = try row.decode(
            (
                Int64, String, Int32, Int32, [UInt8], [UInt8], [UInt8], [UInt8], PostgresTimestamp
            ).self
        )
        let tree = MerkleTree(leaves: leaves.hashes)
        guard tree.leaves.indices.contains(Int(index)) else {
            throw PostgresError(.protocolViolation, "a seal does not have the leaf it should have")
        }
        return JournalProof(
            journalID: id,
            sealID: seal,
            sealedAt: sealedAt.moment,
            leaf: leaf,
            leafIndex: Int(index),
            leafCount: Int(count),
            path: tree.path(to: Int(index)),
            root: root,
            previousChain: previous,
            chain: chain
        )
    }
}

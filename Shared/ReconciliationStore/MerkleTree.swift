import Crypto
import Foundation

/// A Merkle tree of RFC 6962 shape over SHA-256: leaves are hashed with a 0 before them, inner nodes with
/// a 1, and a tree of n leaves splits at the largest power of two below n.
public struct MerkleTree: Sendable, Equatable {
    /// A hash: 32 bytes.
    public typealias Hash = [UInt8]

    /// How many bytes a hash has.
    public static let hashBytes = 32

    /// The hashes of the leaves, in order.
    public let leaves: [Hash]

    /// Takes the hashes of the leaves.
    public init(leaves: [Hash]) {
        self.leaves = leaves
    }

    /// The hash of a leaf's bytes.
    public static func leafHash(_ bytes: [UInt8]) -> Hash {
        digest([0] + bytes)
    }

    /// The hash of two nodes.
    public static func nodeHash(_ left: Hash, _ right: Hash) -> Hash {
        digest([1] + left + right)
    }

    /// The link of a chain of roots: each holds the one before it.
    public static func chainHash(previous: Hash, root: Hash) -> Hash {
        digest([2] + previous + root)
    }

    /// What the first link holds in the place of one before it.
    public static let beginning = Hash(repeating: 0, count: hashBytes)

    /// The root; of no leaves, the hash of nothing.
    public var root: Hash { leaves.isEmpty ? Self.digest([]) : Self.root(leaves[...]) }

    private static func root(_ leaves: ArraySlice<Hash>) -> Hash {
        guard leaves.count > 1 else { return leaves.first ?? digest([]) }
        let split = split(leaves.count)
        return nodeHash(root(leaves.prefix(split)), root(leaves.dropFirst(split)))
    }

    /// The largest power of two below a number that is more than one.
    private static func split(_ count: Int) -> Int {
        1 << (Int.bitWidth - (count - 1).leadingZeroBitCount - 1)
    }

    private static func digest(_ bytes: [UInt8]) -> Hash {
        Array(SHA256.hash(data: Data(bytes)))
    }
}

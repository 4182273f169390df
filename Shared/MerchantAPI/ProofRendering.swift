public import JSON
public import Money
public import Payments

/// A proof that a journal was sealed, as the API shows it; hashes in hexadecimal.
public struct JournalProofView: Sendable {
    let journalID: JournalID
    let sealID: Int64
    let sealedAt: Timestamp
    let leaf: String
    let leafIndex: Int64
    let leafCount: Int64
    let path: [[UInt8]]
    let root: [UInt8]
    let previousChain: [UInt8]
    let chain: [UInt8]

    /// Describes a proof.
    public init(
        journalID: JournalID,
        sealID: Int64,
        sealedAt: Timestamp,
        leaf: String,
        leafIndex: Int64,
        leafCount: Int64,
        path: [[UInt8]],
        root: [UInt8],
        previousChain: [UInt8],
        chain: [UInt8]
    ) {
        self.journalID = journalID
        self.sealID = sealID
        self.sealedAt = sealedAt
        self.leaf = leaf
        self.leafIndex = leafIndex
        self.leafCount = leafCount
        self.path = path
        self.root = root
        self.previousChain = previousChain
        self.chain = chain
    }
}

extension ResourceRenderer {
    /// A proof: everything that a verifier needs beside the journal itself.
    public func journalProof(_ proof: JournalProofView) -> JSON {
        [
            "object": "ledger.proof",
            "journal": .string(proof.journalID.rawValue),
            "leaf": .string(proof.leaf),
            "leaf_index": .integer(proof.leafIndex),
            "leaf_count": .integer(proof.leafCount),
            "path": .array(proof.path.map { .string($0.hexadecimal) }),
            "root": .string(proof.root.hexadecimal),
            "seal": .integer(proof.sealID),
            "sealed_at": .moment(proof.sealedAt),
            "previous_chain": .string(proof.previousChain.hexadecimal),
            "chain": .string(proof.chain.hexadecimal),
        ]
    }
}

extension [UInt8] {
    /// Lower-case, two digits a byte.
    fileprivate var hexadecimal: String {
        reduce(into: "") { text, byte in
            let digits = String(byte, radix: 16)
            text += digits.count == 1 ? "0" + digits : digits
        }
    }
}

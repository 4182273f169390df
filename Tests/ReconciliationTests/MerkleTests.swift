import Postgres
import ReconciliationStore
import TestKit
import Testing

@Suite("Merkle trees", .timeLimit(.minutes(2)))
struct MerkleTests {
    /// The leaves and roots that Certificate Transparency's own tests use.
    private static let inputs: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        [
            0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
            0x6e, 0x6f,
        ],
    ]
    private static let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test("Roots are those of RFC 6962's reference tests")
    func knownRoots() {
        for count in 1...8 {
            let tree = MerkleTree(leaves: Self.inputs.prefix(count).map { MerkleTree.leafHash($0) })
            #expect(Self.hexadecimal(tree.root) == Self.roots[count - 1])
        }
    }

    @Test("The database's paths lead from every leaf of every tree to its root")
    func paths() async throws {
        try await TestDatabase.with(.migrated) { database in
            let pool = try database.pool()
            for count in 1...17 {
                let leaves = (0..<count).map { MerkleTree.leafHash([UInt8($0)]) }
                let root = MerkleTree(leaves: leaves).root
                for index in 0..<count {
                    let path: [[UInt8]] =
                        try await pool.value(
                            "SELECT merkle_path(\(Array(leaves.joined())), \(Int32(index)))"
                        ) ?? []
                    #expect(Self.walk(leaves[index], index, count, path) == root)
                }
            }
        }
    }

    private static func walk(
        _ leaf: [UInt8],
        _ index: Int,
        _ count: Int,
        _ path: [[UInt8]]
    ) -> [UInt8]? {
        var (node, index, count, rest) = (leaf, index, count, path[...])
        while count > 1 {
            if index ^ 1 < count {
                guard let sibling = rest.popFirst() else { return nil }
                node =
                    index % 2 == 0
                    ? MerkleTree.nodeHash(node, sibling) : MerkleTree.nodeHash(sibling, node)
            }
            index /= 2
            count = (count + 1) / 2
        }
        return rest.isEmpty ? node : nil
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

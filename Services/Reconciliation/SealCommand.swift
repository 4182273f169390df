import ArgumentParser
import ReconciliationStore

/// `reconciliation seal`: seals everything that is settled, without waiting for the watch.
struct SealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Close all settled journals into Merkle trees whose roots chain."
    )

    @OptionGroup var store: StoreOption

    func run() async throws {
        let count = try await store.withPool { try await Sealer(pool: $0).sealAll() }
        Console().say("\(count) journals were sealed")
    }
}

/// The ports of one stack: the gateway's, and a block of others, all below the ephemeral range.
struct StackPorts: Sendable, Equatable, Codable {
    /// Above lie the ports that the kernel hands out, where a fixed bind fails at random.
    static let highest = 32_767

    private static let firstBlock = 20_000
    private static let blockCount = 600
    private static let blockSize = 20

    let gateway: Int
    let network: Int
    let vault: Int
    let faults: Int
    let gatewayAdmin: Int
    let orchestratorAdmin: Int
    let sandboxAdmin: Int
    let supervisorAdmin: Int
    let bank: Int
    let webhookAdmin: Int
    let settlementAdmin: Int
    let reconciliationAdmin: Int
    let payoutAdmin: Int

    /// The ports that belong to a gateway port, or those of a later block.
    ///
    /// Gateway ports that differ by less than 600 have different blocks.
    init(gateway: Int, blocksFurther: Int = 0) {
        let block = (gateway + blocksFurther) % Self.blockCount
        let first = Self.firstBlock + block * Self.blockSize
        self.gateway = gateway
        network = first
        vault = first + 1
        faults = first + 2
        gatewayAdmin = first + 3
        orchestratorAdmin = first + 4
        sandboxAdmin = first + 5
        supervisorAdmin = first + 6
        bank = first + 7
        webhookAdmin = first + 9
        settlementAdmin = first + 8
        reconciliationAdmin = first + 11
        payoutAdmin = first + 10
    }

    /// The gateway's own ports with the first block that is free.
    ///
    /// Blocks are passed over where another program, or another stack, listens. The gateway's port
    /// is the operator's choice, so it is not.
    static func available(
        gateway: Int,
        isFree: (Int) -> Bool = PortCheck.isFree
    ) throws(ControlError) -> StackPorts {
        guard isFree(gateway) else {
            throw ControlError("port \(gateway) is in use by another program; give another PORT")
        }
        for further in 0..<blockCount {
            let ports = StackPorts(gateway: gateway, blocksFurther: further)
            if ports.others.allSatisfy({ $0 != gateway && isFree($0) }) { return ports }
        }
        throw ControlError("no twenty free ports in a row from \(firstBlock) on")
    }

    /// All but the gateway's.
    var others: [Int] {
        [
            network, vault, faults, gatewayAdmin, orchestratorAdmin, sandboxAdmin, supervisorAdmin,
            bank, settlementAdmin, webhookAdmin, reconciliationAdmin,
            payoutAdmin,
        ]
    }
}

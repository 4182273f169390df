/// Why an address may not be posted to.
public enum AddressRefusal: String, Sendable, CaseIterable {
    /// This machine.
    case loopback
    /// A private network, or one shared behind a provider's translation.
    case privateNetwork = "private_network"
    /// The same link; metadata services of clouds live there.
    case linkLocal = "link_local"
    /// For documentation, benchmarks, or future use; or no host at all.
    case reserved
    /// To many hosts.
    case multicast
    /// An address that stands for another one, which a gateway would unpack.
    case translated
    /// The name has no address.
    case noAddress = "no_address"
}

/// Which addresses merchants' endpoints may have: those that everybody can reach, and no others.
///
/// Version 4 is refused by list (the IANA special-purpose registry, and addresses that clouds use
/// for themselves). Version 6 is accepted only in 2000::/3, where addresses of the public internet
/// are given out, less what is set apart in it; so every mapped, translated, unique-local or
/// link-local form is refused without being listed.
public struct AddressFilter: Sendable, Equatable {
    /// Whether receivers on this machine are allowed; for development only.
    public let allowsLoopback: Bool

    /// Makes a filter; without loopback unless told otherwise.
    public init(allowsLoopback: Bool = false) {
        self.allowsLoopback = allowsLoopback
    }

    private struct Network {
        let bytes: [UInt8]
        let bits: Int
        let refusal: AddressRefusal

        init(_ bytes: [UInt8], _ bits: Int, _ refusal: AddressRefusal) {
            self.bytes = bytes
            self.bits = bits
            self.refusal = refusal
        }
    }

    private static let version4: [Network] = [
        Network([0, 0, 0, 0], 8, .reserved),
        Network([10, 0, 0, 0], 8, .privateNetwork),
        Network([100, 64, 0, 0], 10, .privateNetwork),
        Network([127, 0, 0, 0], 8, .loopback),
        // The address at which a cloud's hosts answer their guests.
        Network([168, 63, 129, 16], 32, .linkLocal),
        Network([169, 254, 0, 0], 16, .linkLocal),
        Network([172, 16, 0, 0], 12, .privateNetwork),
        Network([192, 0, 0, 0], 24, .reserved),
        Network([192, 0, 2, 0], 24, .reserved),
        Network([192, 31, 196, 0], 24, .reserved),
        Network([192, 52, 193, 0], 24, .reserved),
        Network([192, 88, 99, 0], 24, .translated),
        Network([192, 168, 0, 0], 16, .privateNetwork),
        Network([192, 175, 48, 0], 24, .reserved),
        Network([198, 18, 0, 0], 15, .reserved),
        Network([198, 51, 100, 0], 24, .reserved),
        Network([203, 0, 113, 0], 24, .reserved),
        Network([224, 0, 0, 0], 4, .multicast),
        Network([240, 0, 0, 0], 4, .reserved),
    ]

    private static let version6: [Network] = [
        Network(wide([0x20, 0x01, 0x00, 0x00]), 23, .translated),
        Network(wide([0x20, 0x01, 0x0d, 0xb8]), 32, .reserved),
        Network(wide([0x20, 0x02]), 16, .translated),
        Network(wide([0x3f, 0xff]), 20, .reserved),
    ]

    private static let elsewhere: [Network] = [
        Network(wide(Array(repeating: 0, count: 15) + [1]), 128, .loopback),
        Network(wide([0xfc]), 7, .privateNetwork),
        Network(wide([0xfe, 0x80]), 10, .linkLocal),
        Network(wide([0xff]), 8, .multicast),
        // All zeros but the end: mapped and compatible forms of version 4.
        Network(wide([]), 80, .translated),
        Network(wide([0x00, 0x64, 0xff, 0x9b]), 32, .translated),
    ]

    private static func wide(_ start: [UInt8]) -> [UInt8] {
        start + Array(repeating: 0, count: 16 - start.count)
    }

    /// Says why an address may not be used; nil when it may.
    public func refusal(of address: IPAddress) -> AddressRefusal? {
        let refusal = Self.refusalWithoutExceptions(of: address)
        return refusal == .loopback && allowsLoopback ? nil : refusal
    }

    private static func refusalWithoutExceptions(of address: IPAddress) -> AddressRefusal? {
        if address.isVersion4 { return find(address, in: version4) }
        if address.isIn(wide([0x20]), bits: 3) { return find(address, in: version6) }
        return find(address, in: elsewhere) ?? .reserved
    }

    private static func find(_ address: IPAddress, in networks: [Network]) -> AddressRefusal? {
        networks.first { address.isIn($0.bytes, bits: $0.bits) }?.refusal
    }
}

import NIOCore
import Synchronization
import Testing
import Webhooks

@testable import Webhook

/// Answers with one list after another.
final class ScriptedResolver: Resolver {
    private let answers: Mutex<[[String]]>
    private let asked = Mutex(0)

    var askedCount: Int { asked.withLock { $0 } }

    init(_ answers: [[String]]) { self.answers = Mutex(answers) }

    func addresses(of host: String, within time: TimeAmount) async throws -> [IPAddress] {
        asked.withLock { $0 += 1 }
        let texts = answers.withLock { $0.isEmpty ? [] : $0.removeFirst() }
        return texts.compactMap { IPAddress(version4: $0) ?? IPAddress(version6: $0) }
    }
}

@Suite("Names are resolved once, and what was checked is what is used")
struct AddressGuardTests {
    private let url: TargetURL

    init() throws {
        url = try TargetURL("https://hooks.example.com/", policy: TargetPolicy())
    }

    private func look(
        _ guardian: AddressGuard
    ) async throws -> Result<
        [IPAddress], AddressForbidden
    > {
        try await guardian.addresses(of: url, within: .seconds(1))
    }

    @Test("A name that changes its answer is refused from then on")
    func rebinding() async throws {
        let resolver = ScriptedResolver([["93.184.216.34"], ["127.0.0.1"], ["169.254.169.254"]])
        let guardian = AddressGuard(filter: AddressFilter(), resolver: resolver)
        #expect(
            try await look(guardian)
                == .success([try #require(IPAddress(version4: "93.184.216.34"))])
        )
        #expect(try await look(guardian) == .failure(AddressForbidden(refusal: .loopback)))
        #expect(try await look(guardian) == .failure(AddressForbidden(refusal: .linkLocal)))
        #expect(resolver.askedCount == 3)
    }

    @Test(
        "One address that is not public forbids the whole name, wherever it stands",
        arguments: [
            ["93.184.216.34", "10.0.0.1"], ["10.0.0.1", "93.184.216.34"],
            ["93.184.216.34", "93.184.216.35", "93.184.216.36", "93.184.216.37", "::1"],
            ["2606:4700::1", "::ffff:127.0.0.1"], ["2606:4700::1", "64:ff9b::a00:1"],
        ]
    )
    func mixed(answer: [String]) async throws {
        let guardian = AddressGuard(
            filter: AddressFilter(),
            resolver: ScriptedResolver([answer])
        )
        guard case .failure = try await look(guardian) else {
            Issue.record("\(answer) was taken")
            return
        }
    }

    @Test("A name without addresses is refused, and no more than three are tried")
    func counts() async throws {
        let many = ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"]
        let guardian = AddressGuard(
            filter: AddressFilter(),
            resolver: ScriptedResolver([[], many])
        )
        #expect(try await look(guardian) == .failure(AddressForbidden(refusal: .noAddress)))
        let tried = try await look(guardian).get()
        #expect(tried.map(\.description) == ["1.1.1.1", "1.1.1.2", "1.1.1.3"])
    }
}

import CardNetwork
import Foundation
import JSON
import Logging
import Payments
import Testing

@testable import Sandbox

@Suite("Over the wire, the sandbox", .timeLimit(.minutes(2)))
struct SandboxOverTheWireTests {
    private static let ample = Duration.seconds(20)

    @Test("authorizes, captures and refunds, and its summary says so")
    func payment() async throws {
        try await RunningSandbox.run { sandbox in
            let card = try #require(try await sandbox.vault.resolve("pm_card_visa"))
            let network = sandbox.network
            let approval = await network.send(
                EffectSamples.authorization(1, card),
                timeout: Self.ample
            )
            guard case .approved(let code, let transaction) = approval else {
                Issue.record("the outcome is \(approval)")
                return
            }
            #expect(code.count == 6)
            #expect(transaction?.count == 15)
            let capture = EffectSamples.capture(of: 1, card, amount: 6_000)
            #expect(await network.send(capture, timeout: Self.ample) == .acknowledged)
            let refund = EffectSamples.refund(5, of: 1, card, amount: 2_000)
            #expect(await network.send(refund, timeout: Self.ample) == .acknowledged)
            let row = try #require(
                try await sandbox.control.summary(of: NetworkReference(commandID: 1))
            )
            #expect(try row.integer("authorized") == 10_000)
            #expect(try row.integer("captured") == 6_000)
            #expect(try row.integer("refunded_by_others") == 2_000)
            let refundRow = try #require(
                try await sandbox.control.summary(of: NetworkReference(commandID: 5))
            )
            #expect(try refundRow.integer("refunded") == 2_000)
            #expect(try refundRow.string("original") == NetworkReference(commandID: 1).rawValue)
            let log = try await sandbox.control.get("log")
            let kinds = try (log.asArray ?? []).map { try $0.string("kind") }
            #expect(kinds == ["authorized", "captured", "refunded"])
        }
    }

    @Test("declines as the card says")
    func decline() async throws {
        try await RunningSandbox.run { sandbox in
            for (name, code) in [
                ("pm_card_visa_chargeDeclinedInsufficientFunds", "51"),
                ("pm_card_authenticationRequired", "1A"), ("tok_chargeDeclined", "05"),
                ("pm_card_chargeDeclinedIncorrectCvc", "N7"),
            ] {
                let card = try #require(try await sandbox.vault.resolve(name))
                let outcome = await sandbox.network.send(
                    EffectSamples.authorization(Int64(name.count), card),
                    timeout: Self.ample
                )
                #expect(outcome == .declined(responseCode: code))
            }
        }
    }

    @Test("refuses an authorization that comes after its reversal")
    func lateAuthorization() async throws {
        try await RunningSandbox.run { sandbox in
            let card = try #require(try await sandbox.vault.resolve("pm_card_visa"))
            try await sandbox.control.switchFaults(
                #"{"rules": [{"kind": "lost", "request": "authorization", "times": 1}]}"#
            )
            let authorization = EffectSamples.authorization(1, card)
            let first = await sandbox.network.send(authorization, timeout: .milliseconds(200))
            #expect(first == .unknown)
            let reversal = EffectSamples.reversal(of: 1, card)
            #expect(await sandbox.network.send(reversal, timeout: Self.ample) == .acknowledged)
            let late = await sandbox.network.send(authorization, timeout: Self.ample)
            #expect(late == .declined(responseCode: ResponseCode.alreadyReversed))
            let row = try #require(
                try await sandbox.control.summary(of: NetworkReference(commandID: 1))
            )
            #expect(try row.integer("authorized") == 0)
            #expect(try row.integer("held") == 0)
            #expect(try row.bool("is_reversed"))
        }
    }

    @Test("gives the same card the same token, and no file ever holds its number")
    func vault() async throws {
        try await RunningSandbox.run { sandbox in
            let data = CardData(
                number: "4242424242424242",
                expirationMonth: 11,
                expirationYear: 2_031,
                cvc: "917"
            )
            let first = try await sandbox.vault.tokenize(data)
            let second = try await sandbox.vault.tokenize(data)
            #expect(first == second)
            #expect(first.last4 == "4242")
            #expect(first.checks.cvc == .pass)
            let magic = try #require(try await sandbox.vault.resolve("tok_visa"))
            #expect(magic.fingerprint == first.fingerprint)
            #expect(magic.networkToken != first.networkToken)
            let files = try FileManager.default.contentsOfDirectory(
                at: sandbox.folder,
                includingPropertiesForKeys: [.isRegularFileKey]
            ).filter { !$0.hasDirectoryPath }
            #expect(files.contains { $0.lastPathComponent == "vault.jsonl" })
            for file in files {
                let content = try Data(contentsOf: file)
                #expect(content.range(of: Data(data.number.utf8)) == nil, "\(file.path)")
            }
        }
    }

    @Test("says what is wrong with a card")
    func refusedCard() async throws {
        try await RunningSandbox.run { sandbox in
            let wrong = CardData(
                number: "4242424242424241",
                expirationMonth: 11,
                expirationYear: 2_031
            )
            await #expect(throws: VaultError.refused(.incorrectNumber)) {
                try await sandbox.vault.tokenize(wrong)
            }
            let unknown = try await sandbox.vault.resolve("pm_card_unheardOf")
            #expect(unknown == nil)
        }
    }

    @Test("trusts nobody without its certificate")
    func otherCertificate() async throws {
        try await RunningSandbox.run { sandbox in
            try await RunningSandbox.run { other in
                let stranger = RunningSandbox(
                    folder: other.folder,
                    ports: ["vault": sandbox.vaultPort],
                    logger: Logger(label: "test")
                )
                await #expect(throws: VaultError.self) {
                    try await stranger.vault.resolve("pm_card_visa")
                }
                try await stranger.shutDownClients()
            }
        }
    }

    @Test("remembers everything at the next start")
    func restart() async throws {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        var token = ""
        try await RunningSandbox.run(folder: folder) { sandbox in
            let card = try #require(try await sandbox.vault.resolve("pm_card_visa"))
            token = card.networkToken
            _ = await sandbox.network.send(
                EffectSamples.authorization(1, card),
                timeout: Self.ample
            )
            try await sandbox.control.switchFaults(#"{"slow_milliseconds": 7}"#)
        }
        try await RunningSandbox.run(folder: folder) { sandbox in
            let card = try #require(try await sandbox.vault.resolve("pm_card_visa"))
            #expect(card.networkToken == token)
            let capture = EffectSamples.capture(of: 1, card)
            #expect(
                await sandbox.network.send(capture, timeout: Self.ample) == .acknowledged
            )
            #expect(try await sandbox.control.get("faults").integer("slow_milliseconds") == 7)
        }
    }
}

import JSON
import Testing

@testable import CardNetwork

@Suite("Card data on its way to the vault")
struct VaultDocumentTests {
    private let card = CardData(
        number: "4242 4242 4242 4242",
        expirationMonth: 12,
        expirationYear: 2_034,
        cvc: "917",
        hasPostalCode: true
    )

    @Test("arrives as it left")
    func roundTrip() throws {
        let read = try CardData(document: card.document)
        #expect(read.number == card.number)
        #expect(read.expirationMonth == 12)
        #expect(read.expirationYear == 2_034)
        #expect(read.cvc == "917")
        #expect(read.hasPostalCode)
        #expect(!read.hasAddressLine1)
    }

    @Test("shows itself to nobody by accident")
    func hidden() {
        var dumped = ""
        dump(card, to: &dumped)
        for text in ["\(card)", String(reflecting: card), dumped] {
            #expect(!text.contains("4242"))
            #expect(!text.contains("917"))
        }
    }

    @Test("is refused in words that name the field", arguments: CardRefusal.allCases)
    func refusals(refusal: CardRefusal) {
        #expect(CardRefusal(document: refusal.document) == refusal)
        #expect(refusal.message.hasSuffix("."))
        #expect((refusal.parameter == nil) == (refusal.declineCode != nil))
    }

    @Test("waits for a vault whose certificate is not there yet")
    func missingCertificate() async throws {
        let vault = VaultClient(url: "https://127.0.0.1:1", certificateFile: "/nonexistent.pem")
        await #expect(throws: VaultError.self) { try await vault.tokenize(card) }
        // Not an identifier at all: no vault is asked.
        #expect(try await vault.resolve("4242424242424242") == nil)
        try await vault.shutdown()
    }
}

import Money
import Payments
import TestKit
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    private let moment = Timestamp(secondsSinceEpoch: 1_760_000_000)

    @Test("A generated identifier has its prefix, 24 characters, and reads back")
    func generated() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let id = PaymentID.generate(at: moment, using: &generator)
            #expect(id.rawValue.hasPrefix("pi_"))
            #expect(id.suffix.count == 24)
            #expect(PaymentID(rawValue: id.rawValue) == id)
        }
    }

    @Test("A later identifier sorts after an earlier one, byte by byte")
    func ordered() {
        var generator = SeededGenerator(seed: 2)
        var previous = ChargeID.generate(at: moment, using: &generator)
        for step in 1...200 {
            let next = ChargeID.generate(
                at: moment.adding(milliseconds: Int64(step)),
                using: &generator
            )
            #expect(previous.rawValue.utf8.lexicographicallyPrecedes(next.rawValue.utf8))
            previous = next
        }
    }

    @Test(
        "A text of another kind, length or alphabet is no identifier",
        arguments: [
            "", "pi_", "pi_0123456789abcdefghijklm", "pi_0123456789abcdefghijklmno",
            "ch_0123456789abcdefghijklmn", "pi_0123456789abcdefghij-lmn",
            "pi_0123456789abcdefghijklé", "PI_0123456789abcdefghijklmn",
        ]
    )
    func refused(text: String) {
        #expect(PaymentID(rawValue: text) == nil)
    }

    @Test("Derived identifiers read back to their stream, version and index")
    func derived() throws {
        var generator = SeededGenerator(seed: 3)
        let streams: [StreamID] = [
            .payment(.generate(at: moment, using: &generator)),
            .paymentMethod(.generate(at: moment, using: &generator)),
            .cardToken(.generate(at: moment, using: &generator)),
            .merchant(.generate(at: moment, using: &generator)),
            .webhookEndpoint(.generate(at: moment, using: &generator)),
            .webhookReplay(.generate(at: moment, using: &generator)),
        ]
        for stream in streams {
            #expect(StreamID(rawValue: stream.rawValue) == stream)
            for version in [1, 61, 62, 63, 3_843] as [Int32] {
                for index in [0, 2, 25] {
                    let id = APIEventID(stream: stream, version: version, index: index)
                    #expect(id.rawValue.utf8.count == 32)
                    #expect(APIEventID(rawValue: id.rawValue) == id)
                }
            }
        }
        let payment = PaymentID.generate(at: moment, using: &generator)
        for version in 1...Payment.maximumVersion {
            let journal = JournalID(paymentID: payment, version: version)
            let transaction = BalanceTransactionID(paymentID: payment, version: version)
            #expect(JournalID(rawValue: journal.rawValue) == journal)
            #expect(BalanceTransactionID(rawValue: transaction.rawValue) == transaction)
            #expect(BalanceTransactionID(rawValue: journal.rawValue) == nil)
        }
    }

    @Test(
        "A derived identifier that could not have been made is refused",
        arguments: [
            "evt_", "evt_p0123456789abcdefghijklmn00a", "evt_p0123456789abcdefghijklmn01A",
            "evt_x0123456789abcdefghijklmn01a", "evt_p0123456789abcdefghijklm-01a",
            "evt_p0123456789abcdefghijklmn01aa", "ev__p0123456789abcdefghijklmn01a",
        ]
    )
    func refusedEvent(text: String) {
        #expect(APIEventID(rawValue: text) == nil)
    }

    @Test("A derived identifier spells its parts as documented")
    func spelling() throws {
        let id = try #require(PaymentID(rawValue: "pi_0123456789abcdefghijklmn"))
        #expect(
            APIEventID(stream: .payment(id), version: 62, index: 1).rawValue
                == "evt_p0123456789abcdefghijklmn10b"
        )
        #expect(
            JournalID(paymentID: id, version: 4).rawValue == "jrn_0123456789abcdefghijklmn04"
        )
        #expect(
            BalanceTransactionID(paymentID: id, version: 61).rawValue
                == "txn_0123456789abcdefghijklmn0z"
        )
    }

    @Test("A network reference is the command's number, and gives it back")
    func references() throws {
        for id in [1, 35, 36, 999_998, 999_999, 1_000_000, 4_738_381_338_321_616_895] as [Int64] {
            let reference = NetworkReference(commandID: id)
            #expect(reference.rawValue.count == 12)
            #expect(reference.commandID == id)
            #expect(NetworkReference(rawValue: reference.rawValue) == reference)
            #expect((1...999_999).contains(reference.traceNumber))
        }
        #expect(NetworkReference(commandID: 35).rawValue == "00000000000Z")
        #expect(NetworkReference(commandID: 1).traceNumber == 2)
        #expect(NetworkReference(commandID: 999_998).traceNumber == 999_999)
        #expect(NetworkReference(commandID: 999_999).traceNumber == 1)
        #expect(NetworkReference(rawValue: "000000000000") == nil)
        #expect(NetworkReference(rawValue: "00000000000z") == nil)
        #expect(NetworkReference(rawValue: "1") == nil)
    }
}

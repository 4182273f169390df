import Money
import NIOCore
import Payments
import Testing

@testable import CardNetwork

@Suite("The codec")
struct CodecTests {
    @Test("writes an authorization as documented, byte for byte")
    func goldenAuthorization() throws {
        let message = AcquirerProfile().message(for: SampleEffects.authorization())
        let text = String(decoding: try message.encoded(), as: UTF8.self)
        let expected = [
            "0100", "723C448108E08000",
            "18" + "990012345678901234",
            "000000", "000000100000",
            "0301120505", "000042", "120505", "0301",
            "3403", "5999", "812", "59",
            "11" + "10000000001",
            "000000000015",
            "ECOMMERC", "IjKlMnOpQrStUvW",
            "ROCKET RIDES             ONLINE       IN", "356",
        ]
        #expect(text == expected.joined())
    }

    @Test("reads every message that it writes", arguments: SampleMessages.all)
    func roundTrip(message: WireMessage) throws {
        let bytes = try message.encoded()
        #expect(try WireMessage(decoding: bytes) == message)
        #expect(bytes.count < WireFrame.maximumBytes)
    }

    @Test("carries every effect of the state machine", arguments: SampleEffects.all.indices)
    func effects(index: Int) throws {
        let effect = SampleEffects.all[index]
        let message = AcquirerProfile().message(for: effect)
        let read = try WireMessage(decoding: try message.encoded())
        #expect(read == message)
        #expect(read[.reference] == effect.message.reference.rawValue)
        #expect(read[.cardToken] == effect.message.networkToken)
    }

    @Test("tells a capture of a part by what stands in place of the authorized amount")
    func partialCapture() {
        let profile = AcquirerProfile()
        let whole = profile.message(for: SampleEffects.capture())
        #expect(whole[.replacementAmounts] == nil)
        let part = profile.message(for: SampleEffects.capture(amount: 60_000))
        #expect(part[.amount] == "000000100000")
        #expect(part[.replacementAmounts]?.prefix(12) == "000000060000")
    }

    @Test("points back at the authorization and can be read again")
    func originalElements() throws {
        let message = AcquirerProfile().message(for: SampleEffects.refund(of: 41, command: 44))
        let text = try #require(message[.originalElements])
        let original = try #require(OriginalElements(text: text))
        let authorization = AcquirerProfile().message(for: SampleEffects.authorization(command: 41))
        #expect(original.traceNumber == 42)
        #expect(original.transmissionTime == authorization[.transmissionTime])
        #expect(original.acquirer == authorization[.acquirer])
        #expect(original.text == text)
    }

    @Test("names the void, the system's reversal and their repeats by their types")
    func reversalTypes() {
        let profile = AcquirerProfile()
        let types = [
            (ReversalKind.void, false), (.void, true), (.system, false), (.system, true),
        ].map { kind, isRepeat in
            profile.message(for: SampleEffects.reversal(kind: kind, isRepeat: isRepeat)).type
        }
        #expect(
            types == [
                .reversalRequest, .reversalAdviceRepeat, .reversalAdvice, .reversalAdviceRepeat,
            ]
        )
    }

    @Test("lets no character into a name that the wire does not know")
    func names() {
        #expect(AcquirerProfile.fitted("Café ☕ on the long road", 10) == "Caf? ? on ")
        #expect(AcquirerProfile.fitted("", 3) == "   ")
    }

    @Test(
        "writes the calendar right around leap days and new years",
        arguments: [
            (0, "0101000000", 1_970), (951_827_696, "0229123456", 2_000),
            (4_107_542_399, "0228235959", 2_100), (4_107_542_400, "0301000000", 2_100),
            (1_798_761_599, "1231235959", 2_026), (1_798_761_600, "0101000000", 2_027),
        ]
    )
    func calendar(seconds: Int64, expected: String, year: Int) {
        let time = WireTime(Timestamp(secondsSinceEpoch: seconds))
        #expect(time.transmissionTime == expected)
        #expect(time.yearNumber == year)
    }

    @Test("takes messages out of a stream however it was cut", arguments: [1, 2, 3, 7, 100, 5_000])
    func framing(chunkBytes: Int) throws {
        let messages = try SampleMessages.all.map { try $0.encoded() }
        let stream = messages.flatMap { WireFrame.framed($0) }
        var reader = WireFrameReader()
        var read: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: chunkBytes) {
            let chunk = stream[start..<min(start + chunkBytes, stream.count)]
            reader.append(ByteBuffer(bytes: chunk))
            while let message = try reader.next() { read.append(message) }
        }
        #expect(read == messages)
    }

    @Test("refuses frames whose length cannot be right")
    func impossibleFrames() throws {
        var empty = WireFrameReader()
        empty.append(ByteBuffer(bytes: [0, 0]))
        #expect(throws: WireError.emptyFrame) { try empty.next() }
        var long = WireFrameReader()
        long.append(ByteBuffer(bytes: [0x04, 0x01]))
        #expect(throws: WireError.overlongFrame(bytes: 1_025)) { try long.next() }
        #expect(WireError.overlongFrame(bytes: 1_025).losesFraming)
    }
}

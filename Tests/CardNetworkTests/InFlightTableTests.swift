import NIOCore
import Testing

@testable import CardNetwork

@Suite("The table of requests in flight")
struct InFlightTableTests {
    private func answerKey(
        _ traceNumber: String,
        _ reference: String = "000000000001"
    ) -> AnswerKey? {
        AnswerKey(
            request: WireMessage(
                .authorizationRequest,
                [.traceNumber: traceNumber, .reference: reference]
            )
        )
    }

    private func deadline(_ seconds: Int64) -> NIODeadline {
        NIODeadline.uptimeNanoseconds(0) + .seconds(seconds)
    }

    @Test("gives an answer to the request with its number and reference, once")
    func answers() throws {
        var table = InFlightTable<String>()
        let first = try #require(answerKey("000001"))
        let second = try #require(answerKey("000001", "000000000002"))
        table.insert("first", id: 1, key: first, deadline: deadline(9), frameNumber: 1)
        table.insert("second", id: 2, key: second, deadline: deadline(9), frameNumber: 2)
        #expect(table.take(second) == ["second"])
        #expect(table.take(second) == [])
        #expect(table.take(first) == ["first"])
        #expect(table.isEmpty)
    }

    @Test("tells kinds of answers apart")
    func kinds() throws {
        let fields: [WireField: String] = [.traceNumber: "000001", .reference: "000000000001"]
        let void = AnswerKey(request: WireMessage(.reversalRequest, fields))
        let reversal = AnswerKey(request: WireMessage(.reversalAdvice, fields))
        #expect(void != reversal)
        #expect(AnswerKey(request: WireMessage(.reversalAdviceRepeat, fields)) == reversal)
        #expect(AnswerKey(answer: WireMessage(.reversalAdviceResponse, fields)) == reversal)
        #expect(AnswerKey(answer: WireMessage(.reversalAdvice, fields)) == nil)
        #expect(AnswerKey(request: WireMessage(.reversalResponse, fields)) == nil)
    }

    @Test("lets a repeat share the answer of the first")
    func sharing() throws {
        var table = InFlightTable<Int>()
        let key = try #require(answerKey("000001"))
        table.insert(1, id: 1, key: key, deadline: deadline(9), frameNumber: 1)
        table.insert(2, id: 2, key: key, deadline: deadline(9), frameNumber: 2)
        #expect(table.take(key) == [1, 2])
        #expect(table.isEmpty)
    }

    @Test("lets go whose time is up, and only them")
    func expiry() throws {
        var table = InFlightTable<Int>()
        let key = try #require(answerKey("000001"))
        let other = try #require(answerKey("000002"))
        table.insert(1, id: 1, key: key, deadline: deadline(5), frameNumber: 1)
        table.insert(2, id: 2, key: key, deadline: deadline(7), frameNumber: 2)
        table.insert(3, id: 3, key: other, deadline: deadline(5), frameNumber: 3)
        #expect(table.takeExpired(at: deadline(4)) == [])
        #expect(table.takeExpired(at: deadline(5)).sorted() == [1, 3])
        #expect(table.count == 1)
        #expect(table.take(key) == [2])
    }

    @Test("tells what was sent from what was not when the connection ends")
    func ending() throws {
        var table = InFlightTable<Int>()
        for number in 1...4 {
            let key = try #require(answerKey(WireTime.padded(number, 6)))
            table.insert(
                number,
                id: UInt64(number),
                key: key,
                deadline: deadline(9),
                frameNumber: UInt64(number)
            )
        }
        let ended = table.takeAll(handedOverCount: 2)
        #expect(ended.unknown.sorted() == [1, 2])
        #expect(ended.notSent.sorted() == [3, 4])
        #expect(table.isEmpty)
    }

    @Test("forgets a request that was given up, and nobody else")
    func removal() throws {
        var table = InFlightTable<Int>()
        let key = try #require(answerKey("000001"))
        table.insert(1, id: 1, key: key, deadline: deadline(9), frameNumber: 1)
        table.insert(2, id: 2, key: key, deadline: deadline(9), frameNumber: 2)
        #expect(table.remove(id: 1, key: key)?.waiter == 1)
        #expect(table.remove(id: 1, key: key) == nil)
        #expect(table.take(key) == [2])
    }
}

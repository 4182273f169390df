import Money
import Testing

@Suite("Moments")
struct TimestampTests {
    @Test("seconds and milliseconds are rounded towards the past, before 1970 too")
    func rounding() {
        let moment = Timestamp(microsecondsSinceEpoch: 1_999_999)
        #expect(moment.secondsSinceEpoch == 1)
        #expect(moment.millisecondsSinceEpoch == 1_999)
        let before = Timestamp(microsecondsSinceEpoch: -1)
        #expect(before.secondsSinceEpoch == -1)
        #expect(before.millisecondsSinceEpoch == -1)
        #expect(Timestamp(microsecondsSinceEpoch: -1_000_000).secondsSinceEpoch == -1)
    }

    @Test("time is added and measured in both directions")
    func arithmetic() {
        let noon = Timestamp(secondsSinceEpoch: 43_200)
        let later = noon.adding(seconds: 90).adding(milliseconds: 5).adding(microseconds: -1)
        #expect(later.microseconds(since: noon) == 90_004_999)
        #expect(noon.microseconds(since: later) == -90_004_999)
        #expect(noon < later)
        #expect(noon.adding(seconds: -43_200) == Timestamp(microsecondsSinceEpoch: 0))
    }

    @Test("arithmetic stops at the ends of the range")
    func ends() {
        let first = Timestamp(microsecondsSinceEpoch: .min)
        let last = Timestamp(microsecondsSinceEpoch: .max)
        #expect(last.adding(microseconds: 1) == last)
        #expect(first.adding(microseconds: -1) == first)
        #expect(first.adding(seconds: .max) == Timestamp(microsecondsSinceEpoch: -1))
        #expect(Timestamp(secondsSinceEpoch: .max) == last)
        #expect(Timestamp(secondsSinceEpoch: .min) == first)
        #expect(last.microseconds(since: first) == .max)
        #expect(first.microseconds(since: last) == .min)
    }
}

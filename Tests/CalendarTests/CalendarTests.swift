import Calendar
import Money
import TestKit
import Testing

@Suite("Business days and cut-offs")
struct CalendarTests {
    private func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

    @Test("In India the second and fourth Saturday are free, the others are not")
    func saturdays() throws {
        let india = BusinessCalendar.india
        let kinds = try [
            "2026-11-07", "2026-11-14", "2026-11-21", "2026-11-28", "2026-08-29", "2026-11-22",
        ].map { india.isBusinessDay(try day($0)) }
        #expect(kinds == [true, false, true, false, true, false])
        #expect(!BusinessCalendar.euro.isBusinessDay(try day("2026-11-07")))
    }

    @Test("A holiday has a name, and a list says which years it knows")
    func holidays() throws {
        let list = HolidayList.reserveBankOfIndia
        #expect(
            BusinessCalendar.india.kind(of: try day("2026-10-02"))
                == .holiday("Mahatma Gandhi Jayanti")
        )
        #expect(list.covers(try day("2027-12-31")))
        #expect(!list.covers(try day("2028-01-01")))
        #expect(!list.covers(try day("2025-12-31")))
        #expect(list.source.contains("national holidays"))
        // Seven on the same date each year, and those that 2026 was announced with.
        #expect(list.holidays.count == 2 * 7 + 16)
        #expect(list.name(of: try day("2026-11-24")) == "Guru Nanak Jayanti")
        #expect(
            BusinessCalendar.india.settlementDay(of: try day("2026-11-23"), plus: 1)
                == (try day("2026-11-25"))
        )
    }

    @Test("T+2 steps over a weekend and a holiday")
    func settlementDays() throws {
        let india = BusinessCalendar.india
        // Friday 25 December 2026 is a holiday; the 26th is a fourth Saturday.
        #expect(india.settlementDay(of: try day("2026-12-24"), plus: 1) == (try day("2026-12-28")))
        #expect(india.settlementDay(of: try day("2026-12-24"), plus: 2) == (try day("2026-12-29")))
        #expect(india.settlementDay(of: try day("2026-12-25"), plus: 0) == (try day("2026-12-28")))
        #expect(india.settlementDay(of: try day("2026-11-23"), plus: 0) == (try day("2026-11-23")))
    }

    @Test("A cut-off is by the merchant's clocks, and the moment itself belongs to the next")
    func cutOffs() throws {
        let rule = CutOff.forCountry("IN")
        let friday = rule.moment(on: try day("2026-11-27"))
        #expect(
            friday.secondsSinceEpoch == (try day("2026-11-27")).midnight.secondsSinceEpoch
                + 23 * 3_600 - 19_800
        )
        #expect(rule.next(after: friday.adding(microseconds: -1)) == friday)
        // The 28th is a fourth Saturday, the 29th a Sunday.
        #expect(rule.next(after: friday) == rule.moment(on: try day("2026-11-30")))
        #expect(rule.settlement(of: friday, plus: 1) == rule.moment(on: try day("2026-11-30")))
    }

    @Test("Any days: cut-offs partition time, T+n rises by business days only", arguments: 1...20)
    func properties(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for country in ["IN", "DE"] {
            let rule = CutOff.forCountry(country)
            for _ in 0..<200 {
                let moment = Timestamp(
                    microsecondsSinceEpoch: Int64.random(
                        in: 1_700_000_000_000_000...1_900_000_000_000_000,
                        using: &generator
                    )
                )
                let next = rule.next(after: moment)
                #expect(next > moment)
                #expect(rule.calendar.isBusinessDay(rule.day(of: next)))
                // No cut-off lies between a moment and the next one after it.
                #expect(rule.next(after: next.adding(microseconds: -1)) == next)
                let between = MomentInterval(start: moment, end: next)
                #expect(rule.moments(in: between).allSatisfy { $0 == moment })
                let count = Int.random(in: 0...6, using: &generator)
                let settled = rule.settlement(of: next, plus: count)
                let passed = rule.moments(in: MomentInterval(start: next, end: settled))
                #expect(passed.count == count)
            }
        }
    }

    @Test("An interval has its start and not its end; one that ends early is empty")
    func intervals() {
        let start = Timestamp(secondsSinceEpoch: 10)
        let interval = MomentInterval(start: start, end: Timestamp(secondsSinceEpoch: 12))
        #expect(interval.contains(start))
        #expect(!interval.contains(interval.end))
        #expect(MomentInterval(start: interval.end, end: start).isEmpty)
    }
}

public import Money

/// A day of the Gregorian calendar, without a time and without a place.
///
/// Which day a moment belongs to depends on where one stands; see ``init(of:secondsFromUTC:)``.
public struct CalendarDate: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01; negative before it.
    public let daysSinceEpoch: Int64

    /// The days that can be written with four digits of a year, 0001-01-01 to 9999-12-31.
    private static let range: ClosedRange<Int64> = -719_162...2_932_896

    private static let secondsPerDay: Int64 = 86_400

    /// Makes a day from its number; stops at the ends of the calendar.
    public init(daysSinceEpoch: Int64) {
        self.daysSinceEpoch = min(max(daysSinceEpoch, Self.range.lowerBound), Self.range.upperBound)
    }

    /// Makes a day; nil when the month has no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9_999).contains(year), (1...12).contains(month),
            (1...Self.length(ofMonth: month, inYear: year)).contains(day)
        else { return nil }
        // Years begin in March, so that the leap day is the last of its year; eras have 400 years.
        let shifted = Int64(month <= 2 ? year - 1 : year)
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let monthFromMarch = Int64((month + 9) % 12)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        daysSinceEpoch = era * 146_097 + dayOfEra - 719_468
    }

    /// Reads `2026-11-24`; nil when that is no day.
    public init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 10, digits[4] == UInt8(ascii: "-"), digits[7] == UInt8(ascii: "-"),
            let year = Self.number(digits[0..<4]), let month = Self.number(digits[5..<7]),
            let day = Self.number(digits[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// The day that a moment belongs to where clocks are so many seconds ahead of UTC.
    public init(of moment: Timestamp, secondsFromUTC: Int64 = 0) {
        let seconds = moment.adding(seconds: secondsFromUTC).secondsSinceEpoch
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: Self.secondsPerDay)
        self.init(daysSinceEpoch: rest < 0 ? days - 1 : days)
    }

    /// The moment at which the day begins in UTC.
    public var midnight: Timestamp { midnight(secondsFromUTC: 0) }

    /// The moment at which the day begins where clocks are so many seconds ahead of UTC.
    public func midnight(secondsFromUTC: Int64) -> Timestamp {
        Timestamp(secondsSinceEpoch: daysSinceEpoch * Self.secondsPerDay - secondsFromUTC)
    }

    /// The day that many days later, or earlier when negative.
    public func adding(days: Int64) -> CalendarDate {
        let (sum, overflows) = daysSinceEpoch.addingReportingOverflow(days)
        return CalendarDate(daysSinceEpoch: overflows ? (days > 0 ? .max : .min) : sum)
    }

    /// The day of the week.
    public var weekday: Weekday {
        // 1970-01-01 was a Thursday.
        let place = Int(((daysSinceEpoch + 3) % 7 + 7) % 7)
        return Weekday.allCases[place]
    }

    /// Year, month and day.
    public var components: (year: Int, month: Int, day: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), Int(month), Int(day))
    }

    /// Whether one day is before another.
    public static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        left.daysSinceEpoch < right.daysSinceEpoch
    }

    private static func length(ofMonth month: Int, inYear year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }
}

extension CalendarDate: CustomStringConvertible {
    /// The day as ISO 8601 writes it, `2026-11-24`.
    public var description: String {
        let (year, month, day) = components
        return Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// A day of the week.
public enum Weekday: Sendable, Hashable, CaseIterable {
    case monday
    case tuesday
    case wednesday
    case thursday
    case friday
    case saturday
    case sunday
}

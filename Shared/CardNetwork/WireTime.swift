public import Money

/// The calendar forms that a moment takes in messages, in UTC.
public struct WireTime: Sendable, Equatable {
    private let year: Int
    private let month: Int
    private let day: Int
    private let secondOfDay: Int

    /// The moment, to the second.
    public init(_ moment: Timestamp) {
        let seconds = Int(moment.secondsSinceEpoch)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        secondOfDay = seconds - days * 86_400
        (year, month, day) = Self.civil(days: days)
    }

    /// Field 7: MMDDhhmmss.
    public var transmissionTime: String { date + time }

    /// Field 13: MMDD.
    public var date: String { Self.padded(month, 2) + Self.padded(day, 2) }

    /// Field 12: hhmmss.
    public var time: String {
        Self.padded(secondOfDay / 3_600, 2) + Self.padded(secondOfDay / 60 % 60, 2)
            + Self.padded(secondOfDay % 60, 2)
    }

    /// Months since year 0, to compare expiry dates with.
    public var monthNumber: Int { year * 12 + month - 1 }

    /// The four digits of the year.
    public var yearNumber: Int { year }

    /// A number with zeros before it.
    static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// The Gregorian date of a day, counted from 1970-01-01.
    ///
    /// Years begin in March here, so that the leap day is the last one.
    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}

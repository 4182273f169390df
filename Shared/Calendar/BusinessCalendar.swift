/// Which days are business days: a rule for weekends, and a list of holidays.
public struct BusinessCalendar: Sendable, Hashable {
    /// Which Saturdays and Sundays are free.
    public enum Weekend: Sendable, Hashable, CaseIterable {
        /// Both days, always.
        case saturdayAndSunday
        /// Sundays, and the second and fourth Saturday of each month, as banks in India rest.
        case sundayAndEvenSaturdays
    }

    /// What kind of day a day is.
    public enum DayKind: Sendable, Hashable {
        case business
        case weekend
        case holiday(String)
    }

    /// The longest run of free days that is looked over; no real calendar has one.
    private static let longestRest: Int64 = 60

    /// The rule for weekends.
    public let weekend: Weekend
    /// The holidays.
    public let holidays: HolidayList

    /// Puts a calendar together.
    public init(weekend: Weekend, holidays: HolidayList) {
        self.weekend = weekend
        self.holidays = holidays
    }

    /// The calendar of banks in India.
    public static let india = BusinessCalendar(
        weekend: .sundayAndEvenSaturdays,
        holidays: .reserveBankOfIndia
    )

    /// The calendar of the euro's settlement, used where no other is known.
    public static let euro = BusinessCalendar(weekend: .saturdayAndSunday, holidays: .t2)

    /// What kind of day a day is.
    ///
    /// Outside the stretch of the list only weekends are known; ``HolidayList/covers(_:)`` tells.
    public func kind(of day: CalendarDate) -> DayKind {
        if let name = holidays.name(of: day) { return .holiday(name) }
        return isWeekend(day) ? .weekend : .business
    }

    /// Whether business is done on a day.
    public func isBusinessDay(_ day: CalendarDate) -> Bool { kind(of: day) == .business }

    /// The day itself if it is a business day, or else the next one.
    public func businessDay(onOrAfter day: CalendarDate) -> CalendarDate {
        var day = day
        for _ in 0..<Self.longestRest where !isBusinessDay(day) { day = day.adding(days: 1) }
        return day
    }

    /// T+n: the n-th business day after a day; T+0 is the day itself or the next business day.
    public func settlementDay(of day: CalendarDate, plus count: Int) -> CalendarDate {
        var day = businessDay(onOrAfter: day)
        for _ in 0..<max(0, count) { day = businessDay(onOrAfter: day.adding(days: 1)) }
        return day
    }

    private func isWeekend(_ day: CalendarDate) -> Bool {
        switch (day.weekday, weekend) {
        case (.sunday, _), (.saturday, .saturdayAndSunday): return true
        case (.saturday, .sundayAndEvenSaturdays):
            let place = (day.components.day - 1) / 7 + 1
            return place == 2 || place == 4
        case (.monday, _), (.tuesday, _), (.wednesday, _), (.thursday, _), (.friday, _):
            return false
        }
    }
}

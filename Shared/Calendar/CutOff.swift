public import Money

/// A place's clocks, as a fixed distance from UTC.
///
/// India and UTC have no daylight saving time; a zone that has one needs a table instead.
public struct ZoneOffset: Sendable, Hashable {
    /// The zone's name.
    public let name: String
    /// How far its clocks are ahead of UTC.
    public let secondsFromUTC: Int64

    /// Names a zone.
    public init(name: String, secondsFromUTC: Int64) {
        self.name = name
        self.secondsFromUTC = secondsFromUTC
    }

    /// India Standard Time.
    public static let india = ZoneOffset(name: "Asia/Kolkata", secondsFromUTC: 19_800)
    /// Coordinated Universal Time.
    public static let utc = ZoneOffset(name: "UTC", secondsFromUTC: 0)
}

/// The moment of each business day at which what has come so far is closed.
public struct CutOff: Sendable, Hashable {
    private static let secondsPerDay: Int64 = 86_400

    /// Which days have one.
    public let calendar: BusinessCalendar
    /// Whose clocks count.
    public let zone: ZoneOffset
    /// When on the day, in seconds after its midnight there.
    public let secondsAfterMidnight: Int64

    /// Makes a rule; the time of day is brought into the day.
    public init(calendar: BusinessCalendar, zone: ZoneOffset, secondsAfterMidnight: Int64) {
        self.calendar = calendar
        self.zone = zone
        self.secondsAfterMidnight = min(max(0, secondsAfterMidnight), Self.secondsPerDay - 1)
    }

    /// The rule for a merchant's country: 23:00 in India, else 23:00 UTC on euro business days.
    public static func forCountry(_ country: String) -> CutOff {
        country == "IN"
            ? CutOff(calendar: .india, zone: .india, secondsAfterMidnight: 23 * 3_600)
            : CutOff(calendar: .euro, zone: .utc, secondsAfterMidnight: 23 * 3_600)
    }

    /// The cut-off of a day, whether or not it is a business day.
    public func moment(on day: CalendarDate) -> Timestamp {
        day.midnight(secondsFromUTC: zone.secondsFromUTC).adding(seconds: secondsAfterMidnight)
    }

    /// The day that a moment is on, by the zone's clocks.
    public func day(of moment: Timestamp) -> CalendarDate {
        CalendarDate(of: moment, secondsFromUTC: zone.secondsFromUTC)
    }

    /// The first cut-off after a moment; a moment that is one belongs to the next.
    public func next(after moment: Timestamp) -> Timestamp {
        let today = calendar.businessDay(onOrAfter: day(of: moment))
        let candidate = self.moment(on: today)
        guard candidate <= moment else { return candidate }
        return self.moment(on: calendar.businessDay(onOrAfter: today.adding(days: 1)))
    }

    /// The cut-offs inside an interval, in order.
    public func moments(in interval: MomentInterval) -> [Timestamp] {
        var moments: [Timestamp] = []
        var moment = next(after: interval.start.adding(microseconds: -1))
        while interval.contains(moment) {
            moments.append(moment)
            moment = next(after: moment)
        }
        return moments
    }

    /// When what was closed at a cut-off is at hand: the cut-off's time, T+n business days later.
    public func settlement(of cutOff: Timestamp, plus count: Int) -> Timestamp {
        moment(on: calendar.settlementDay(of: day(of: cutOff), plus: count))
    }
}

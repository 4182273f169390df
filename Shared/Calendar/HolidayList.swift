/// Holidays as data: which days, for which stretch of time, and who says so.
public struct HolidayList: Sendable, Hashable {
    /// One day without business.
    public struct Holiday: Sendable, Hashable {
        /// The day.
        public let day: CalendarDate
        /// Its name.
        public let name: String
    }

    /// The list's name.
    public let name: String
    /// Where the days come from, in words.
    public let source: String
    /// The first day that the list speaks of.
    public let firstDay: CalendarDate
    /// The first day that it no longer speaks of.
    public let endDay: CalendarDate
    /// The holidays, in order.
    public let holidays: [Holiday]

    private let names: [CalendarDate: String]

    /// Makes a list; holidays outside its stretch are left out.
    public init(
        name: String,
        source: String,
        firstDay: CalendarDate,
        endDay: CalendarDate,
        holidays: [Holiday]
    ) {
        self.name = name
        self.source = source
        self.firstDay = firstDay
        self.endDay = endDay
        self.holidays = holidays.filter { firstDay <= $0.day && $0.day < endDay }
            .sorted { $0.day < $1.day }
        names = Dictionary(self.holidays.map { ($0.day, $0.name) }) { first, _ in first }
    }

    /// Whether the list says anything about a day; before and after it, silence is no statement.
    public func covers(_ day: CalendarDate) -> Bool { firstDay <= day && day < endDay }

    /// The holiday's name, if the day is one.
    public func name(of day: CalendarDate) -> String? { names[day] }
}

extension HolidayList {
    /// Days on which the Reserve Bank of India's settlement rests, 2026 and 2027.
    public static let reserveBankOfIndia = fixedDays(
        name: "IN",
        source: """
            The three national holidays of India (26 January, 15 August, 2 October) and the days of \
            the Negotiable Instruments Act in Mumbai that fall on the same date each year: 1 April \
            (yearly closing of the banks' accounts), 14 April, 1 May and 25 December. Festivals \
            that follow the moon are announced year by year: those of 2026 as the National Stock \
            Exchange's circular DS71968 of 23 December 2025 has them for its debt segment, whose \
            money settles at the Reserve Bank. For 2027 they are not announced yet.
            """,
        years: 2_026...2_027,
        days: [
            (1, 26, "Republic Day"), (4, 1, "Yearly closing of accounts"),
            (4, 14, "Dr Babasaheb Ambedkar Jayanti"), (5, 1, "Maharashtra Day"),
            (8, 15, "Independence Day"), (10, 2, "Mahatma Gandhi Jayanti"), (12, 25, "Christmas"),
        ],
        announced: [
            Holiday(day: day(2_026, 2, 15), name: "Mahashivratri"),
            Holiday(day: day(2_026, 2, 19), name: "Chhatrapati Shivaji Maharaj Jayanti"),
            Holiday(day: day(2_026, 3, 3), name: "Holi"),
            Holiday(day: day(2_026, 3, 19), name: "Gudhi Padwa"),
            Holiday(day: day(2_026, 3, 21), name: "Id-ul-Fitr"),
            Holiday(day: day(2_026, 3, 26), name: "Ram Navami"),
            Holiday(day: day(2_026, 3, 31), name: "Mahavir Jayanti"),
            Holiday(day: day(2_026, 4, 3), name: "Good Friday"),
            Holiday(day: day(2_026, 5, 28), name: "Bakri Id"),
            Holiday(day: day(2_026, 6, 26), name: "Muharram"),
            Holiday(day: day(2_026, 8, 26), name: "Id-e-Milad"),
            Holiday(day: day(2_026, 9, 14), name: "Ganesh Chaturthi"),
            Holiday(day: day(2_026, 10, 20), name: "Dussehra"),
            Holiday(day: day(2_026, 11, 8), name: "Diwali (Laxmi Pujan)"),
            Holiday(day: day(2_026, 11, 10), name: "Diwali (Balipratipada)"),
            Holiday(day: day(2_026, 11, 24), name: "Guru Nanak Jayanti"),
        ]
    )

    /// Days on which the euro's settlement system (T2) rests, 2026 and 2027.
    public static let t2 = HolidayList(
        name: "EU",
        source: """
            The closing days of T2 that the European Central Bank fixed for good: 1 January, Good \
            Friday, Easter Monday, 1 May, 25 and 26 December.
            """,
        firstDay: day(2_026, 1, 1),
        endDay: day(2_028, 1, 1),
        holidays: [
            Holiday(day: day(2_026, 1, 1), name: "New Year's Day"),
            Holiday(day: day(2_026, 4, 3), name: "Good Friday"),
            Holiday(day: day(2_026, 4, 6), name: "Easter Monday"),
            Holiday(day: day(2_026, 5, 1), name: "Labour Day"),
            Holiday(day: day(2_026, 12, 25), name: "Christmas Day"),
            Holiday(day: day(2_026, 12, 26), name: "Christmas Holiday"),
            Holiday(day: day(2_027, 1, 1), name: "New Year's Day"),
            Holiday(day: day(2_027, 3, 26), name: "Good Friday"),
            Holiday(day: day(2_027, 3, 29), name: "Easter Monday"),
            Holiday(day: day(2_027, 5, 1), name: "Labour Day"),
            Holiday(day: day(2_027, 12, 25), name: "Christmas Day"),
            Holiday(day: day(2_027, 12, 26), name: "Christmas Holiday"),
        ]
    )

    private static func fixedDays(
        name: String,
        source: String,
        years: ClosedRange<Int>,
        days: [(month: Int, day: Int, name: String)],
        announced: [Holiday]
    ) -> HolidayList {
        HolidayList(
            name: name,
            source: source,
            firstDay: day(years.lowerBound, 1, 1),
            endDay: day(years.upperBound + 1, 1, 1),
            holidays: years.flatMap { year in
                days.map { Holiday(day: day(year, $0.month, $0.day), name: $0.name) }
            } + announced
        )
    }

    private static func day(_ year: Int, _ month: Int, _ day: Int) -> CalendarDate {
        guard let date = CalendarDate(year: year, month: month, day: day) else {
            preconditionFailure("the list names a day that no calendar has")
        }
        return date
    }
}

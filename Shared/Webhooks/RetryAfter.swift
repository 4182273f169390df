public import Money

/// Reads the header `Retry-After`: seconds, or a date of the form that HTTP prescribes.
public enum RetryAfter {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The moment that a receiver asks to wait for, at most a day ahead; nil for what cannot be
    /// read or has passed.
    public static func moment(_ header: String, now: Timestamp) -> Timestamp? {
        let latest = now.adding(seconds: RetrySchedule.maximumSeconds)
        let text = header.filter { $0 != "\t" }.split(separator: " ").joined(separator: " ")
        if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
            guard let seconds = Int64(text) else { return latest }
            return seconds == 0 ? nil : min(now.adding(seconds: seconds), latest)
        }
        guard let date = date(text), now < date else { return nil }
        return min(date, latest)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[0].hasSuffix(","),
            let day = number(words[1], 1...31),
            let month = months.firstIndex(of: String(words[2])),
            let year = number(words[3], 1_970...9_999)
        else { return nil }
        let time = words[4].split(separator: ":")
        guard time.count == 3, let hour = number(time[0], 0...23),
            let minute = number(time[1], 0...59), let second = number(time[2], 0...60)
        else { return nil }
        let days = days(year: year, month: Int64(month) + 1, day: day)
        return Timestamp(
            secondsSinceEpoch: days * 86_400 + hour * 3_600 + minute * 60 + second
        )
    }

    private static func number(_ text: Substring, _ bounds: ClosedRange<Int64>) -> Int64? {
        guard let value = Int64(text), bounds.contains(value) else { return nil }
        return value
    }

    /// Days since 1970; years begin in March here, so that the leap day is the last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}

import Calendar
public import Money

extension ClearingFile {
    /// How many characters a line has, its line feed not counted.
    static let lineLength = 104

    /// The wire form.
    public func serialized() -> [UInt8] {
        var lines: [String] = []
        lines.reserveCapacity(details.count + 2)
        lines.append(
            "0101" + Self.text(acceptor, 15) + Self.number(Int64(currency.numericCode), 3)
                + Self.time(cutOff)
        )
        for (index, detail) in details.enumerated() {
            lines.append(
                detail.kind.rawValue + Self.number(Int64(index + 1), 8)
                    + Self.text(detail.reference, 12) + Self.number(Int64(detail.traceNumber), 6)
                    + Self.number(detail.amountMinorUnits, 12)
                    + Self.number(detail.interchangeMinorUnits, 12) + Self.text(detail.rule, 8)
                    + Self.text(detail.transmissionTime, 10) + Self.text(detail.original, 12)
            )
        }
        let totals = totals
        lines.append(
            "99" + Self.number(totals.saleCount, 8) + Self.number(totals.refundCount, 8)
                + Self.number(totals.saleMinorUnits, 16) + Self.number(totals.refundMinorUnits, 16)
                + Self.number(totals.interchangeMinorUnits, 16)
                + Self.number(Int64(totals.referenceHash), 16)
                + Self.number(Int64(totals.traceHash), 16)
        )
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.count * (Self.lineLength + 1))
        for line in lines {
            bytes.append(contentsOf: Self.text(line, Self.lineLength).utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// The reference under which the network pays at the bank what a file comes to: `CLR`, currency,
    /// cut-off and acceptor, 35 characters.
    public var paymentReference: String {
        "CLR" + currency.code.uppercased() + Self.time(cutOff) + acceptor
    }

    /// `yyyymmddhhmmss`, in UTC; the form in which a cut-off is named.
    public static func time(_ moment: Timestamp) -> String {
        let day = CalendarDate(of: moment)
        let seconds = moment.secondsSinceEpoch - day.midnight.secondsSinceEpoch
        let parts = day.components
        return number(Int64(parts.year), 4) + number(Int64(parts.month), 2)
            + number(Int64(parts.day), 2) + number(seconds / 3_600, 2)
            + number(seconds / 60 % 60, 2) + number(seconds % 60, 2)
    }

    /// Reads `yyyymmddhhmmss`; nil when that is no moment.
    public static func moment(_ text: some StringProtocol) -> Timestamp? {
        let digits = text.utf8.map { Int($0) - 48 }
        guard digits.count == 14, digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        func value(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        let (hour, minute, second) = (value(8..<10), value(10..<12), value(12..<14))
        guard hour < 24, minute < 60, second < 60,
            let day = CalendarDate(year: value(0..<4), month: value(4..<6), day: value(6..<8))
        else { return nil }
        return day.midnight.adding(seconds: Int64(hour * 3_600 + minute * 60 + second))
    }

    private static func number(_ value: Int64, _ width: Int) -> String {
        let digits = String(max(0, value))
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func text(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }
}

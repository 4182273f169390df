import Foundation

/// Figures as people read them.
enum Decimals {
    /// Three significant digits below a hundred, whole numbers with commas above.
    static func text(_ value: Double) -> String {
        let magnitude = abs(value)
        if magnitude >= 99.95 { return grouped(Int(value.rounded())) }
        return String(format: magnitude >= 9.995 ? "%.1f" : "%.2f", value)
    }

    /// A comma between thousands.
    private static func grouped(_ value: Int) -> String {
        let digits = String(abs(value))
        var text = ""
        for (offset, digit) in digits.enumerated() {
            if offset > 0, (digits.count - offset).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }
}

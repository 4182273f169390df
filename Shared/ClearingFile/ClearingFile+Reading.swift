public import Money

/// What is wrong with a line of a clearing file.
public struct ClearingProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of faults; the raw value is the word in reports.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The file ends without its trailer, or in the middle of a line.
        case truncated
        /// A line has another length.
        case wrongLength = "wrong_length"
        /// A line or a column cannot be read.
        case unreadable
        /// The file is not the one that was asked for.
        case wrongFile = "wrong_file"
        /// A line's number does not follow the one before.
        case outOfOrder = "out_of_order"
        /// A reference is there twice.
        case repeated
        /// A count, a sum or a hash total of the trailer is not that of the lines.
        case doesNotAddUp = "does_not_add_up"
        /// Something follows the trailer.
        case afterTrailer = "after_trailer"
    }

    /// The line, from 1.
    public let line: Int
    /// What is wrong.
    public let kind: Kind
    /// The column or the total that it is about.
    public let part: String

    /// The three in words.
    public var description: String { "line \(line): \(kind.rawValue) (\(part))" }
}

/// Why a clearing file is refused: every fault that was found, up to a limit.
public struct ClearingRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The most faults that are reported.
    public static let maximumProblems = 100

    /// The faults, by line.
    public let problems: [ClearingProblem]

    /// The faults in words.
    public var description: String { problems.map(\.description).joined(separator: "; ") }
}

extension ClearingFile {
    /// Reads the wire form; a file with any fault is refused whole.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - acceptor: Whose file was asked for.
    ///   - currency: In which currency.
    ///   - cutOff: For which cut-off.
    /// - Throws: ``ClearingRefusal`` with every line that is at fault; nothing of the file counts then.
    public init(
        parsing bytes: [UInt8],
        acceptor: String,
        currency: Currency,
        cutOff: Timestamp
    ) throws(ClearingRefusal) {
        var reader = ClearingReader()
        reader.read(bytes)
        if let header = reader.header,
            header != ClearingReader.Header(acceptor, currency, cutOff)
        {
            reader.report(1, .wrongFile, "header")
        }
        guard reader.problems.isEmpty else { throw ClearingRefusal(problems: reader.problems) }
        self.init(
            acceptor: acceptor,
            currency: currency,
            cutOff: cutOff,
            details: reader.details
        )
    }
}

/// Reads line by line and collects what is wrong.
struct ClearingReader {
    struct Header: Equatable {
        let acceptor: String
        let currency: Int64
        let cutOff: String

        init(acceptor: String, currency: Int64, cutOff: String) {
            self.acceptor = acceptor
            self.currency = currency
            self.cutOff = cutOff
        }

        init(_ acceptor: String, _ currency: Currency, _ cutOff: Timestamp) {
            self.init(
                acceptor: acceptor,
                currency: Int64(currency.numericCode),
                cutOff: ClearingFile.time(cutOff)
            )
        }
    }

    private(set) var header: Header?
    private(set) var details: [ClearingDetail] = []
    private(set) var problems: [ClearingProblem] = []
    private var references: Set<String> = []
    private var totals = ClearingTotals()
    private var hasTrailer = false

    mutating func report(_ line: Int, _ kind: ClearingProblem.Kind, _ part: String) {
        guard problems.count < ClearingRefusal.maximumProblems else { return }
        problems.append(ClearingProblem(line: line, kind: kind, part: part))
    }

    mutating func read(_ bytes: [UInt8]) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // A whole file ends with a line feed, so nothing is left after the last one.
        if lines.last?.isEmpty == true {
            lines.removeLast()
        } else {
            report(max(1, lines.count), .truncated, "line feed")
        }
        for (index, line) in lines.enumerated() { take(line, number: index + 1) }
        if header == nil, problems.isEmpty { report(1, .truncated, "header") }
        if !hasTrailer { report(lines.count + 1, .truncated, "trailer") }
    }

    private mutating func take(_ line: ArraySlice<UInt8>, number: Int) {
        guard line.count == ClearingFile.lineLength else {
            return report(number, .wrongLength, "\(line.count) characters")
        }
        guard !hasTrailer else { return report(number, .afterTrailer, "line") }
        var columns = Columns(line)
        let type = columns.text(2)
        if number == 1 {
            takeHeader(type, &columns)
        } else if type == "99" {
            takeTrailer(&columns, number: number)
        } else if let kind = ClearingDetail.Kind(rawValue: type) {
            takeDetail(kind, &columns, number: number)
        } else {
            report(number, .unreadable, "type")
        }
    }

    private mutating func takeHeader(_ type: String, _ columns: inout Columns) {
        let version = columns.text(2)
        let acceptor = columns.text(15)
        let currency = columns.number(3)
        let cutOff = columns.text(14)
        guard type == "01", version == "01", let currency else {
            return report(1, .unreadable, "header")
        }
        header = Header(acceptor: acceptor, currency: currency, cutOff: cutOff)
    }

    private mutating func takeDetail(
        _ kind: ClearingDetail.Kind,
        _ columns: inout Columns,
        number line: Int
    ) {
        let number = columns.number(8)
        let reference = columns.text(12)
        guard let number, let trace = columns.number(6), let amount = columns.number(12),
            let interchange = columns.number(12), UInt64(reference, radix: 36) != nil,
            reference.utf8.count == 12
        else { return report(line, .unreadable, "detail") }
        if number != Int64(line - 1) { report(line, .outOfOrder, "number \(number)") }
        if !references.insert(reference).inserted { report(line, .repeated, reference) }
        let detail = ClearingDetail(
            kind: kind,
            reference: reference,
            traceNumber: Int32(trace),
            amountMinorUnits: amount,
            interchangeMinorUnits: interchange,
            rule: columns.text(8),
            transmissionTime: columns.text(10),
            original: columns.text(12)
        )
        totals.add(detail)
        details.append(detail)
    }

    private mutating func takeTrailer(_ columns: inout Columns, number line: Int) {
        hasTrailer = true
        let wanted: [(name: String, width: Int, value: Int64)] = [
            ("sales", 8, totals.saleCount), ("refunds", 8, totals.refundCount),
            ("sum of sales", 16, totals.saleMinorUnits),
            ("sum of refunds", 16, totals.refundMinorUnits),
            ("interchange", 16, totals.interchangeMinorUnits),
            ("hash of references", 16, Int64(totals.referenceHash)),
            ("hash of traces", 16, Int64(totals.traceHash)),
        ]
        for total in wanted where columns.number(total.width) != total.value {
            report(line, .doesNotAddUp, total.name)
        }
    }
}

/// The columns of a line, one after the other.
private struct Columns {
    private let line: ArraySlice<UInt8>
    private var place: Int

    init(_ line: ArraySlice<UInt8>) {
        self.line = line
        place = line.startIndex
    }

    /// A text without the blanks on its right.
    mutating func text(_ width: Int) -> String {
        var column = next(width)
        while column.last == UInt8(ascii: " ") { column.removeLast() }
        return String(decoding: column, as: UTF8.self)
    }

    /// A number of exactly so many digits; nil when it is none.
    mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for byte in next(width) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private mutating func next(_ width: Int) -> ArraySlice<UInt8> {
        let end = min(place + width, line.endIndex)
        defer { place = end }
        return line[place..<end]
    }
}

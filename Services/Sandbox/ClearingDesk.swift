import Calendar
import ClearingFile
import Foundation
import Money
import Synchronization

/// What the network keeps of a sale, as a named rule.
enum InterchangeRule: String, Sendable {
    /// Credit cards in rupees: 1.20 %.
    case rupeeCredit = "IN-CR-01"
    /// Everything else: 1.50 %.
    case otherCredit = "XX-CR-01"

    init(currency: Currency) {
        self = currency.code == "inr" ? .rupeeCredit : .otherCredit
    }

    private var basisPoints: Int64 {
        switch self {
        case .rupeeCredit: 120
        case .otherCredit: 150
        }
    }

    /// Half up, in whole minor units; amounts have twelve digits, so nothing overflows.
    func interchange(on minorUnits: Int64) -> Int64 {
        (minorUnits * basisPoints + 5_000) / 10_000
    }
}

/// How a clearing file is spoiled on its way; the file itself stays as it is.
struct ClearingFaults: Sendable, Equatable, Codable {
    enum Kind: String, Sendable, Codable {
        /// The second half is missing.
        case truncated
        /// A line is there twice.
        case repeated
        /// The sum of the sales is another.
        case wrongSum = "wrong_sum"
    }

    var kind: Kind?
    /// How many answers are spoiled.
    var times: Int = 0
}

/// Makes the network's clearing files: one per merchant, currency and cut-off, made when it is asked
/// for first and the same bytes ever after.
///
/// A file has what was captured and given back before its cut-off and is in no earlier file; so each
/// transaction is in exactly one.
final class ClearingDesk: Sendable {
    private struct State {
        /// The references that are in a file.
        var filed: Set<String> = []
        var faults = ClearingFaults()
    }

    private let folder: URL
    private let books: @Sendable () -> NetworkBooks
    private let state: Mutex<State>

    /// Reads the files that were made before.
    init(folder: URL, books: @escaping @Sendable () -> NetworkBooks) throws {
        self.folder = folder
        self.books = books
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var first = State()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasSuffix(".txt") {
            let content = try Data(contentsOf: folder.appendingPathComponent(name))
            for line in content.split(separator: UInt8(ascii: "\n")) {
                if let reference = Self.reference(of: line) { first.filed.insert(reference) }
            }
        }
        state = Mutex(first)
    }

    /// The faults that are on.
    var faults: ClearingFaults { state.withLock { $0.faults } }

    /// Switches faults.
    func switchFaults(_ faults: ClearingFaults) { state.withLock { $0.faults = faults } }

    /// The file: as it was made when it was asked for first.
    func file(acceptor: String, currency: Currency, cutOff: Timestamp) throws -> ClearingFile {
        let name = "\(acceptor)-\(currency.code)-\(ClearingFile.time(cutOff)).txt"
        let place = folder.appendingPathComponent(name)
        return try state.withLock { state in
            if FileManager.default.fileExists(atPath: place.path) {
                return try ClearingFile(
                    parsing: Array(Data(contentsOf: place)),
                    acceptor: acceptor,
                    currency: currency,
                    cutOff: cutOff
                )
            }
            let file = ClearingFile(
                acceptor: acceptor,
                currency: currency,
                cutOff: cutOff,
                details: details(acceptor, currency, before: cutOff, without: state.filed)
            )
            try Data(file.serialized()).write(to: place, options: .atomic)
            state.filed.formUnion(file.details.map(\.reference))
            return file
        }
    }

    /// A file's bytes as they go out: spoiled where a fault is on.
    func sent(_ file: ClearingFile) -> [UInt8] {
        state.withLock { $0.faults.spoil(file.serialized()) }
    }

    private func details(
        _ acceptor: String,
        _ currency: Currency,
        before cutOff: Timestamp,
        without filed: Set<String>
    ) -> [ClearingDetail] {
        let books = books()
        let rule = InterchangeRule(currency: currency)
        func isInside(_ fact: NetworkFact) -> Bool {
            fact.acceptor == acceptor && Int(fact.currency) == currency.numericCode
                && !filed.contains(fact.family.reference)
                && Self.isBefore(cutOff, fact.transmissionTime)
        }
        let sales = books.authorizations.values.compactMap { record -> ClearingDetail? in
            guard record.capturedMinorUnits > 0, let capture = record.capture, isInside(capture)
            else { return nil }
            return ClearingDetail(
                kind: .sale,
                reference: capture.family.reference,
                traceNumber: capture.traceNumber,
                amountMinorUnits: capture.amountMinorUnits,
                interchangeMinorUnits: rule.interchange(on: capture.amountMinorUnits),
                rule: rule.rawValue,
                transmissionTime: capture.transmissionTime
            )
        }
        let refunds = books.refunds.values.compactMap { record -> ClearingDetail? in
            let fact = record.answer
            guard fact.kind == .refunded, isInside(fact) else { return nil }
            return ClearingDetail(
                kind: .refund,
                reference: fact.family.reference,
                traceNumber: fact.traceNumber,
                amountMinorUnits: fact.amountMinorUnits,
                interchangeMinorUnits: 0,
                rule: rule.rawValue,
                transmissionTime: fact.transmissionTime,
                original: fact.original ?? ""
            )
        }
        let told = books.notices.compactMap { fact -> ClearingDetail? in
            guard let kind = Self.clearedKind(of: fact), isInside(fact) else { return nil }
            return ClearingDetail(
                kind: kind,
                reference: fact.family.reference,
                traceNumber: fact.traceNumber,
                amountMinorUnits: fact.amountMinorUnits,
                interchangeMinorUnits: 0,
                rule: rule.rawValue,
                transmissionTime: fact.transmissionTime,
                original: fact.original ?? ""
            )
        }
        return (sales + refunds + told).sorted { $0.reference < $1.reference }
    }

    /// What a notice is in a clearing file; nil where it moved no money.
    private static func clearedKind(of fact: NetworkFact) -> ClearingDetail.Kind? {
        switch fact.kind {
        case .chargedBack: .chargeback
        case .represented: .representment
        case .refundReturned: .refundReturn
        case .inquired, .upheld, .inquiryClosed, .fraudReported, .answered, .authorized,
            .declined, .captured, .captureRefused, .reversed, .reversalRemembered,
            .reversalRefused, .refundPending, .refunded, .refundRefused:
            nil
        }
    }

    /// Field 7 has no year: it is the one that brings it nearest to the cut-off.
    private static func isBefore(_ cutOff: Timestamp, _ transmissionTime: String) -> Bool {
        let year = CalendarDate(of: cutOff).components.year
        let candidates = (year - 1...year + 1).compactMap {
            ClearingFile.moment(String($0) + transmissionTime)
        }
        let nearest = candidates.min {
            $0.microseconds(since: cutOff).magnitude < $1.microseconds(since: cutOff).magnitude
        }
        return nearest.map { $0 < cutOff } ?? false
    }

    /// The reference of a detail line, columns 11 to 22.
    private static func reference(of line: Data) -> String? {
        let type = String(decoding: line.prefix(2), as: UTF8.self)
        guard ClearingDetail.Kind(rawValue: type) != nil else { return nil }
        return String(decoding: line.dropFirst(10).prefix(12), as: UTF8.self)
    }
}

extension ClearingFaults {
    /// Spoils an answer, if a fault is on, and counts it.
    mutating func spoil(_ bytes: [UInt8]) -> [UInt8] {
        guard let kind, times > 0 else { return bytes }
        times -= 1
        var lines = bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) }
        switch kind {
        case .truncated: return Array(bytes.prefix(bytes.count / 2))
        case .repeated: lines.insert(lines[lines.count / 2], at: lines.count / 2)
        case .wrongSum:
            // The last digit of the sum of the sales, columns 19 to 34 of the trailer.
            let digit = lines[lines.count - 1][33]
            lines[lines.count - 1][33] =
                digit == UInt8(ascii: "9") ? UInt8(ascii: "0") : digit + 1
        }
        return Array(lines.map { $0 + [UInt8(ascii: "\n")] }.joined())
    }
}

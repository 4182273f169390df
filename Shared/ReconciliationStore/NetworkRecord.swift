import JSON
import Money

/// The card network's own record of what it did, as its clearing door or a file has it.
///
/// It is read as facts in the network's order and folded here: what each reference moved in the end.
public struct NetworkRecord: Sendable, Equatable {
    /// What one reference came to.
    public struct Position: Sendable, Equatable {
        /// Held for us and neither taken nor let go.
        public var heldMinorUnits: Int64 = 0
        /// Taken and not undone.
        public var capturedMinorUnits: Int64 = 0
        /// Given back.
        public var refundedMinorUnits: Int64 = 0
        /// The currency that it was in, in lower case.
        public var currencyCode = ""
        /// The trace number of the message that moved money.
        public var traceNumber: Int64 = 0
        /// When the network recorded its last fact about it, in microseconds since 1970.
        public var recordedAtMicroseconds: Int64 = 0
    }

    /// What cannot be read.
    public struct Unreadable: Error, Sendable, Equatable, CustomStringConvertible {
        /// Where and why.
        public let description: String

        /// Says where and why.
        public init(_ description: String) { self.description = description }
    }

    /// What each reference came to.
    public private(set) var positions: [String: Position] = [:]
    /// How many facts were read.
    public private(set) var factCount = 0

    /// Nothing read yet.
    public init() {}

    /// Adds the facts of a JSON array, in order.
    public mutating func add(page: [UInt8]) throws(Unreadable) {
        do {
            guard let facts = try JSON(parsing: page).asArray else {
                throw Unreadable("the network's record is no list of facts")
            }
            for fact in facts { try add(fact) }
        } catch let error as Unreadable {
            throw error
        } catch {
            throw Unreadable("fact \(factCount + 1) of the network's record: \(error)")
        }
    }

    /// Adds the facts of a file: a line each, or one array.
    public mutating func add(file: [UInt8]) throws(Unreadable) {
        if file.first == UInt8(ascii: "[") { return try add(page: file) }
        for line in file.split(separator: UInt8(ascii: "\n")) {
            do {
                try add(try JSON(parsing: Array(line)))
            } catch {
                throw Unreadable("line \(factCount + 1) of the network's record: \(error)")
            }
        }
    }

    /// Networks write a currency as its three-digit number.
    private static func currencyCode(_ text: String) throws -> String {
        guard let number = Int(text) else { return text.lowercased() }
        return try Currency(numericCode: number).code
    }

    mutating func add(_ fact: JSON) throws {
        let sequence = try fact.integer("sequence")
        guard sequence == Int64(factCount + 1) else {
            throw Unreadable("fact \(factCount + 1) of the network's record is missing")
        }
        factCount += 1
        let reference = try fact.string("reference")
        let amount = try fact.integer("amount_minor_units")
        var position = positions[reference] ?? Position()
        position.recordedAtMicroseconds = try fact.integer("recorded_at_microseconds")
        switch try fact.string("kind") {
        case "authorized": position.heldMinorUnits = amount
        case "captured":
            position.heldMinorUnits = 0
            position.capturedMinorUnits = amount
            position.traceNumber = try fact.integer("trace_number")
        case "reversed", "reversal_remembered":
            position.heldMinorUnits = 0
            position.capturedMinorUnits = 0
        case "refunded":
            position.refundedMinorUnits = amount
            position.traceNumber = try fact.integer("trace_number")
        case "charged_back":
            position.refundedMinorUnits = amount
            position.traceNumber = try fact.integer("trace_number")
        case "represented", "refund_returned":
            position.capturedMinorUnits = amount
            position.traceNumber = try fact.integer("trace_number")
        case "inquired", "upheld", "inquiry_closed", "fraud_reported", "answered": break
        case "declined", "capture_refused", "reversal_refused", "refund_pending", "refund_refused":
            break
        case let kind: throw Unreadable("\"\(kind)\" is no fact of a network")
        }
        position.currencyCode = try Self.currencyCode(try fact.string("currency"))
        positions[reference] = position
    }
}

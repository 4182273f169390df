public import JSON
public import Money

/// A value that has exactly one JSON form, so that writing, reading and writing again gives the
/// same bytes.
///
/// Every property is written, absent ones as null, always in the same order. Events, commands and
/// snapshots are stored in this form; a rebuild compares it byte for byte.
public protocol DocumentConvertible: Sendable {
    /// Reads the JSON form.
    init(document: JSON) throws(DocumentError)

    /// The JSON form.
    var document: JSON { get }
}

/// Says why a stored document could not be read; it names fields and types, never values.
public enum DocumentError: Error, Sendable, Equatable {
    /// A value that cannot stand for its type.
    case invalidValue(type: String)
    /// A property that must be there is not.
    case missing(field: String)
    /// A property that is there cannot be read.
    indirect case inField(String, DocumentError)
    /// An event type that this version of the product does not know.
    case unknownEventType(String)
    /// An event version that this version of the product does not know.
    case unknownEventVersion(type: String, version: Int16)
    /// A command kind that this version of the product does not know.
    case unknownCommand(String)
}

/// Reads the properties of one JSON object.
struct Fields {
    private let object: JSON

    init(_ document: JSON) throws(DocumentError) {
        guard case .object = document else { throw .invalidValue(type: "object") }
        object = document
    }

    func required<Value: DocumentConvertible>(_ key: String) throws(DocumentError) -> Value {
        guard let json = object[key] else { throw .missing(field: key) }
        do {
            return try Value(document: json)
        } catch {
            throw .inField(key, error)
        }
    }

    func optional<Value: DocumentConvertible>(_ key: String) throws(DocumentError) -> Value? {
        guard let json = object[key], json != .null else { return nil }
        do {
            return try Value(document: json)
        } catch {
            throw .inField(key, error)
        }
    }

    /// A list that is only there where it is not empty.
    func listIfPresent<Value: DocumentConvertible>(
        _ key: String
    ) throws(DocumentError) -> [Value] {
        object[key] == nil ? [] : try list(key)
    }

    func list<Value: DocumentConvertible>(_ key: String) throws(DocumentError) -> [Value] {
        guard let json = object[key] else { throw .missing(field: key) }
        guard case .array(let items) = json else {
            throw .inField(key, .invalidValue(type: "array"))
        }
        var values: [Value] = []
        values.reserveCapacity(items.count)
        for item in items {
            do {
                values.append(try Value(document: item))
            } catch {
                throw .inField(key, error)
            }
        }
        return values
    }
}

extension JSON {
    static func list(_ values: [some DocumentConvertible]) -> JSON {
        .array(values.map(\.document))
    }

    static func optional(_ value: (some DocumentConvertible)?) -> JSON {
        value.map(\.document) ?? .null
    }

    /// This object with a member behind the others, where there is a value for it.
    ///
    /// For properties that came later and that few objects have: what is stored without them keeps
    /// its bytes.
    func adding(_ key: String, ifPresent value: (some DocumentConvertible)?) -> JSON {
        guard let value, case .object(let members) = self else { return self }
        return .object(members + [Member(key: key, value: value.document)])
    }

    /// This object with a list behind the others, where it is not empty.
    func adding(_ key: String, unlessEmpty values: [some DocumentConvertible]) -> JSON {
        guard !values.isEmpty, case .object(let members) = self else { return self }
        return .object(members + [Member(key: key, value: .list(values))])
    }
}

extension JSON: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) { self = document }
    /// The stored form.
    public var document: JSON { self }
}

extension String: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        guard case .string(let text) = document else { throw .invalidValue(type: "string") }
        self = text
    }
    /// The stored form.
    public var document: JSON { .string(self) }
}

extension Bool: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        guard case .bool(let flag) = document else { throw .invalidValue(type: "boolean") }
        self = flag
    }
    /// The stored form.
    public var document: JSON { .bool(self) }
}

extension Int64: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        guard case .integer(let number) = document else { throw .invalidValue(type: "integer") }
        self = number
    }
    /// The stored form.
    public var document: JSON { .integer(self) }
}

extension Int32: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        guard case .integer(let number) = document, let value = Int32(exactly: number) else {
            throw .invalidValue(type: "integer")
        }
        self = value
    }
    /// The stored form.
    public var document: JSON { .integer(Int64(self)) }
}

extension Timestamp: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        self.init(microsecondsSinceEpoch: try Int64(document: document))
    }
    /// The stored form.
    public var document: JSON { .integer(microsecondsSinceEpoch) }
}

extension Currency: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        do {
            try self.init(try String(document: document))
        } catch {
            throw .invalidValue(type: "currency")
        }
    }
    /// The stored form.
    public var document: JSON { .string(code) }
}

extension Money: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        self.init(
            minorUnits: try fields.required("minor_units"),
            currency: try fields.required("currency")
        )
    }
    /// The stored form.
    public var document: JSON {
        ["minor_units": .integer(minorUnits), "currency": currency.document]
    }
}

/// A closed set of words whose JSON form is the word.
public protocol DocumentWord: RawRepresentable, DocumentConvertible where RawValue == String {}

extension DocumentWord {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        guard case .string(let text) = document, let value = Self(rawValue: text) else {
            throw DocumentError.invalidValue(type: String(describing: Self.self))
        }
        self = value
    }
    /// The stored form.
    public var document: JSON { .string(rawValue) }
}

extension LifecycleState: DocumentWord {}

extension FeePolicy: DocumentConvertible {
    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        let basisPoints: Int64 = try fields.required("basis_points")
        let fixedMinorUnits: Int64 = try fields.required("fixed_minor_units")
        do {
            try self.init(basisPoints: basisPoints, fixedMinorUnits: fixedMinorUnits)
        } catch {
            throw .invalidValue(type: "fee policy")
        }
    }

    /// The stored form.
    public var document: JSON {
        [
            "basis_points": basisPoints.document,
            "fixed_minor_units": fixedMinorUnits.document,
        ]
    }
}

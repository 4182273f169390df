/// What a parameter's value may be, as data: validation and the API's description both read it.
public indirect enum ParameterType: Sendable, Equatable {
    /// Text of at most so many characters.
    case text(maximumLength: Int)
    /// The identifier of an object, or a name that stands for one.
    case reference(ResourceKind)
    /// The identifier of a kind of object that is not served, so that none can exist.
    case absentReference(kind: String)
    /// A whole number within bounds.
    case integer(ClosedRange<Int64>)
    /// A whole number of minor units, larger than zero.
    case amount
    /// `true` or `false`.
    case boolean
    /// One of some words.
    case choice([String])
    /// A currency's code, in any case.
    case currency
    /// Values of one type, `a[]` or `a[0]`.
    case list(ParameterType, maximumCount: Int)
    /// Named values.
    case object([Parameter])
    /// The merchant's own pairs.
    case metadata
    /// A part of a card in clear: it goes to the vault unread, and no message quotes it.
    case cardData
    /// A moment, or an object of bounds `gt`, `gte`, `lt`, `lte`.
    case timeFilter
    /// Understood and without effect here.
    case ignored
    /// A part of Stripe's API that is not served; the sentence says so.
    case unsupported(String)
}

/// A parameter of an endpoint.
public struct Parameter: Sendable, Equatable {
    /// Its name, without brackets.
    public let name: String
    /// What its value may be.
    public let type: ParameterType
    /// Whether it must be there.
    public let isRequired: Bool
    /// Whether an empty string is allowed, which unsets it.
    public let canBeUnset: Bool

    /// Describes a parameter.
    public init(
        _ name: String,
        _ type: ParameterType,
        required: Bool = false,
        unsettable: Bool = false
    ) {
        self.name = name
        self.type = type
        isRequired = required
        canBeUnset = unsettable
    }
}

/// The value of a parameter after validation.
public indirect enum ParameterValue: Sendable, Equatable {
    /// An empty string where that unsets the parameter.
    case unset
    /// Text, a reference, a word or a currency's code.
    case text(String)
    /// A whole number.
    case integer(Int64)
    /// Yes or no.
    case boolean(Bool)
    /// Elements in order.
    case list([ParameterValue])
    /// Named values.
    case object(ValidatedParameters)
    /// Pairs set and removed.
    case metadata(MetadataInput)
    /// Bounds of a moment.
    case timeFilter(TimeFilter)
}

/// What a request says about metadata.
public struct MetadataInput: Sendable, Equatable {
    /// Whether all existing keys go first (`metadata=`).
    public let clearsFirst: Bool
    /// Each key with its new value; nil removes it.
    public let steps: [(key: String, value: String?)]

    /// Equal when they say the same in the same order.
    public static func == (left: MetadataInput, right: MetadataInput) -> Bool {
        left.clearsFirst == right.clearsFirst
            && left.steps.elementsEqual(right.steps) { $0.key == $1.key && $0.value == $1.value }
    }
}

/// Bounds of a moment, in Unix seconds; half-open, so that ranges can be put side by side.
public struct TimeFilter: Sendable, Equatable {
    /// The first second that is inside.
    public var from: Int64?
    /// The first second that is outside again.
    public var before: Int64?

    /// Sets the bounds.
    public init(from: Int64? = nil, before: Int64? = nil) {
        self.from = from
        self.before = before
    }
}

/// Parameters that have passed their schema.
public struct ValidatedParameters: Sendable, Equatable {
    private let values: [(name: String, value: ParameterValue)]

    init(_ values: [(name: String, value: ParameterValue)]) { self.values = values }

    /// Equal when they have the same values in the same order.
    public static func == (left: ValidatedParameters, right: ValidatedParameters) -> Bool {
        left.values.elementsEqual(right.values) { $0.name == $1.name && $0.value == $1.value }
    }

    /// The names in the order of the schema.
    public var names: [String] { values.map(\.name) }

    /// The value of a name.
    public subscript(name: String) -> ParameterValue? {
        values.first { $0.name == name }?.value
    }

    /// Whether the request named it.
    public func has(_ name: String) -> Bool { self[name] != nil }

    /// A text that was given and not unset.
    public func text(_ name: String) -> String? {
        guard case .text(let text)? = self[name] else { return nil }
        return text
    }

    /// A whole number that was given.
    public func integer(_ name: String) -> Int64? {
        guard case .integer(let number)? = self[name] else { return nil }
        return number
    }

    /// Yes or no, if it was given.
    public func boolean(_ name: String) -> Bool? {
        guard case .boolean(let flag)? = self[name] else { return nil }
        return flag
    }

    /// Named values below a name.
    public func object(_ name: String) -> ValidatedParameters? {
        guard case .object(let object)? = self[name] else { return nil }
        return object
    }

    /// The texts of a list; empty when it was not given.
    public func texts(_ name: String) -> [String] {
        guard case .list(let elements)? = self[name] else { return [] }
        return elements.compactMap { element in
            guard case .text(let text) = element else { return nil }
            return text
        }
    }

    /// Pairs set and removed.
    public func metadata(_ name: String = "metadata") -> MetadataInput? {
        guard case .metadata(let input)? = self[name] else { return nil }
        return input
    }

    /// Bounds of a moment.
    public func timeFilter(_ name: String = "created") -> TimeFilter? {
        guard case .timeFilter(let filter)? = self[name] else { return nil }
        return filter
    }
}

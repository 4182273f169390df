/// A request's parameters as they came: names in brackets taken apart, values still text.
///
/// `a[b]=1`, `a[]=1`, `a[0]=1` and the same with percent-encoded brackets are all understood.
/// Whether `a[0]` is an element or a key named `0` is for the schema to say, so both are entries
/// here; `[]` is the entry with an empty key.
public struct FormParameters: Sendable, Equatable {
    /// A value: text, or further names below a name.
    public indirect enum Value: Sendable, Equatable {
        case text(String)
        case nested([Entry])
    }

    /// A name with its value.
    public struct Entry: Sendable, Equatable {
        /// One segment of the name; empty for `[]`.
        public var key: String
        /// What it stands for.
        public var value: Value

        /// Pairs a segment with what it stands for.
        public init(key: String, value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// The entries in the order in which they first came.
    public private(set) var entries: [Entry] = []

    /// No parameters.
    public init() {}

    /// Reads a query string or a form body.
    public init(
        parsing bytes: some Collection<UInt8>,
        limits: FormLimits = .standard
    ) throws(APIError) {
        guard bytes.count <= limits.maximumBytes else {
            throw .invalid("The parameters are larger than \(limits.maximumBytes) bytes.")
        }
        var pairs = 0
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            pairs += 1
            guard pairs <= limits.maximumPairs else {
                throw .invalid("There are more than \(limits.maximumPairs) parameters.")
            }
            let parts = pair.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = try FormText.decode(parts[0])
            let value = parts.count == 2 ? try FormText.decode(parts[1]) : ""
            let path = try FormText.segments(of: name, limits: limits)
            try Self.insert(value, at: path[...], into: &entries, name: name)
        }
    }

    /// The value of a top-level name.
    public subscript(name: String) -> Value? { entries.first { $0.key == name }?.value }

    private static func insert(
        _ text: String,
        at path: ArraySlice<String>,
        into entries: inout [Entry],
        name: String
    ) throws(APIError) {
        guard let key = path.first else { return }
        let rest = path.dropFirst()
        let existing = key.isEmpty ? openElement(of: entries, for: rest) : index(of: key, entries)
        guard let existing else {
            var value = Value.text(text)
            if !rest.isEmpty {
                var below: [Entry] = []
                try insert(text, at: rest, into: &below, name: name)
                value = .nested(below)
            }
            entries.append(Entry(key: key, value: value))
            return
        }
        guard case .nested(var below) = entries[existing].value, !rest.isEmpty else {
            throw .invalid(
                "Parameter '\(Excerpt.safe(name))' was given more than once, or both as a value "
                    + "and as a name for other values.",
                parameter: Excerpt.safe(name)
            )
        }
        try insert(text, at: rest, into: &below, name: name)
        entries[existing].value = .nested(below)
    }

    private static func index(of key: String, _ entries: [Entry]) -> Int? {
        entries.firstIndex { $0.key == key }
    }

    /// The last element of `a[][…]` when this name still has a place in it.
    private static func openElement(of entries: [Entry], for rest: ArraySlice<String>) -> Int? {
        guard let next = rest.first, !next.isEmpty, let last = entries.indices.last,
            entries[last].key.isEmpty, case .nested(let below) = entries[last].value
        else { return nil }
        guard let taken = below.first(where: { $0.key == next }) else { return last }
        guard case .nested = taken.value, rest.count > 1 else { return nil }
        return last
    }
}

/// The bounds of a form.
public struct FormLimits: Sendable, Equatable {
    /// The most bytes of a body or query string.
    public var maximumBytes: Int
    /// The most `name=value` pairs.
    public var maximumPairs: Int
    /// The most segments of a name; `a[b][c]` has three.
    public var maximumDepth: Int
    /// The most bytes of a decoded name.
    public var maximumNameBytes: Int

    /// Sets the bounds.
    public init(
        maximumBytes: Int = 512 * 1024,
        maximumPairs: Int = 1_000,
        maximumDepth: Int = 8,
        maximumNameBytes: Int = 512
    ) {
        self.maximumBytes = maximumBytes
        self.maximumPairs = maximumPairs
        self.maximumDepth = maximumDepth
        self.maximumNameBytes = maximumNameBytes
    }

    /// What the gateway accepts: room for fifty metadata values of the longest kind.
    public static let standard = FormLimits()
}

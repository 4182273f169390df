/// Typed access by path: `try json.string("card", "last4")`.
///
/// The plain forms throw when the value is absent, null or of another type; the optional forms
/// give nil for an absent or null value and still throw for another type.
extension JSON {
    /// The string at a path.
    public func string(_ path: String...) throws(JSONError) -> String {
        try required(path, "string", \.asString)
    }

    /// The whole number at a path.
    public func integer(_ path: String...) throws(JSONError) -> Int64 {
        try required(path, "integer", \.asInteger)
    }

    /// The boolean at a path.
    public func bool(_ path: String...) throws(JSONError) -> Bool {
        try required(path, "boolean", \.asBool)
    }

    /// The elements of the array at a path.
    public func array(_ path: String...) throws(JSONError) -> [JSON] {
        try required(path, "array", \.asArray)
    }

    /// The members of the object at a path.
    public func object(_ path: String...) throws(JSONError) -> [Member] {
        try required(path, "object", \.asObject)
    }

    /// The value at a path, of whatever type, null too.
    public func value(_ path: String...) throws(JSONError) -> JSON {
        guard let value = try find(path) else { throw .missing(path: Self.name(path)) }
        return value
    }

    /// The string at a path, or nil.
    public func optionalString(_ path: String...) throws(JSONError) -> String? {
        try optional(path, "string", \.asString)
    }

    /// The whole number at a path, or nil.
    public func optionalInteger(_ path: String...) throws(JSONError) -> Int64? {
        try optional(path, "integer", \.asInteger)
    }

    /// The boolean at a path, or nil.
    public func optionalBool(_ path: String...) throws(JSONError) -> Bool? {
        try optional(path, "boolean", \.asBool)
    }

    /// The elements of the array at a path, or nil.
    public func optionalArray(_ path: String...) throws(JSONError) -> [JSON]? {
        try optional(path, "array", \.asArray)
    }

    /// The members of the object at a path, or nil.
    public func optionalObject(_ path: String...) throws(JSONError) -> [Member]? {
        try optional(path, "object", \.asObject)
    }

    /// The value itself when it is a string.
    public var asString: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value itself when it is a whole number.
    public var asInteger: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The value itself when it is a boolean.
    public var asBool: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    /// The elements when the value is an array.
    public var asArray: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members when the value is an object.
    public var asObject: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    private func required<Value>(
        _ path: [String],
        _ expected: String,
        _ cast: KeyPath<JSON, Value?>
    ) throws(JSONError) -> Value {
        guard let value = try optional(path, expected, cast) else {
            throw .missing(path: Self.name(path))
        }
        return value
    }

    private func optional<Value>(
        _ path: [String],
        _ expected: String,
        _ cast: KeyPath<JSON, Value?>
    ) throws(JSONError) -> Value? {
        guard let found = try find(path), found != .null else { return nil }
        guard let value = found[keyPath: cast] else {
            throw .wrongType(path: Self.name(path), expected: expected, found: found.typeName)
        }
        return value
    }

    /// Follows the path; nil when a step is absent or leads through null.
    private func find(_ path: [String]) throws(JSONError) -> JSON? {
        var current = self
        for (index, key) in path.enumerated() {
            switch current {
            case .object:
                guard let next = current[key] else { return nil }
                current = next
            case .null: return nil
            case .bool, .integer, .string, .array:
                throw .wrongType(
                    path: Self.name(path.prefix(index)),
                    expected: "object",
                    found: current.typeName
                )
            }
        }
        return current
    }

    private static func name(_ path: some Collection<String>) -> String {
        path.isEmpty ? "the value" : path.joined(separator: ".")
    }
}

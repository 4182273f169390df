public import JSON

/// The merchant's own key and value pairs, in the order in which the keys first came.
public struct Metadata: Sendable, Equatable {
    /// One pair.
    public struct Entry: Sendable, Equatable {
        /// The merchant's key; unique within its metadata.
        public let key: String
        /// The merchant's text.
        public let value: String

        /// Pairs a key with its value.
        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// The pairs; no key comes twice.
    public private(set) var entries: [Entry]

    /// Takes pairs in order; of two with the same key the later value counts.
    public init(_ entries: [Entry] = []) {
        self.entries = []
        for entry in entries { set(entry.key, to: entry.value) }
    }

    /// The value of a key.
    public subscript(key: String) -> String? {
        entries.first { $0.key == key }?.value
    }

    /// Merges a change: keys set, keys removed, or everything cleared first.
    public func applying(_ change: MetadataChange) -> Metadata {
        var result = change.clearsFirst ? Metadata() : self
        for step in change.steps {
            if let value = step.value {
                result.set(step.key, to: value)
            } else {
                result.entries.removeAll { $0.key == step.key }
            }
        }
        return result
    }

    private mutating func set(_ key: String, to value: String) {
        let entry = Entry(key: key, value: value)
        if let index = entries.firstIndex(where: { $0.key == key }) {
            entries[index] = entry
        } else {
            entries.append(entry)
        }
    }
}

/// What a request says about metadata; an absent value removes its key.
public struct MetadataChange: Sendable, Equatable {
    /// One key and its new value; nil removes the key.
    public struct Step: Sendable, Equatable {
        /// The key that changes.
        public let key: String
        /// The new value, or nil to remove the key.
        public let value: String?

        /// Says what becomes of one key.
        public init(key: String, value: String?) {
            self.key = key
            self.value = value
        }
    }

    /// Whether all existing keys go first (`metadata=` on the wire).
    public let clearsFirst: Bool
    /// The steps, in the order of the request.
    public let steps: [Step]

    /// Describes a change; the default changes nothing.
    public init(clearsFirst: Bool = false, steps: [Step] = []) {
        self.clearsFirst = clearsFirst
        self.steps = steps
    }
}

extension Metadata: DocumentConvertible {
    /// The stored form.
    public var document: JSON {
        .object(entries.map { JSON.Member(key: $0.key, value: .string($0.value)) })
    }

    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        guard case .object(let members) = document else {
            throw .invalidValue(type: "metadata")
        }
        var entries: [Entry] = []
        for member in members {
            guard case .string(let text) = member.value else {
                throw .invalidValue(type: "metadata")
            }
            entries.append(Entry(key: member.key, value: text))
        }
        self.init(entries)
    }
}

extension MetadataChange: DocumentConvertible {
    /// The stored form.
    public var document: JSON {
        [
            "clears_first": .bool(clearsFirst),
            "steps": .object(
                steps.map { step in
                    JSON.Member(key: step.key, value: step.value.map { .string($0) } ?? .null)
                }
            ),
        ]
    }

    /// Reads the stored form.
    public init(document: JSON) throws(DocumentError) {
        let fields = try Fields(document)
        guard case .object(let members) = try fields.required("steps") as JSON else {
            throw .invalidValue(type: "metadata change")
        }
        var steps: [Step] = []
        for member in members {
            switch member.value {
            case .null: steps.append(Step(key: member.key, value: nil))
            case .string(let text): steps.append(Step(key: member.key, value: text))
            case .bool, .integer, .array, .object: throw .invalidValue(type: "metadata change")
            }
        }
        self.init(clearsFirst: try fields.required("clears_first"), steps: steps)
    }
}

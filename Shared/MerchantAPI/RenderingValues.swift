public import JSON
import Money

/// Short forms for values that are null when they are absent.
extension JSON {
    static func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }

    static func number(_ value: Int64?) -> JSON { value.map { .integer($0) } ?? .null }

    /// Unix seconds, as the API writes every moment.
    static func moment(_ value: Timestamp?) -> JSON {
        value.map { .integer($0.secondsSinceEpoch) } ?? .null
    }

    /// The value of a key of an object, or null.
    func member(_ key: String) -> JSON { self[key] ?? .null }

    /// This object with one member set; a new one comes last.
    func setting(_ key: String, to value: JSON) -> JSON {
        guard case .object(var members) = self else { return self }
        if let index = members.firstIndex(where: { $0.key == key }) {
            members[index].value = value
        } else {
            members.append(Member(key: key, value: value))
        }
        return .object(members)
    }

    /// This object with the given keys in the given order; keys it lacks are null.
    func shaped(_ keys: [String]) -> JSON {
        .object(keys.map { Member(key: $0, value: member($0)) })
    }
}

/// A list as the API shows it.
extension JSON {
    /// One page of objects; `url` is a path, because clients append it to the API's address.
    public static func list(_ data: [JSON], hasMore: Bool, url: String) -> JSON {
        [
            "object": "list",
            "url": .string(url),
            "has_more": .bool(hasMore),
            "data": .array(data),
        ]
    }
}

/// A message of the card network: its type and its fields, always in the order of their numbers.
public struct WireMessage: Sendable, Equatable {
    struct Item: Sendable, Equatable {
        let field: WireField
        var value: String
    }

    /// What the message is.
    public let type: WireMessageType
    private(set) var items: [Item] = []

    /// A message with these fields; whether they are right is found when it is encoded.
    public init(_ type: WireMessageType, _ fields: [WireField: String] = [:]) {
        self.type = type
        items = fields.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { Item(field: $0.key, value: $0.value) }
    }

    /// For the decoder, which meets the fields in their order.
    init(_ type: WireMessageType, ordered items: [Item]) {
        self.type = type
        self.items = items
    }

    /// A field's value; setting nil removes the field.
    public subscript(field: WireField) -> String? {
        get {
            // At most twenty fields: a linear search beats hashing.
            for item in items where item.field == field { return item.value }
            return nil
        }
        set {
            items.removeAll { $0.field == field }
            guard let newValue else { return }
            let place = items.firstIndex { $0.field.rawValue > field.rawValue } ?? items.endIndex
            items.insert(Item(field: field, value: newValue), at: place)
        }
    }

    /// The fields that are there, in order.
    public var fields: [WireField] { items.map(\.field) }

    /// Checks that exactly the right fields are there.
    func checkFields() throws(WireError) {
        for field in type.requiredFields where self[field] == nil { throw .missingField(field) }
        let required = type.requiredFields
        let optional = type.optionalFields
        for item in items
        where !required.contains(item.field) && !optional.contains(item.field) {
            throw .unexpectedField(number: item.field.rawValue)
        }
    }
}

import Money

/// Reads single values.
extension ParameterValidation {
    static func text(
        _ value: FormParameters.Value,
        at name: String,
        maximumLength: Int
    ) throws(APIError) -> String {
        guard case .text(let text) = value else {
            throw .invalid("Invalid string", parameter: name)
        }
        guard text.unicodeScalars.count <= maximumLength else {
            throw .invalid(
                "Invalid string: '\(name)' must be at most \(maximumLength) characters",
                parameter: name,
                code: "parameter_invalid_string"
            )
        }
        guard !SensitiveText.holdsCardNumber(text) else { throw .cardNumber(in: name) }
        return text
    }

    /// A card's part, unread; the vault judges it.
    static func cardData(
        _ value: FormParameters.Value,
        at name: String
    ) throws(APIError) -> String {
        guard case .text(let text) = value, text.utf8.count <= 64 else {
            throw .invalid("Invalid card data", parameter: name)
        }
        return text
    }

    static func integer(
        _ value: FormParameters.Value,
        in bounds: ClosedRange<Int64>,
        at name: String
    ) throws(APIError) -> Int64 {
        let number = try wholeNumber(value, at: name)
        guard bounds.contains(number) else {
            throw .invalid(
                "This value must be between \(bounds.lowerBound) and \(bounds.upperBound).",
                parameter: name,
                code: "parameter_invalid_integer"
            )
        }
        return number
    }

    static func amount(_ value: FormParameters.Value, at name: String) throws(APIError) -> Int64 {
        let number = try wholeNumber(value, at: name)
        guard number > 0 else {
            throw .invalid(
                "This value must be greater than or equal to 1.",
                parameter: name,
                code: number == 0 ? "amount_too_small" : "parameter_invalid_integer"
            )
        }
        return number
    }

    private static func wholeNumber(
        _ value: FormParameters.Value,
        at name: String
    ) throws(APIError) -> Int64 {
        guard case .text(let text) = value else {
            throw .invalid("Invalid integer", parameter: name, code: "parameter_invalid_integer")
        }
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(text)
        else {
            throw .invalid(
                "Invalid integer: \(Excerpt.safe(text))",
                parameter: name,
                code: "parameter_invalid_integer"
            )
        }
        return number
    }

    static func boolean(_ value: FormParameters.Value, at name: String) throws(APIError) -> Bool {
        switch value {
        case .text("true"), .text("1"): return true
        case .text("false"), .text("0"): return false
        case .text(let text):
            throw .invalid("Invalid boolean: \(Excerpt.safe(text))", parameter: name)
        case .nested: throw .invalid("Invalid boolean", parameter: name)
        }
    }

    static func choice(
        _ value: FormParameters.Value,
        of words: [String],
        at name: String
    ) throws(APIError) -> String {
        let text = try text(value, at: name, maximumLength: 255)
        guard words.contains(text) else {
            throw .invalid(
                "Invalid \(name): must be one of \(words.joined(separator: ", "))",
                parameter: name
            )
        }
        return text
    }

    static func currency(
        _ value: FormParameters.Value,
        at name: String
    ) throws(APIError) -> String {
        let text = try text(value, at: name, maximumLength: 16)
        guard let currency = try? Currency(text) else {
            throw .invalid(
                "Invalid currency: \(Excerpt.safe(text.lowercased())). It must be one of the "
                    + "currencies of ISO 4217.",
                parameter: name,
                code: "invalid_currency"
            )
        }
        return currency.code
    }

    static func timeFilter(
        _ value: FormParameters.Value,
        at name: String
    ) throws(APIError) -> TimeFilter {
        let seconds: ClosedRange<Int64> = -100_000_000_000...100_000_000_000
        switch value {
        case .text:
            let moment = try integer(value, in: seconds, at: name)
            return TimeFilter(from: moment, before: moment + 1)
        case .nested(let entries):
            var filter = TimeFilter()
            for entry in entries {
                let key = child(entry.key, of: name)
                let moment = try integer(entry.value, in: seconds, at: key)
                switch entry.key {
                case "gt": filter.from = max(filter.from ?? .min, moment + 1)
                case "gte": filter.from = max(filter.from ?? .min, moment)
                case "lt": filter.before = min(filter.before ?? .max, moment)
                case "lte": filter.before = min(filter.before ?? .max, moment + 1)
                case _: throw .unknownParameter(Excerpt.safe(key))
                }
            }
            return filter
        }
    }
}

/// The bounds of metadata: 50 keys of 40 characters with values of 500.
enum MetadataRules {
    static let maximumKeys = 50
    static let maximumKeyLength = 40
    static let maximumValueLength = 500

    static func read(
        _ value: FormParameters.Value,
        at name: String
    ) throws(APIError) -> MetadataInput {
        switch value {
        case .text(""): return MetadataInput(clearsFirst: true, steps: [])
        case .text:
            throw .invalid("Invalid metadata: it must be a set of key-value pairs", parameter: name)
        case .nested(let entries):
            guard entries.count <= maximumKeys else {
                throw .invalid("Metadata can hold at most \(maximumKeys) keys.", parameter: name)
            }
            var steps: [(key: String, value: String?)] = []
            for entry in entries {
                steps.append((entry.key, try step(entry, at: name)))
            }
            return MetadataInput(clearsFirst: false, steps: steps)
        }
    }

    private static func step(
        _ entry: FormParameters.Entry,
        at name: String
    ) throws(APIError) -> String? {
        let path = ParameterValidation.child(Excerpt.safe(entry.key), of: name)
        guard !entry.key.isEmpty, entry.key.unicodeScalars.count <= maximumKeyLength else {
            throw .invalid(
                "Metadata keys must have 1 to \(maximumKeyLength) characters.",
                parameter: path
            )
        }
        guard !SensitiveText.holdsCardNumber(entry.key) else { throw .cardNumber(in: name) }
        guard case .text(let text) = entry.value else {
            throw .invalid(
                "Metadata values must be strings; '\(path)' is an object.",
                parameter: path
            )
        }
        guard text.unicodeScalars.count <= maximumValueLength else {
            throw .invalid(
                "Metadata values can have at most \(maximumValueLength) characters.",
                parameter: path
            )
        }
        guard !SensitiveText.holdsCardNumber(text) else { throw .cardNumber(in: path) }
        return text.isEmpty ? nil : text
    }
}

extension APIError {
    /// A card number where none belongs; it is not repeated.
    static func cardNumber(in name: String) -> APIError {
        .invalid(
            "'\(name)' holds what looks like a card number. Card numbers are accepted only as "
                + "card[number], where they go straight to the card network's vault.",
            parameter: name,
            code: "parameter_invalid_string"
        )
    }
}

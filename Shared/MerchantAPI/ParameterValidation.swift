import Money

/// Checks a request's parameters against a schema; the first problem found is the answer.
public struct ParameterValidation: Sendable {
    private let parameters: [Parameter]

    /// Takes the schema of an endpoint.
    public init(_ parameters: [Parameter]) {
        self.parameters = parameters
    }

    /// Reads the parameters, refusing what the schema does not know.
    public func read(_ form: FormParameters) throws(APIError) -> ValidatedParameters {
        try Self.object(form.entries, parameters, at: "")
    }

    private static func object(
        _ entries: [FormParameters.Entry],
        _ parameters: [Parameter],
        at path: String
    ) throws(APIError) -> ValidatedParameters {
        for entry in entries where !parameters.contains(where: { $0.name == entry.key }) {
            throw .unknownParameter(Excerpt.safe(child(entry.key, of: path)))
        }
        var values: [(name: String, value: ParameterValue)] = []
        for parameter in parameters {
            let name = child(parameter.name, of: path)
            guard let value = entries.first(where: { $0.key == parameter.name })?.value else {
                guard !parameter.isRequired else { throw .missing(name) }
                continue
            }
            if value == .text(""), parameter.type != .metadata {
                if case .ignored = parameter.type { continue }
                guard parameter.canBeUnset else {
                    throw parameter.isRequired ? .missing(name) : .empty(name)
                }
                values.append((parameter.name, .unset))
                continue
            }
            if case .ignored = parameter.type { continue }
            values.append((parameter.name, try self.value(value, parameter.type, at: name)))
        }
        return ValidatedParameters(values)
    }

    static func value(
        _ value: FormParameters.Value,
        _ type: ParameterType,
        at name: String
    ) throws(APIError) -> ParameterValue {
        switch type {
        case .text(let maximumLength):
            .text(try text(value, at: name, maximumLength: maximumLength))
        case .reference: .text(try text(value, at: name, maximumLength: 255))
        case .absentReference(let kind):
            throw .noSuch(
                kind,
                try text(value, at: name, maximumLength: 255),
                parameter: name,
                status: 400
            )
        case .integer(let bounds): .integer(try integer(value, in: bounds, at: name))
        case .amount: .integer(try amount(value, at: name))
        case .boolean: .boolean(try boolean(value, at: name))
        case .choice(let words): .text(try choice(value, of: words, at: name))
        case .currency: .text(try currency(value, at: name))
        case .list(let element, let maximumCount):
            .list(try list(value, element, maximumCount: maximumCount, at: name))
        case .object(let parameters): .object(try nested(value, parameters, at: name))
        case .metadata: .metadata(try MetadataRules.read(value, at: name))
        case .cardData: .text(try cardData(value, at: name))
        case .timeFilter: .timeFilter(try timeFilter(value, at: name))
        case .unsupported(let sentence): throw .unsupported(name, sentence)
        case .ignored: .unset
        }
    }

    private static func nested(
        _ value: FormParameters.Value,
        _ parameters: [Parameter],
        at name: String
    ) throws(APIError) -> ValidatedParameters {
        guard case .nested(let entries) = value else {
            throw .invalid("Invalid object", parameter: name)
        }
        return try object(entries, parameters, at: name)
    }

    private static func list(
        _ value: FormParameters.Value,
        _ element: ParameterType,
        maximumCount: Int,
        at name: String
    ) throws(APIError) -> [ParameterValue] {
        guard case .nested(let entries) = value, let ordered = ordered(entries) else {
            throw .invalid("Invalid array", parameter: name)
        }
        guard ordered.count <= maximumCount else {
            throw .invalid(
                "Array '\(name)' has more than \(maximumCount) elements.",
                parameter: name
            )
        }
        var values: [ParameterValue] = []
        for (index, entry) in ordered.enumerated() {
            values.append(try self.value(entry.value, element, at: child(String(index), of: name)))
        }
        return values
    }

    /// The elements of a list by index; nil when a key is no index.
    private static func ordered(_ entries: [FormParameters.Entry]) -> [FormParameters.Entry]? {
        if entries.allSatisfy({ $0.key.isEmpty }) { return entries }
        var indexed: [(index: Int, entry: FormParameters.Entry)] = []
        for entry in entries {
            guard let index = Int(entry.key), index >= 0, entry.key.utf8.first != 0x2B else {
                return nil
            }
            indexed.append((index, entry))
        }
        return indexed.sorted { $0.index < $1.index }.map(\.entry)
    }

    /// `a` below nothing, `a[b]` below a name.
    static func child(_ key: String, of path: String) -> String {
        path.isEmpty ? key : "\(path)[\(key)]"
    }
}

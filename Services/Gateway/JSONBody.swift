import JSON

/// JSON on its way out.
struct JSONBody: Sendable {
    /// Compact bytes.
    let bytes: [UInt8]

    init(_ json: JSON) { bytes = json.serialized() }
}

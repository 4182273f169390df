import ServiceKit

/// The settlement service's own settings.
struct SettlementSettings: Sendable {
    let database: DatabaseSettings
    let clearingURL: String
    let certificateFile: String?

    init(_ reader: inout SettingsReader) {
        database = DatabaseSettings(&reader, connections: 4)
        clearingURL = reader.requiredString(
            "clearing.url",
            help: "where the network's clearing files are, https://host:port"
        )
        certificateFile = reader.optionalString(
            "clearing.certificate.file",
            help: "certificates that the network's door is trusted by; else the system's"
        )
    }
}

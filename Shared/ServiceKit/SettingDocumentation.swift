/// One setting as `--help` shows it.
struct SettingDocumentation: Sendable, Equatable {
    let variable: String
    let help: String
    let defaultValue: String?
    let isRequired: Bool
    let isSecret: Bool

    static func page(program: String, summary: String, settings: [SettingDocumentation]) -> String {
        var lines = ["\(program): \(summary)", "", "Settings, by environment or flag:"]
        for setting in settings.sorted(by: { $0.variable < $1.variable }) {
            let flag = "--" + setting.variable.lowercased().replacing("_", with: "-")
            let name = setting.isSecret ? setting.variable : "\(setting.variable), \(flag)"
            lines.append("  \(name)")
            lines.append("      \(setting.help)\(setting.suffix)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var suffix: String {
        if isRequired { return " (required)" }
        guard let defaultValue, !defaultValue.isEmpty else { return "" }
        return " (default \(defaultValue))"
    }
}

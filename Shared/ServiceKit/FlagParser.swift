/// Turns `--admin-port 8081` into the variable name `ADMIN_PORT` and its value.
enum FlagParser {
    struct Flags {
        var values: [String: String] = [:]
        var problems: [String] = []
        var isHelpRequested = false
    }

    static func parse(_ arguments: [String]) -> Flags {
        var flags = Flags()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" {
                flags.isHelpRequested = true
                continue
            }
            guard argument.hasPrefix("--"), argument.count > 2 else {
                flags.problems.append("\"\(Redaction.redact(argument))\" is not a flag")
                continue
            }
            let parts = argument.dropFirst(2).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = parts[0].replacing("-", with: "_").uppercased()
            if parts.count == 2 {
                flags.values[name] = String(parts[1])
            } else if let value = rest.first, !value.hasPrefix("--") {
                flags.values[name] = value
                rest = rest.dropFirst()
            } else {
                flags.problems.append("--\(parts[0]) has no value")
            }
        }
        return flags
    }
}

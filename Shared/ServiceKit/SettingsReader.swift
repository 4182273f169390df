import Configuration
import Foundation

/// Reads a process's settings from flags and environment, and collects every problem it meets.
///
/// A key such as `admin.port` is the flag `--admin-port 8081` (or `--admin-port=8081`) and the
/// environment variable `ADMIN_PORT`; the flag wins. A secret is read from its variable, or from
/// the file named by the variable with `_FILE` behind it, and never from a flag, because flags are
/// visible to every user of the machine. An empty value counts as absent.
///
/// A missing or malformed value yields a placeholder, so that reading goes on; ``finish()`` then
/// throws one error with all problems. Nothing read may be used before `finish` has returned.
public struct SettingsReader: Sendable {
    private let reader: ConfigReader
    private var unreadFlags: Set<String>
    private(set) var documented: [SettingDocumentation] = []
    private var problems: [String]

    /// Whether `--help` or `-h` was among the arguments.
    public let isHelpRequested: Bool

    /// Reads from arguments (without the program's own name) and an environment.
    public init(
        arguments: [String],
        environment: [String: String]
    ) {
        let flags = FlagParser.parse(arguments)
        reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: flags.values),
            EnvironmentVariablesProvider(environmentVariables: environment),
        ])
        unreadFlags = Set(flags.values.keys)
        problems = flags.problems
        isHelpRequested = flags.isHelpRequested
    }

    /// Reads from the process's own arguments and environment.
    public static func process() -> SettingsReader {
        SettingsReader(
            arguments: Array(CommandLine.arguments.dropFirst()),
            environment: ProcessInfo.processInfo.environment
        )
    }

    /// A text, or the default.
    public mutating func string(_ key: String, default value: String, help: String) -> String {
        document(key, help: help, default: value)
        return raw(key) ?? value
    }

    /// A text that may be absent.
    public mutating func optionalString(_ key: String, help: String) -> String? {
        document(key, help: help, default: nil)
        return raw(key)
    }

    /// A text that must be given.
    public mutating func requiredString(_ key: String, help: String) -> String {
        document(key, help: help, default: nil, isRequired: true)
        guard let value = raw(key) else { return missing(key, help: help) }
        return value
    }

    /// A whole number within bounds, or the default.
    public mutating func integer(
        _ key: String,
        default value: Int,
        in bounds: ClosedRange<Int>,
        help: String
    ) -> Int {
        document(key, help: help, default: String(value))
        guard let text = raw(key) else { return value }
        guard let number = Int(text), bounds.contains(number) else {
            report(
                "\(variableName(key)) must be a whole number from \(bounds.lowerBound) to "
                    + "\(bounds.upperBound), not \"\(Redaction.redact(text))\""
            )
            return value
        }
        return number
    }

    /// A switch (`true`, `false`, `yes`, `no`, `1`, `0`), or the default.
    public mutating func boolean(_ key: String, default value: Bool, help: String) -> Bool {
        document(key, help: help, default: String(value))
        guard let text = raw(key) else { return value }
        switch text.lowercased() {
        case "true", "yes", "1": return true
        case "false", "no", "0": return false
        default:
            report("\(variableName(key)) must be true or false, not \"\(Redaction.redact(text))\"")
            return value
        }
    }

    /// One of the cases of an enumeration, by raw value, or the default.
    public mutating func choice<Choice>(
        _ key: String,
        default value: Choice,
        help: String
    ) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable & Sendable {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        document(key, help: "\(help) (\(names))", default: value.rawValue)
        guard let text = raw(key) else { return value }
        guard let choice = Choice(rawValue: text) else {
            report(
                "\(variableName(key)) must be one of \(names), not \"\(Redaction.redact(text))\""
            )
            return value
        }
        return choice
    }

    /// A secret that may be absent.
    public mutating func optionalSecret(_ key: String, help: String) -> Secret? {
        document(key, help: "\(help); or \(variableName(key))_FILE", default: nil, isSecret: true)
        return readSecret(key)
    }

    /// A secret that must be given.
    public mutating func requiredSecret(_ key: String, help: String) -> Secret {
        document(
            key,
            help: "\(help); or \(variableName(key))_FILE",
            default: nil,
            isRequired: true,
            isSecret: true
        )
        let problemCount = problems.count
        if let secret = readSecret(key) { return secret }
        // A file that cannot be read has been reported already.
        if problems.count == problemCount { _ = missing(key, help: help) }
        return Secret("")
    }

    /// Records a problem that only the caller can see, such as two settings that exclude each other.
    public mutating func report(_ problem: String) {
        problems.append(problem)
    }

    /// Throws if anything was wrong, with everything that was.
    public func finish() throws(SettingsError) {
        let unknown = unreadFlags.sorted().map { name in
            "--\(name.lowercased().replacing("_", with: "-")) is not a flag of this program"
        }
        let all = problems + unknown
        guard all.isEmpty else { throw SettingsError(problems: all) }
    }

    /// What `--help` shows: every setting read so far.
    public func helpText(program: String, summary: String) -> String {
        SettingDocumentation.page(program: program, summary: summary, settings: documented)
    }

    // MARK: - Reading

    private mutating func raw(_ key: String) -> String? {
        unreadFlags.remove(variableName(key))
        guard let text = reader.string(forKey: ConfigKey(key)), !text.isEmpty else { return nil }
        return text
    }

    private mutating func readSecret(_ key: String) -> Secret? {
        let name = variableName(key)
        if unreadFlags.remove(name) != nil {
            report(
                "--\(key.replacing(".", with: "-")) is a secret: give it by \(name) or \(name)_FILE"
            )
        }
        let direct = reader.string(forKey: ConfigKey(key), isSecret: true) ?? ""
        let path = raw("\(key).file")
        guard let path else { return direct.isEmpty ? nil : Secret(direct) }
        guard direct.isEmpty else {
            report("\(name) and \(name)_FILE exclude each other")
            return nil
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            report("\(name)_FILE names \"\(path)\", which cannot be read")
            return nil
        }
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !value.isEmpty else {
            report("\(name)_FILE names \"\(path)\", which is empty")
            return nil
        }
        return Secret(value)
    }

    private mutating func missing(_ key: String, help: String) -> String {
        report("\(variableName(key)) is missing: \(help)")
        return ""
    }

    private mutating func document(
        _ key: String,
        help: String,
        default value: String?,
        isRequired: Bool = false,
        isSecret: Bool = false
    ) {
        documented.append(
            SettingDocumentation(
                variable: variableName(key),
                help: help,
                defaultValue: value,
                isRequired: isRequired,
                isSecret: isSecret
            )
        )
    }

    private func variableName(_ key: String) -> String {
        key.replacing(".", with: "_").uppercased()
    }
}

/// Settings that cannot be used, with every reason at once.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One sentence for each problem.
    public let problems: [String]

    /// The problems as a list.
    public var description: String {
        "the settings cannot be used:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}

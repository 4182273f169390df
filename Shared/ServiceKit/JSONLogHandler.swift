public import Logging

/// Writes one JSON object per line, with ``Redaction`` applied to everything in it.
///
/// A line has `time` (UTC, microseconds), `level`, `service`, `logger`, `message`, and then the
/// metadata, flat. Each line is one `write`, so lines of several threads and processes that append
/// to one file never mix.
public struct JSONLogHandler: LogHandler {
    /// The handler's own metadata.
    public var metadata: Logger.Metadata = [:]

    /// The lowest level written.
    public var logLevel: Logger.Level

    /// Where task-local metadata comes from.
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let service: String
    private let sink: any LogSink

    /// Names the process and where its lines go.
    public init(
        label: String,
        service: String,
        level: Logger.Level,
        sink: any LogSink = StandardOutputSink()
    ) {
        self.label = label
        self.service = service
        self.sink = sink
        logLevel = level
    }

    /// Reads or sets one entry of the handler's own metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let given = event.metadata { fields.merge(given) { $1 } }
        if let error = event.error { fields["error"] = .string(String(describing: error)) }
        var line = JSONLine()
        line.append("time", text: LogTime.now())
        line.append("level", text: event.level.rawValue)
        line.append("service", text: service)
        line.append("logger", text: label)
        line.append("message", text: Redaction.redact(event.message.description))
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            let isHidden = Redaction.hidesField(named: key)
            line.append(
                Redaction.redact(key),
                text: isHidden ? "[redacted]" : Redaction.redact(value.description)
            )
        }
        sink.write(line.finished())
    }
}

/// Takes finished log lines.
public protocol LogSink: Sendable {
    /// Writes a line that already ends in a newline.
    func write(_ line: [UInt8])
}

/// Builds one line of JSON whose values are all texts.
struct JSONLine {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    init() {
        bytes.reserveCapacity(256)
    }

    mutating func append(_ key: String, text: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        appendQuoted(key)
        bytes.append(UInt8(ascii: ":"))
        appendQuoted(text)
    }

    consuming func finished() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let hexadecimal = String(byte, radix: 16)
                bytes.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
                bytes.append(contentsOf: hexadecimal.utf8)
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// A value that must not be seen: it has to be asked for by name, and describes itself as hidden.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let value: String

    /// Wraps a value.
    public init(_ value: String) {
        self.value = value
    }

    /// The value itself, to be handed to what needs it and to nothing that writes.
    public func reveal() -> String { value }

    /// Whether there is no value.
    public var isEmpty: Bool { value.isEmpty }

    /// Never the value.
    public var description: String { "[secret]" }

    /// Never the value.
    public var debugDescription: String { "[secret]" }

    /// Never the value, not even to `dump`.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

public import NIOCore

/// Messages on a TCP connection: two bytes of length, high byte first, then the message.
public enum WireFrame {
    /// The longest message; the longest of the profile has under 400 bytes.
    public static let maximumBytes = 1_024

    /// A message with its length before it.
    public static func framed(_ message: [UInt8]) -> [UInt8] {
        precondition(
            !message.isEmpty && message.count <= maximumBytes,
            "an encoded message is within the frame's limit"
        )
        return [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
    }
}

/// Cuts what arrives on a connection into messages, however the bytes were spread over packets.
public struct WireFrameReader: Sendable {
    private var buffer = ByteBuffer()

    /// Nothing has arrived yet.
    public init() {}

    /// Takes what has arrived.
    public mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole message, or nil until more has arrived.
    public mutating func next() throws(WireError) -> [UInt8]? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) else {
            return nil
        }
        guard length > 0 else { throw .emptyFrame }
        guard length <= WireFrame.maximumBytes else { throw .overlongFrame(bytes: Int(length)) }
        guard buffer.readableBytes >= 2 + Int(length) else { return nil }
        buffer.moveReaderIndex(forwardBy: 2)
        let message = buffer.readBytes(length: Int(length))
        buffer.discardReadBytes()
        return message
    }
}

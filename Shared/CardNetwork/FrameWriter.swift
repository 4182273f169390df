public import NIOCore
import Synchronization

/// Writes frames to a connection from any thread; frames that come close together leave in one
/// write.
///
/// Waking an event loop and entering the kernel cost more than a message: the first frame asks the
/// loop to write, and all that come before it gets there go along.
public final class FrameWriter: Sendable {
    private struct State {
        var buffer = ByteBuffer()
        var isScheduled = false
        var isClosed = false
        var enqueuedCount: UInt64 = 0
        var handedOverCount: UInt64 = 0
    }

    private let channel: any Channel
    private let state = Mutex(State())

    /// Writes to this channel.
    public init(channel: any Channel) {
        self.channel = channel
    }

    /// Takes a frame and gives its number, counted from 1; nil when the writer is closed.
    @discardableResult
    public func enqueue(_ frame: [UInt8]) -> UInt64? {
        let (number, mustSchedule) = state.withLock { state -> (UInt64?, Bool) in
            guard !state.isClosed else { return (nil, false) }
            state.buffer.writeBytes(frame)
            state.enqueuedCount += 1
            defer { state.isScheduled = true }
            return (state.enqueuedCount, !state.isScheduled)
        }
        if mustSchedule { channel.eventLoop.execute { self.flush() } }
        return number
    }

    /// Ends the writing, and says how many frames were handed to the system: the first so many.
    ///
    /// All others have certainly not been sent.
    @discardableResult
    public func close() -> UInt64 {
        state.withLock { state in
            state.isClosed = true
            state.buffer = ByteBuffer()
            return state.handedOverCount
        }
    }

    private func flush() {
        let bytes = state.withLock { state -> ByteBuffer? in
            state.isScheduled = false
            guard !state.isClosed, state.buffer.readableBytes > 0 else { return nil }
            state.handedOverCount = state.enqueuedCount
            defer { state.buffer = ByteBuffer() }
            return state.buffer
        }
        if let bytes { channel.writeAndFlush(bytes, promise: nil) }
    }
}

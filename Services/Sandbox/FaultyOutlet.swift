import CardNetwork
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Delivers answers on one connection, each with the fault that it is to meet.
final class FaultyOutlet: Sendable {
    /// How long an answer that is to come out of order waits for another one to overtake it.
    private static let overtakingMilliseconds: Int64 = 200

    private let channel: any Channel
    private let writer: FrameWriter
    private let held = Mutex<[[UInt8]]>([])

    init(channel: any Channel) {
        self.channel = channel
        writer = FrameWriter(channel: channel)
    }

    func deliver(_ reply: NetworkReply) {
        switch reply.fault {
        case nil, .declineStorm: send(reply.frame)
        case .noAnswer, .lost: break
        case .late: send(reply.frame, afterMilliseconds: reply.lateMilliseconds)
        case .slow: send(reply.frame, afterMilliseconds: reply.slowMilliseconds)
        case .duplicate:
            send(reply.frame)
            send(reply.frame)
        case .outOfOrder: hold(reply.frame)
        case .garbage: writer.enqueue(Self.garbage(instead: reply.frame, roll: reply.roll))
        case .reset: reset()
        }
    }

    private func send(_ frame: [UInt8]) {
        writer.enqueue(frame)
        releaseHeld()
    }

    private func send(_ frame: [UInt8], afterMilliseconds milliseconds: Int64) {
        channel.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { self.send(frame) }
    }

    private func hold(_ frame: [UInt8]) {
        held.withLock { $0.append(frame) }
        channel.eventLoop.scheduleTask(in: .milliseconds(Self.overtakingMilliseconds)) {
            self.releaseHeld()
        }
    }

    private func releaseHeld() {
        let frames = held.withLock { held in
            defer { held = [] }
            return held
        }
        for frame in frames { writer.enqueue(frame) }
    }

    /// Drops the connection as a crash would: what is on its way is lost, no farewell.
    private func reset() {
        let options = channel as? any SocketOptionProvider
        options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
            self.channel.close(promise: nil)
        }
    }

    /// Bytes that no decoder may take for an answer; 0xFF stands in no field of the profile.
    private static func garbage(instead frame: [UInt8], roll: UInt64) -> [UInt8] {
        let message = Array(frame.dropFirst(2))
        let place = Int(roll >> 8) % message.count
        switch roll % 4 {
        case 0:
            var damaged = message
            damaged[place] = 0xFF
            return WireFrame.framed(damaged)
        case 1: return WireFrame.framed(Array(message.prefix(max(1, place))))
        case 2: return WireFrame.framed([UInt8](repeating: 0xFF, count: max(1, place)))
        case _: return [0xFF, 0xFF] + message
        }
    }
}

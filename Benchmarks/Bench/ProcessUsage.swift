import Foundation
import Glibc

/// Processor time and memory of a process, as the kernel counts them.
struct ProcessUsage: Sendable, Equatable {
    let processorSeconds: Double
    let residentMegabytes: Double

    /// One process; nothing if it has ended.
    init?(processID: Int32) {
        guard let fields = Self.fields(of: processID),
            let status = try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)
        else { return nil }
        processorSeconds = fields.own
        residentMegabytes = Self.residentMegabytes(in: status)
    }

    /// Processor time of a server and all its children, also of those that have ended.
    static func processorSeconds(ofTree root: Int32) -> Double {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).reduce(0) { sum, processID in
            guard let fields = fields(of: processID) else { return sum }
            if processID == root { return sum + fields.own + fields.endedChildren }
            return fields.parent == root ? sum + fields.own : sum
        }
    }

    /// What `/proc/<pid>/stat` says, in seconds.
    private static func fields(
        of processID: Int32
    ) -> (parent: Int32, own: Double, endedChildren: Double)? {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
        else { return nil }
        return parse(text, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))))
    }

    /// The name is in brackets and may hold spaces; the fields after it are counted from the state.
    static func parse(
        _ text: String,
        ticksPerSecond: Double
    ) -> (parent: Int32, own: Double, endedChildren: Double)? {
        guard let bracket = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        guard fields.count > 14, let parent = Int32(fields[1]) else { return nil }
        let ticks = (11...14).map { Double(fields[$0]) ?? 0 }
        return (
            parent,
            (ticks[0] + ticks[1]) / ticksPerSecond,
            (ticks[2] + ticks[3]) / ticksPerSecond
        )
    }

    /// The line `VmRSS:   52344 kB`.
    static func residentMegabytes(in status: String) -> Double {
        for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            let number = line.dropFirst("VmRSS:".count).filter(\.isNumber)
            return (Double(number) ?? 0) / 1_024
        }
        return 0
    }
}

import Synchronization
import Testing

@testable import CommandQueue

/// Counts batches and holds each until it is let go.
private final class HeldFlush: Sendable {
    private let batches = Mutex<[[Int]]>([])
    private let gate: AsyncStream<Void>
    private let opener: AsyncStream<Void>.Continuation

    init() {
        (gate, opener) = AsyncStream.makeStream(of: Void.self)
    }

    var sizes: [Int] { batches.withLock { $0.map(\.count) } }
    var items: [Int] { batches.withLock { $0.flatMap { $0 } } }

    func letGo() { opener.yield() }
    func letAllGo() { opener.finish() }

    func flush(_ items: [Int]) async -> [Result<Int, any Error>] {
        batches.withLock { $0.append(items) }
        for await _ in gate { break }
        return items.map { .success($0 * 10) }
    }
}

@Suite("Gathering what is asked for at the same time", .timeLimit(.minutes(1)))
struct GathererTests {
    @Test("An item alone is flushed at once, and those that come meanwhile share the next flush")
    func sharing() async throws {
        let held = HeldFlush()
        let gatherer = Gatherer<Int, Int>(maximumBatch: 100, maximumWaiting: 100) {
            await held.flush($0)
        }
        let outputs = try await withThrowingTaskGroup(of: Int.self) { tasks in
            tasks.addTask {
                await gatherer.run()
                return -1
            }
            tasks.addTask { try await gatherer.submit(1) }
            try await eventually { held.sizes == [1] }
            for item in 2...6 { tasks.addTask { try await gatherer.submit(item) } }
            try await eventually { gatherer.waitingCount == 5 }
            held.letAllGo()
            var outputs: Set<Int> = []
            for _ in 1...6 { outputs.insert(try await tasks.next() ?? 0) }
            tasks.cancelAll()
            return outputs
        }
        #expect(held.sizes == [1, 5])
        #expect(outputs == [10, 20, 30, 40, 50, 60])
    }

    @Test("A batch is never larger than its maximum")
    func maximum() async throws {
        let held = HeldFlush()
        let gatherer = Gatherer<Int, Int>(maximumBatch: 2, maximumWaiting: 100) {
            await held.flush($0)
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for item in 1...5 { tasks.addTask { _ = try await gatherer.submit(item) } }
            try await eventually { gatherer.waitingCount == 5 }
            held.letAllGo()
            gatherer.finish()
            await gatherer.run()
            try await tasks.waitForAll()
        }
        #expect(held.sizes == [2, 2, 1])
        #expect(Set(held.items) == [1, 2, 3, 4, 5])
    }

    @Test("In company a flush waits for half of those above a few, and no longer than it may")
    func company() async throws {
        let held = HeldFlush()
        held.letAllGo()
        let gatherer = Gatherer<Int, Int>(
            maximumBatch: 100,
            maximumWaiting: 100,
            company: { Gatherer<Int, Int>.fewItems + 6 },
            flush: { await held.flush($0) }
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for item in 1...3 { tasks.addTask { _ = try await gatherer.submit(item) } }
            try await eventually { gatherer.waitingCount == 3 }
            tasks.addTask { await gatherer.run() }
            try await eventually { held.items.count == 3 }
            _ = try await gatherer.submit(4)
            gatherer.finish()
            try await tasks.waitForAll()
        }
        #expect(held.sizes == [3, 1])
    }

    @Test("When as many wait as may wait, the next is refused at once")
    func full() async throws {
        let gatherer = Gatherer<Int, Int>(maximumBatch: 2, maximumWaiting: 1) { items in
            items.map { .success($0) }
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { _ = try await gatherer.submit(1) }
            try await eventually { gatherer.waitingCount == 1 }
            await #expect(throws: GathererError.full) { try await gatherer.submit(2) }
            gatherer.finish()
            await gatherer.run()
            try await tasks.waitForAll()
        }
    }

    @Test("After the end nothing is taken, and what waited when the task was canceled is refused")
    func closed() async throws {
        let gatherer = Gatherer<Int, Int>(maximumBatch: 2, maximumWaiting: 9) { items in
            items.map { .success($0) }
        }
        let refusals = await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                do {
                    _ = try await gatherer.submit(1)
                    return false
                } catch {
                    return error as? GathererError == .closed
                }
            }
            while gatherer.waitingCount == 0 { await Task.yield() }
            await withTaskGroup(of: Void.self) { canceled in
                canceled.cancelAll()
                canceled.addTask { await gatherer.run() }
            }
            return await tasks.next()
        }
        #expect(refusals == true)
        await #expect(throws: GathererError.closed) { try await gatherer.submit(2) }
    }
}

/// What is to happen later, soonest first.
///
/// A binary heap: few timers wait at a time, one per pool and one per failed connection.
struct TimerQueue<Work> {
    private struct Entry {
        var deadline: ContinuousClock.Instant
        var work: Work
    }

    private var heap: [Entry] = []

    /// When the next one is due.
    var nextDeadline: ContinuousClock.Instant? { heap.first?.deadline }

    mutating func add(at deadline: ContinuousClock.Instant, _ work: Work) {
        heap.append(Entry(deadline: deadline, work: work))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].deadline < heap[parent].deadline else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the next one out if it is due.
    mutating func popDue(at now: ContinuousClock.Instant) -> Work? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].deadline < heap[least].deadline { least = child }
            }
            guard least != parent else { return first.work }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

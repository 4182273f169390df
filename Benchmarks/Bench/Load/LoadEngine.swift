/// Sends a round's requests over kept-alive connections, on one thread, and measures.
///
/// A request that ends makes its connection free at once; nothing else runs in between, so what the
/// load costs is a few system calls and some parsing for each request.
final class LoadEngine {
    /// How long a round waits for the answers that are missing at its end.
    static let drainNanoseconds: UInt64 = 20_000_000_000
    /// The longest sleep, so that the end of a round is noticed.
    private static let tickNanoseconds: UInt64 = 50_000_000

    private var workload: Workload
    private let poller: Poller
    private var connections: [LoadConnection] = []
    private var idle: [Int] = []
    private var report = LoadReport()
    private var latencies = Latencies()
    private var shedLatencies = Latencies()
    private var accepted: [String] = []
    private var round: LoadRound?
    private var countsUntil: UInt64 = .max

    init(seed: UInt64) throws {
        workload = Workload(seed: seed)
        poller = try Poller()
    }

    func knowPayments(_ lines: String) {
        workload.knowPayments(lines)
    }

    /// Makes test merchants, as many at a time as there are connections.
    func makeMerchants(_ count: Int, port: Int) throws {
        try connect(LoadRound(kind: .list, seconds: 0, connections: 32, ports: [port]))
        var made: [(id: String, secretKey: String)] = []
        var asked = 0
        let deadline = MonotonicClock.nanoseconds + 120_000_000_000
        while made.count < count {
            while asked < count, let place = idle.popLast() {
                asked += 1
                try connections[place].send(workload.merchantRequest())
            }
            guard MonotonicClock.nanoseconds < deadline else {
                throw BenchmarkError("only \(made.count) of \(count) merchants were made in time")
            }
            for place in poller.wait(atMost: Self.tickNanoseconds) {
                guard let answer = try connections[place].advance() else { continue }
                guard answer.status == 200, let id = answer.firstWord(beginning: "acct_"),
                    let key = answer.firstWord(beginning: "sk_test_")
                else {
                    let text = String(decoding: answer.body, as: UTF8.self)
                    throw BenchmarkError("no merchant was made (\(answer.status)): \(text)")
                }
                made.append((id: id, secretKey: key))
                idle.append(place)
            }
        }
        workload.useMerchants(made.sorted { $0.id < $1.id })
    }

    /// Runs a round and returns what it gave, with the ids of the payments that were accepted.
    func run(_ round: LoadRound) throws -> (report: LoadReport, accepted: [String]) {
        self.round = round
        report = LoadReport()
        latencies = Latencies()
        shedLatencies = Latencies()
        accepted = []
        try connect(round)
        let processorStart = MonotonicClock.processorSeconds
        let start = MonotonicClock.nanoseconds
        let end = start + UInt64(round.seconds * 1e9)
        var arrivals = round.arrivalsPerSecond.map {
            Arrivals(start: start, perSecond: $0, seconds: round.seconds)
        }
        // A closed loop counts what ends in time, an open loop all that arrives in time.
        countsUntil = arrivals == nil ? end : .max
        while true {
            let now = MonotonicClock.nanoseconds
            let isOver = arrivals.map { $0.next == nil } ?? (now >= end)
            if isOver, idle.count == connections.count { break }
            if now > end + Self.drainNanoseconds { break }
            try startWhatIsDue(round, &arrivals, at: now, isOver: isOver)
            let sleep = idle.isEmpty ? nil : arrivals?.next.map { $0 > now ? $0 - now : 0 }
            let limit = min(sleep ?? Self.tickNanoseconds, Self.tickNanoseconds)
            for place in poller.wait(atMost: limit) { try proceed(place) }
        }
        report.unanswered = connections.count - idle.count
        for place in connections.indices where connections[place].unit != nil {
            connections[place].unit = nil
            connections[place].reset()
        }
        report.elapsedSeconds = Double(MonotonicClock.nanoseconds - start) / 1e9
        report.processorSeconds = MonotonicClock.processorSeconds - processorStart
        report.perSecond = Double(report.completed) / round.seconds
        report.latency = latencies.summary
        report.shedLatency = shedLatencies.summary
        return (report, accepted)
    }

    private func startWhatIsDue(
        _ round: LoadRound,
        _ arrivals: inout Arrivals?,
        at now: UInt64,
        isOver: Bool
    ) throws {
        guard !isOver else { return }
        while let place = idle.last {
            var intended = now
            if arrivals != nil {
                guard let moment = arrivals?.take(at: now) else { return }
                intended = moment
            }
            guard let unit = workload.begin(round.kind, intended: intended) else {
                throw BenchmarkError("no payment is left for \(round.kind.rawValue)")
            }
            idle.removeLast()
            connections[place].unit = unit
            try send(unit.request, on: place)
        }
    }

    private func send(_ request: [UInt8], on place: Int) throws {
        report.requests += 1
        try connections[place].send(request)
    }

    private func proceed(_ place: Int) throws {
        let connection = connections[place]
        guard let answer = try connection.advance() else {
            if connection.isClosed { hungUp(place) }
            return
        }
        guard var unit = connection.unit else { return }
        report.statuses[answer.status, default: 0] += 1
        let now = MonotonicClock.nanoseconds
        switch workload.answered(&unit, answer) {
        case .send(let isMeasured):
            if isMeasured { count(unit, at: now) }
            connection.unit = unit
            try send(unit.request, on: place)
            return
        case .done:
            if unit.stage == .first || unit.stage == .capture { count(unit, at: now) }
        case .shed:
            report.shed += 1
            if !answer.hasRetryAfter { report.shedWithoutRetryAfter += 1 }
            shedLatencies.record(nanoseconds: now - unit.intended)
        case .wrong:
            wrong("\(answer.status): \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
        }
        connection.unit = nil
        idle.append(place)
    }

    private func count(_ unit: WorkUnit, at now: UInt64) {
        if round?.acceptedFile != nil, !unit.payment.id.isEmpty { accepted.append(unit.payment.id) }
        guard now <= countsUntil else { return }
        report.completed += 1
        latencies.record(nanoseconds: now - unit.intended)
    }

    private func wrong(_ example: String) {
        report.unexpected += 1
        if report.example == nil { report.example = example }
    }

    /// The server hung up: on an idle connection it may, in the middle of a request it may not.
    private func hungUp(_ place: Int) {
        guard let unit = connections[place].unit else { return }
        wrong("the connection was closed before the answer to a \(unit.kind.rawValue)")
        connections[place].unit = nil
        idle.append(place)
    }

    /// Keeps the connections of the round before where they fit.
    private func connect(_ round: LoadRound) throws {
        let ports = (0..<round.connections).map { round.ports[$0 % round.ports.count] }
        if connections.map(\.port) != ports {
            connections = try ports.enumerated().map { place, port in
                try LoadConnection(port: port, place: place, poller: poller)
            }
        }
        idle = Array(connections.indices.reversed())
    }
}

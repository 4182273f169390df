/// One line of the results: what was measured, how much it was, and how much it should be.
struct Figure: Sendable, Equatable, Codable {
    /// Never changes, so that results of different commits can be compared: `a.closed`.
    let name: String
    /// For the table: `(a) whole payment in one call, closed loop`.
    let title: String
    /// What ``value`` counts: `1/s`, `ms`, `MB`, `bytes`.
    let unit: String
    /// The absolute figure, which is this machine's.
    let value: Spread
    /// The figure divided by tpcb-like in the same minutes, where both are rates.
    let ratio: Spread?
    /// What it should be, where something was promised.
    let target: Target?

    init(
        _ name: String,
        _ title: String,
        unit: String,
        value: Spread,
        ratio: Spread? = nil,
        target: Target? = nil
    ) {
        self.name = name
        self.title = title
        self.unit = unit
        self.value = value
        self.ratio = ratio
        self.target = target
    }

    /// Whether the target is met; nothing where there is none.
    var isMet: Bool? {
        guard let target else { return nil }
        switch target.subject {
        case .ratio: return ratio.map { target.isMet(by: $0.median) } ?? false
        case .value: return target.isMet(by: value.median)
        }
    }
}

/// The bound that a figure should keep.
struct Target: Sendable, Equatable, Codable {
    /// Which side of the bound is good.
    enum Direction: String, Sendable, Codable {
        case atLeast
        case atMost
    }

    /// What is compared with the bound.
    enum Subject: String, Sendable, Codable {
        case ratio
        case value
    }

    let direction: Direction
    let subject: Subject
    let bound: Double

    /// At least so many times what tpcb-like reached.
    static func atLeast(ratio bound: Double) -> Target {
        Target(direction: .atLeast, subject: .ratio, bound: bound)
    }

    /// At least so much, in the figure's own unit.
    static func atLeast(_ bound: Double) -> Target {
        Target(direction: .atLeast, subject: .value, bound: bound)
    }

    /// At most so much, in the figure's own unit.
    static func atMost(_ bound: Double) -> Target {
        Target(direction: .atMost, subject: .value, bound: bound)
    }

    func isMet(by measured: Double) -> Bool {
        switch direction {
        case .atLeast: measured >= bound
        case .atMost: measured <= bound
        }
    }
}

/// What several rounds gave: the one in the middle, and how far they lie apart.
struct Spread: Sendable, Equatable, Codable {
    let median: Double
    let lowest: Double
    let highest: Double

    /// The rounds themselves, in the order in which they were measured.
    let rounds: [Double]

    init(_ rounds: [Double]) {
        precondition(!rounds.isEmpty, "a spread is of at least one round")
        let sorted = rounds.sorted()
        let middle = sorted.count / 2
        self.rounds = rounds
        lowest = sorted[0]
        highest = sorted[sorted.count - 1]
        median =
            sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// A figure that was taken once.
    static func once(_ value: Double) -> Spread { Spread([value]) }
}

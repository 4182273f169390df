/// A way in which a network fails; the raw value is its name in the control interface.
enum FaultKind: String, Sendable, CaseIterable, Codable {
    /// The request takes effect and is never answered.
    case noAnswer = "no_answer"
    /// The request is lost before it takes effect, and is never answered.
    case lost
    /// The answer comes after `late_milliseconds`, when nobody waits for it any more.
    case late
    /// The answer comes twice.
    case duplicate
    /// The answer comes after the next one.
    case outOfOrder = "out_of_order"
    /// Something that is no message comes instead of the answer.
    case garbage
    /// The connection is reset after the request took effect.
    case reset
    /// The answer comes after `slow_milliseconds`, still in time.
    case slow
    /// Every authorization is declined with response code 91.
    case declineStorm = "decline_storm"
}

/// The faults that are switched on; absent values are off.
struct FaultPlan: Sendable, Equatable, Codable {
    /// A fault for certain requests, before chance has its turn.
    struct Rule: Sendable, Equatable, Codable {
        var kind: FaultKind
        /// Only requests of this kind.
        var request: RequestKind?
        /// Only requests with this amount, in minor units.
        var amount: Int64?
        /// Only so many requests; then the rule is used up.
        var times: Int?
    }

    /// The part of requests that meets a fault by chance, 0 to 1.
    var probability: Double = 0
    /// The faults among which chance chooses, each as likely as the others.
    var kinds: [FaultKind] = []
    /// Only requests of these kinds; all when absent.
    var requests: [RequestKind]?
    /// Where chance begins.
    var seed: UInt64 = 1
    /// Tried in their order.
    var rules: [Rule] = []
    var lateMilliseconds: Int64 = 3_000
    var slowMilliseconds: Int64 = 300

    enum CodingKeys: String, CodingKey, CaseIterable {
        case probability
        case kinds
        case requests
        case seed
        case rules
        case lateMilliseconds = "late_milliseconds"
        case slowMilliseconds = "slow_milliseconds"
    }

    init() {}

    /// Reads a plan; a name that is not one of the settings is an error, not a fault that is off.
    init(from decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: AnyName.self).allKeys.map(\.stringValue)
        let known = Set(CodingKeys.allCases.map(\.rawValue))
        guard let unknown = names.first(where: { !known.contains($0) }) else {
            try self.init(known: decoder)
            return
        }
        throw FaultPlanError(description: "there is no setting \(unknown)")
    }

    private init(known decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        probability = try values.decodeIfPresent(Double.self, forKey: .probability) ?? 0
        kinds = try values.decodeIfPresent([FaultKind].self, forKey: .kinds) ?? []
        requests = try values.decodeIfPresent([RequestKind].self, forKey: .requests)
        seed = try values.decodeIfPresent(UInt64.self, forKey: .seed) ?? 1
        rules = try values.decodeIfPresent([Rule].self, forKey: .rules) ?? []
        lateMilliseconds =
            try values.decodeIfPresent(Int64.self, forKey: .lateMilliseconds) ?? 3_000
        slowMilliseconds = try values.decodeIfPresent(Int64.self, forKey: .slowMilliseconds) ?? 300
        guard (0...1).contains(probability) else {
            throw FaultPlanError(description: "probability is from 0 to 1")
        }
        guard probability == 0 || !kinds.isEmpty else {
            throw FaultPlanError(description: "probability needs kinds to choose from")
        }
        guard (0...600_000).contains(lateMilliseconds), (0...600_000).contains(slowMilliseconds)
        else { throw FaultPlanError(description: "delays are from 0 to 600000 milliseconds") }
    }

    private struct AnyName: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init?(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) {
            return nil
        }
    }
}

/// What is wrong with a plan.
struct FaultPlanError: Error, Sendable, CustomStringConvertible {
    let description: String
}

/// Throws the dice for one request after another; the same seed throws the same.
struct FaultDice: Sendable {
    private(set) var plan: FaultPlan
    private var generator: SplitMix

    init(plan: FaultPlan = FaultPlan()) {
        self.plan = plan
        generator = SplitMix(seed: plan.seed)
    }

    /// The fault that this request meets, if any.
    mutating func fault(for kind: RequestKind, amountMinorUnits: Int64) -> FaultKind? {
        if let fault = takeRule(kind, amountMinorUnits) { return fault }
        guard plan.probability > 0, plan.requests?.contains(kind) ?? true else { return nil }
        guard Double.random(in: 0..<1, using: &generator) < plan.probability else { return nil }
        return plan.kinds.randomElement(using: &generator)
    }

    /// Chance for the details of a fault.
    mutating func roll() -> UInt64 { generator.next() }

    private mutating func takeRule(_ kind: RequestKind, _ amountMinorUnits: Int64) -> FaultKind? {
        for index in plan.rules.indices {
            let rule = plan.rules[index]
            guard rule.request ?? kind == kind, rule.times ?? 1 > 0,
                rule.amount ?? amountMinorUnits == amountMinorUnits
            else { continue }
            if let times = rule.times { plan.rules[index].times = times - 1 }
            return rule.kind
        }
        return nil
    }
}

/// A small generator whose sequence depends on nothing but its seed (SplitMix64).
struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

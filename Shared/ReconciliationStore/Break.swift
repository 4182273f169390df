import JSON
import Postgres

/// What a break shows as: a class and what it is about.
public struct Symptom: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The class.
    public let kind: DiscrepancyClass
    /// What it is about.
    public let subject: String

    /// Names a symptom.
    public init(_ kind: DiscrepancyClass, _ subject: String) {
        self.kind = kind
        self.subject = subject
    }

    /// Both, in a line.
    public var description: String { "\(kind.rawValue) \(subject)" }

    /// Orders by the line.
    public static func < (left: Symptom, right: Symptom) -> Bool {
        left.description < right.description
    }
}

/// A way in which a store can be wrong, planted where triggers are off, and all that it shows as.
public struct Break: Sendable {
    /// What is done.
    public let name: String
    /// Exactly what a run must find, and nothing else.
    public let symptoms: Set<Symptom>
    let steps: [Query]
    let network: (@Sendable ([JSON]) -> [JSON])?

    init(
        _ name: String,
        _ steps: [Query],
        network: (@Sendable ([JSON]) -> [JSON])? = nil,
        symptoms: [Symptom]
    ) {
        self.name = name
        self.steps = steps
        self.network = network
        self.symptoms = Set(symptoms)
    }
}

/// Plants breaks one by one and compares what a run finds with what it must find.
public struct Selftest: Sendable {
    /// How one break went.
    public struct Verdict: Sendable {
        /// What was done.
        public let name: String
        /// What a run must find.
        public let expected: Set<Symptom>
        /// What it found.
        public let found: Set<Symptom>

        /// What it must have found and did not.
        public var missed: [Symptom] { expected.subtracting(found).sorted() }
        /// What it found and must not have.
        public var invented: [Symptom] { found.subtracting(expected).sorted() }

        /// Whether a run found all of it and nothing else.
        public var isRight: Bool { expected == found }
    }

    private struct RolledBack: Error {
        let found: Set<Symptom>
    }

    private let store: ScratchStore
    private let seed: UInt64

    /// Tests on a scratch store.
    public init(_ store: ScratchStore, seed: UInt64) {
        self.store = store
        self.seed = seed
    }

    /// Plants every break, each in a transaction that is rolled back.
    ///
    /// The first verdict is about the store as it was, in which nothing may be found.
    public func run(_ heard: @Sendable (Verdict) async -> Void) async throws -> [Verdict] {
        let index = try await ScratchIndex.read(store.pool)
        var numbers = SplitMix(state: seed)
        let healthy = Break("nothing", [], symptoms: [])
        var verdicts: [Verdict] = []
        for planted in [healthy] + index.breaks(using: &numbers) {
            let found = try await find(planted)
            let verdict = Verdict(
                name: planted.name,
                expected: planted.symptoms,
                found: found
            )
            await heard(verdict)
            verdicts.append(verdict)
        }
        return verdicts
    }

    private func find(_ planted: Break) async throws -> Set<Symptom> {
        var record = NetworkRecord()
        for fact in planted.network?(store.networkFacts) ?? store.networkFacts {
            try record.add(fact)
        }
        var request = Reconciler.Request()
        request.network = { [record] in record }
        let chosen = request
        do {
            try await store.pool.withTransaction { transaction in
                try await transaction.execute("SET LOCAL session_replication_role = replica")
                for step in planted.steps { try await transaction.execute(step) }
                let checks = try await Reconciler.check(
                    chosen,
                    since: nil,
                    at: store.now,
                    transaction
                )
                throw RolledBack(
                    found: Set(checks.flatMap(\.findings).map { Symptom($0.kind, $0.subject) })
                )
            }
        } catch let ended as RolledBack {
            return ended.found
        }
        return []
    }
}

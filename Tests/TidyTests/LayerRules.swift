/// Which kind of module may import which: the arrows point one way.
enum Layer: String, Sendable, CaseIterable {
    case rules
    case postgres
    case stores
    case edges
    case process
    case testSupport
    case services
    case benchmarks
    case tests

    /// The modules of the layers that have several; a new module has to be named here.
    private static let members: [String: Layer] = [
        "JSON": .rules, "Money": .rules, "Calendar": .rules, "Payments": .rules,
        "Ledger": .rules, "Webhooks": .rules,
        "CPostgres": .postgres, "Postgres": .postgres,
        "Schema": .stores, "EventStore": .stores, "LedgerStore": .stores,
        "CommandQueue": .stores, "Projections": .stores, "SettlementStore": .stores,
        "PayoutStore": .stores,
        "ReconciliationStore": .stores, "WebhookStore": .stores,
        "BankMessages": .edges, "CardNetwork": .edges, "ClearingFile": .edges,
        "MerchantAPI": .edges,
        "ServerCertificates": .process,
        "ServiceKit": .process,
        "TestKit": .testSupport,
        "Gateway": .services, "Orchestrator": .services, "Sandbox": .services,
        "Control": .services, "Settlement": .services, "Reconciliation": .services,
        "Webhook": .services, "Payout": .services,
        "CPoller": .benchmarks, "Bench": .benchmarks,
    ]

    /// The layer of a module of ours; nothing for others' modules.
    static func of(_ module: String) -> Layer? {
        if let layer = members[module] { return layer }
        return module.hasSuffix("Tests") ? .tests : nil
    }

    /// The layers that a module of this one may import.
    var mayImport: Set<Layer> {
        switch self {
        case .rules: [.rules]
        case .postgres: [.postgres]
        case .stores: [.rules, .postgres, .stores]
        case .edges: [.rules, .edges]
        case .process: [.rules, .postgres, .process]
        case .testSupport: [.rules, .postgres, .stores]
        case .services: [.rules, .postgres, .stores, .edges, .process]
        case .benchmarks: [.rules, .postgres, .stores, .edges, .benchmarks]
        case .tests:
            [
                .rules, .postgres, .stores, .edges, .process, .testSupport, .services,
                .benchmarks,
            ]
        }
    }
}

/// What a rule found, in a form that editors open.
struct Finding: Sendable, Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let problem: String

    var description: String { "\(path):\(line): \(problem)" }
}

/// The rules about imports.
enum ImportRules {
    /// Comes with the compiler or the system, so no manifest declares it.
    static let system: Set = [
        "Swift", "Foundation", "FoundationEssentials", "Dispatch", "Glibc", "Synchronization",
        "Testing",
    ]

    /// Modules that know HTTP serving.
    private static let serving: Set = ["Hummingbird", "HummingbirdTLS", "HummingbirdCore"]

    /// ServiceKit serves nothing but the operator's three pages.
    private static let mayServe: Set = ["Gateway", "Sandbox", "MerchantAPI", "ServiceKit"]

    static func brokenLayers(in file: SourceFile) -> [Finding] {
        guard let layer = Layer.of(file.module) else {
            return [Finding(path: file.path, line: 1, problem: "no layer knows \(file.module)")]
        }
        return file.imports.compactMap { imported in
            problem(importing: imported.module, into: file.module, of: layer).map {
                Finding(path: file.path, line: imported.line, problem: $0)
            }
        }
    }

    private static func problem(
        importing imported: String,
        into module: String,
        of layer: Layer
    ) -> String? {
        if layer == .rules, Layer.of(imported) != .rules {
            return "rules import only rules, not \(imported)"
        }
        if imported == "CPostgres", module != "Postgres" {
            return "only Postgres imports CPostgres"
        }
        if serving.contains(imported), layer != .tests, !mayServe.contains(module) {
            return "\(module) does not serve HTTP, so it does not import \(imported)"
        }
        guard let other = Layer.of(imported), imported != module else { return nil }
        return layer.mayImport.contains(other)
            ? nil : "\(layer.rawValue) do not import \(imported), which is of \(other.rawValue)"
    }

    static func undeclaredImports(in file: SourceFile, _ manifest: PackageManifest) -> [Finding] {
        let folder = "\(file.area)/\(file.module)"
        guard let declared = manifest.dependencies[folder] else {
            return [Finding(path: file.path, line: 1, problem: "\(folder) is not in the manifest")]
        }
        return file.imports
            .filter { !declared.contains($0.module) && !system.contains($0.module) }
            .map { imported in
                Finding(
                    path: file.path,
                    line: imported.line,
                    problem: "\(folder) imports \(imported.module) without declaring it"
                )
            }
    }
}

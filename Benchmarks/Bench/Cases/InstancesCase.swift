/// (m): two gateways and two orchestrators, on the same processors.
struct InstancesCase: BenchmarkCase {
    let name = "instances"
    let isForFullRunsOnly = true
    let summary = "two gateways and two orchestrators against one of each"

    func run(_ context: BenchmarkContext) async throws -> [Figure] {
        let single = try await measure("one of each", [context.stack.port], context)
        let second = try await SecondInstances.start(context.stack)
        let double: Rounds
        do {
            double = try await measure(
                "two of each",
                [context.stack.port, second.gatewayPort],
                context
            )
        } catch {
            try? await second.end()
            throw error
        }
        try await second.end()
        return [
            single.figure("m.one", "(m) whole payments, one gateway and one orchestrator"),
            double.figure("m.two", "(m) whole payments, two of each on the same processors"),
        ]
    }

    private func measure(
        _ name: String,
        _ ports: [Int],
        _ context: BenchmarkContext
    ) async throws -> Rounds {
        let rounds = try await context.interleaved([
            Measurement(name) { seconds in
                try await context.load.run(context.closedLoop(.payment, seconds, ports: ports))
                    .perSecond
            }
        ])
        guard let measured = rounds[name] else { throw BenchmarkError("nothing was measured") }
        return measured
    }
}

import Glibc

/// Ranks from 0 on, of which rank k is chosen in proportion to 1 / (k + 1) ^ exponent.
///
/// A few merchants make most payments: of 10,000 with exponent 1 the first makes a tenth.
struct Zipf: Sendable {
    /// For each rank, the chance that it or one before it is chosen.
    private let cumulative: [Double]

    init(count: Int, exponent: Double = 1) {
        precondition(count > 0, "there is at least one rank to choose")
        var sums: [Double] = []
        sums.reserveCapacity(count)
        var sum = 0.0
        for rank in 1...count {
            sum += pow(Double(rank), -exponent)
            sums.append(sum)
        }
        cumulative = sums.map { $0 / sum }
    }

    /// The rank for a number from 0 to just below 1.
    func rank(at fraction: Double) -> Int {
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > fraction { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

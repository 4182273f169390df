/// A dated version of the API that a request or a merchant can choose.
public struct APIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The text of the `Stripe-Version` header, `2026-10-28.endive`.
    public let rawValue: String

    /// Accepts only a version that is served.
    public init?(rawValue: String) {
        guard Self.served.contains(where: { $0.rawValue == rawValue }) else { return nil }
        self.rawValue = rawValue
    }

    private init(served rawValue: String) { self.rawValue = rawValue }

    /// The version that objects are rendered in before older versions are made from it.
    public static let current = APIVersion(served: "2026-10-28.endive")

    /// The last version in which a payment intent lists its charges.
    public static let chargesInline = APIVersion(served: "2022-08-01")

    /// The first version without those lists.
    public static let latestChargeOnly = APIVersion(served: "2022-11-15")

    /// The versions that are served, oldest first.
    ///
    /// Their names are those that Stripe's client libraries send. Where two differ here, a
    /// ``VersionTransformation`` makes the difference.
    public static let served: [APIVersion] = [
        .chargesInline, .latestChargeOnly,
        .init(served: "2023-08-16"), .init(served: "2023-10-16"),
        .init(served: "2024-04-10"), .init(served: "2024-06-20"),
        .init(served: "2024-09-30.acacia"), .init(served: "2024-10-28.acacia"),
        .init(served: "2024-11-20.acacia"), .init(served: "2024-12-18.acacia"),
        .init(served: "2025-01-27.acacia"), .init(served: "2025-02-24.acacia"),
        .init(served: "2025-03-31.basil"), .init(served: "2025-04-30.basil"),
        .init(served: "2025-05-28.basil"), .init(served: "2025-06-30.basil"),
        .init(served: "2025-07-30.basil"), .init(served: "2025-08-27.basil"),
        .init(served: "2025-09-30.clover"), .init(served: "2025-10-29.clover"),
        .init(served: "2025-11-17.clover"), .init(served: "2025-12-15.clover"),
        .current,
    ]

    /// Orders by date.
    public static func < (left: APIVersion, right: APIVersion) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The text of the header.
    public var description: String { rawValue }
}

/// What every message of this acquirer says about itself.
public struct AcquirerProfile: Sendable, Equatable {
    /// Field 32, up to eleven digits.
    public var acquirer: String
    /// Field 41, eight characters.
    public var terminal: String
    /// Field 18, four digits.
    public var merchantCategory: String
    /// The acceptor's name in field 43 where a payment brings none.
    public var acceptorName: String
    /// The acceptor's city in field 43.
    public var acceptorCity: String
    /// The acceptor's country in field 43, ISO 3166 alpha-2.
    public var acceptorCountry: String

    /// Creates the value from its parts.
    public init(
        acquirer: String = "10000000001",
        terminal: String = "ECOMMERC",
        merchantCategory: String = "5999",
        acceptorName: String = "PAYMENT",
        acceptorCity: String = "ONLINE",
        acceptorCountry: String = "IN"
    ) {
        self.acquirer = acquirer
        self.terminal = terminal
        self.merchantCategory = merchantCategory
        self.acceptorName = acceptorName
        self.acceptorCity = acceptorCity
        self.acceptorCountry = acceptorCountry
    }
}

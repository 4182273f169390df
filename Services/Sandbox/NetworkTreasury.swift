import Calendar
import ClearingFile
import Money

/// Pays at the bank what the network's clearing files come to: sales less refunds and the network's
/// fees.
///
/// A file's payment has a reference that is made of the file's name, so it is paid once however often
/// the file is asked for, also when the process was killed between the file and its payment.
struct NetworkTreasury: Sendable {
    let bank: BankDesk

    /// Pays the file, or collects it when more was given back than taken.
    func pay(_ file: ClearingFile) async throws {
        let net = Money(minorUnits: file.totals.netMinorUnits, currency: file.currency)
        guard net.minorUnits != 0 else { return }
        try await bank.book(
            net,
            reference: file.paymentReference,
            day: CalendarDate(of: file.cutOff)
        )
    }
}

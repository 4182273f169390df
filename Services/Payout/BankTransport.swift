import PayoutStore

/// Why the bank could not be reached; trying again may help.
struct BankUnavailable: Error, Sendable, CustomStringConvertible {
    /// What happened.
    let description: String
}

/// How files go to the bank, and how the bank's come from it.
///
/// A transport promises nothing about how often: a file of ours may arrive twice, or not at all, and
/// one of the bank's may be offered again. The bank takes a file once by its identifier, and the store
/// hears each of the bank's files once by its name.
protocol BankTransport: Sendable {
    /// Brings a file; nil when the bank has it in its hands, its words when it does not take it.
    func bring(_ file: OutgoingFile) async throws(BankUnavailable) -> String?

    /// The bank's files that may not have been heard, in the order to hear them, a page of them.
    func offered(after sequence: Int64) async throws(BankUnavailable) -> [OfferedFile]

    /// Reads one of them.
    func fetch(_ file: OfferedFile) async throws(BankUnavailable) -> FetchedFile

    /// What a file says is stored, or that it says nothing: it need not be offered again.
    func heard(_ file: OfferedFile, refusal: String?) async throws(BankUnavailable)

    /// Gives back what it holds; nothing may be asked afterwards.
    func shutdown() async throws
}

/// One of the bank's files, before it is read.
struct OfferedFile: Sendable, Equatable {
    /// Its name as the bank gave it: the same message has the same name, however it comes.
    let name: String
    /// Its place in the bank's list; nil where there is no list.
    var sequence: Int64?
    /// Where it lies and which bytes it had there; nil where it does not lie anywhere.
    var place: FolderPlace?
}

/// What came of reading one of the bank's files.
enum FetchedFile: Sendable, Equatable {
    /// All of it.
    case whole([UInt8])
    /// It is still being written; what follows it has to wait.
    case unfinished
    /// It is not there any more: another instance has heard it.
    case gone
    /// It is no file that can be read at all, for this reason.
    case unusable(String)
}

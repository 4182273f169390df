import Glibc

/// A kept-alive connection that has at most one request under way.
final class LoadConnection {
    private static let readBytes = 64 << 10

    let port: Int
    /// Its number with the poller.
    private let place: Int
    private let poller: Poller
    /// What is under way on it.
    var unit: WorkUnit?
    private var descriptor: Int32 = -1
    private var parser = HTTPResponseParser()
    private var unsent: ArraySlice<UInt8> = []

    init(port: Int, place: Int, poller: Poller) throws {
        self.port = port
        self.place = place
        self.poller = poller
        try open()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Whether the server has hung up; the next request opens anew.
    var isClosed: Bool { descriptor < 0 }

    /// Sends a request, or as much of it as the socket takes now.
    func send(_ request: [UInt8]) throws {
        if isClosed { try open() }
        unsent = request[...]
        sendMore()
    }

    /// Goes on after the poller said that the connection is ready; returns a whole answer.
    func advance() throws -> HTTPResponse? {
        if !unsent.isEmpty { sendMore() }
        guard !isClosed else { return nil }
        return try withUnsafeTemporaryAllocation(byteCount: Self.readBytes, alignment: 16) {
            buffer in
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { return nil }
            guard count > 0 else {
                reset()
                return nil
            }
            let response = try parser.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            if let response, response.closesConnection { reset() }
            return response
        }
    }

    /// Closes.
    func reset() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        unsent = []
        parser = HTTPResponseParser()
    }

    private func sendMore() {
        let wasWhole = unsent.startIndex == 0
        let count = unsent.withUnsafeBytes { bytes in
            Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        if count < 0, errno != EAGAIN, errno != EINTR {
            reset()
            return
        }
        unsent = unsent.dropFirst(max(count, 0))
        // Almost always all was taken at once, and nothing has to be said to the poller.
        if !wasWhole || !unsent.isEmpty {
            poller.watch(descriptor, at: place, forSending: !unsent.isEmpty)
        }
    }

    private func open() throws {
        let new = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard new >= 0 else { throw BenchmarkError("no descriptor is left for a connection") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr = in_addr(s_addr: in_addr_t(INADDR_LOOPBACK).bigEndian)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(new, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(new)
            throw BenchmarkError("nobody listens on port \(port)")
        }
        var yes: Int32 = 1
        setsockopt(new, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(new, F_SETFL, fcntl(new, F_GETFL) | O_NONBLOCK)
        descriptor = new
        poller.watch(new, at: place)
    }
}

import Glibc
import PayoutStore

/// A file in a folder, and what tells its bytes from those of another under the same name.
struct FolderPlace: Sendable, Equatable, Hashable {
    let path: String
    private let inode: UInt64
    private let modifiedSeconds: Int
    private let modifiedNanoseconds: Int
    /// How long it is.
    let bytes: Int
    /// Whether it is a file at all, and neither a folder, nor a link, nor a pipe.
    let isRegular: Bool

    /// Looks at the file; nil where there is none.
    init?(_ path: String) throws(BankUnavailable) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .folder("\(path) cannot be looked at", errno) }
            return nil
        }
        self.init(path, status)
    }

    private init(_ path: String, _ status: stat) {
        self.path = path
        inode = UInt64(status.st_ino)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
        bytes = Int(status.st_size)
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }

    /// Reads these bytes; nil where others are there now, or none.
    func read() throws(BankUnavailable) -> [UInt8]? {
        // A pipe in place of the file must not stop anybody, nor a link lead away from the folder.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT || errno == ELOOP else {
                throw .folder("\(path) cannot be opened", errno)
            }
            return nil
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, FolderPlace(path, status) == self else { return nil }
        var content = [UInt8](repeating: 0, count: bytes)
        var filled = 0
        while filled < bytes {
            let count = content.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), bytes - filled)
            }
            if count == 0 { return nil }
            if count > 0 {
                filled += count
            } else if errno != EINTR {
                throw .folder("\(path) cannot be read", errno)
            }
        }
        return content
    }

    /// Gives these bytes another name; where others have come under theirs, those stay where they are.
    func move(to target: String) throws(BankUnavailable) {
        guard rename(path, target) == 0 else {
            // Another instance was faster.
            guard errno == ENOENT else { throw .folder("\(path) cannot be moved", errno) }
            return
        }
        guard let moved = try FolderPlace(target), !moved.hasSameBytes(as: self) else { return }
        guard rename(target, path) == 0 else { throw .folder("\(path) cannot be put back", errno) }
    }

    private func hasSameBytes(as other: FolderPlace) -> Bool {
        (inode, bytes, modifiedSeconds, modifiedNanoseconds)
            == (other.inode, other.bytes, other.modifiedSeconds, other.modifiedNanoseconds)
    }

    /// Makes bytes a file of this name in one step, on the disk with its name before it returns.
    static func write(
        _ content: [UInt8],
        as name: String,
        in folder: String,
        mark: String
    ) throws(BankUnavailable) {
        let temporary = "\(folder)/.\(name).\(mark).part"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .folder("\(temporary) cannot be made", errno) }
        do throws(BankUnavailable) {
            try fill(descriptor, content, temporary)
            guard rename(temporary, "\(folder)/\(name)") == 0 else {
                throw BankUnavailable.folder("\(temporary) cannot be renamed", errno)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        try flush(folder: folder)
    }

    private static func fill(
        _ descriptor: CInt,
        _ content: [UInt8],
        _ path: String
    ) throws(BankUnavailable) {
        defer { close(descriptor) }
        var written = 0
        while written < content.count {
            let count = content.withUnsafeBytes { buffer in
                Glibc.write(
                    descriptor,
                    buffer.baseAddress?.advanced(by: written),
                    content.count - written
                )
            }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                throw .folder("\(path) cannot be written", errno)
            }
        }
        guard fsync(descriptor) == 0 else { throw .folder("\(path) cannot be flushed", errno) }
    }

    /// Makes the names in a folder durable.
    static func flush(folder: String) throws(BankUnavailable) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .folder("\(folder) cannot be opened", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .folder("\(folder) cannot be flushed", errno) }
    }
}

extension BankUnavailable {
    static func folder(_ action: String, _ code: CInt) -> BankUnavailable {
        BankUnavailable(description: "\(action): \(String(cString: strerror(code)))")
    }
}

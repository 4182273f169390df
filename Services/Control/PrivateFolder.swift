import Foundation
import Glibc

/// Folders that only their owner may enter.
enum PrivateFolder {
    /// Makes a folder that only its owner may enter, and refuses one that somebody else made.
    static func make(_ path: String, owner: String?) throws(ControlError) {
        let account = owner.flatMap { getpwnam($0)?.pointee }
        let user = account?.pw_uid ?? geteuid()
        if mkdir(path, 0o700) == 0 {
            if let account { chown(path, account.pw_uid, account.pw_gid) }
            return
        }
        // These are the attributes of a link itself, not of what it points to.
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.uint16Value
        guard attributes?[.type] as? FileAttributeType == .typeDirectory,
            (attributes?[.ownerAccountID] as? NSNumber)?.uint32Value == user,
            let mode, mode & 0o077 == 0
        else {
            throw ControlError("\(path) is not a folder that only the cluster's owner may enter")
        }
    }
}

import Foundation

/// Whether the running processes are those that were built last.
enum Freshness {
    /// The processes whose executables are newer than they are.
    static func outdated(_ layout: StackLayout, _ settings: StackSettings) -> [String] {
        let catalog = ServiceCatalog(layout: layout, settings: settings, databaseURL: "")
        return catalog.entries.compactMap { entry in
            guard let built = modified(entry.executable),
                let started = modified("\(layout.run)/\(entry.name).pid"), built > started
            else { return nil }
            return entry.name
        }
    }

    private static func modified(_ path: String) -> Date? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.modificationDate] as? Date
    }
}

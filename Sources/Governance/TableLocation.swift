/// Locations of tables and files, compared byte by byte.
package enum TableLocation {
  /// Whether a location is `prefix` or below it, and says so plainly.
  package static func isInside(_ location: String, _ prefix: String) -> Bool {
    guard !isEvasive(location), location.utf8.starts(with: prefix.utf8) else { return false }
    let rest = location.utf8.dropFirst(prefix.utf8.count)
    return rest.isEmpty || rest.first == UInt8(ascii: "/") || prefix.utf8.last == UInt8(ascii: "/")
  }

  /// Whether a store or a client might take a location for another one, by `.` and `..`, escaped or not, or backslashes. Other escapes
  /// are usual: partition values stand in paths.
  static func isEvasive(_ location: String) -> Bool {
    if location.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\\") }) { return true }
    guard location.utf8.contains(UInt8(ascii: ".")) || location.utf8.contains(UInt8(ascii: "%")) else { return false }
    let plain = location.lowercased().replacing("%2e", with: ".").replacing("%2f", with: "/")
    return plain.split(separator: "/").contains { $0 == "." || $0 == ".." }
  }

  static func withoutTrailingSlash(_ location: String) -> String {
    var location = location
    while location.hasSuffix("/"), !location.hasSuffix("://") { location.removeLast() }
    return location
  }
}

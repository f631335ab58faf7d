/// Hosts that only this machine reaches.
package enum LoopbackHost {
  /// Whether `host` is one, by what is written: a name that only resolves to this machine may resolve elsewhere later.
  package static func contains(_ host: String) -> Bool {
    if ["localhost", "::1", "[::1]"].contains(host.lowercased()) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

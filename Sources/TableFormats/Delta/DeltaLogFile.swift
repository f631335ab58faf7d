/// What a file of `_delta_log` is, by its name (PROTOCOL.md, "Delta Log Entries" and "Checkpoints").
enum DeltaLogFile: Equatable {
  case commit(Int64)
  case checkpoint(Int64)
  /// One of several files of a checkpoint; parts count from 1.
  case checkpointPart(Int64, part: Int, of: Int)
  /// A checkpoint of the second version with a name of its own.
  case uniqueCheckpoint(Int64)

  /// - Returns: `nil` for anything else: checksums, compacted commits, what other tools leave there.
  init?(_ name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let version = Self.number(parts[0], digits: 20) else { return nil }
    switch (parts.count, parts.last ?? "") {
    case (2, "json"): self = .commit(version)
    case (3, "parquet") where parts[1] == "checkpoint": self = .checkpoint(version)
    case (4, "parquet"), (4, "json"):
      guard parts[1] == "checkpoint", parts[2].utf8.count == 36 else { return nil }
      self = .uniqueCheckpoint(version)
    case (5, "parquet"):
      guard parts[1] == "checkpoint", let part = Self.number(parts[2], digits: 10), let count = Self.number(parts[3], digits: 10),
        part >= 1, part <= count
      else { return nil }
      self = .checkpointPart(version, part: Int(part), of: Int(count))
    default: return nil
    }
  }

  private static func number(_ text: String, digits: Int) -> Int64? {
    guard text.utf8.count == digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text)
  }

  /// The name that a commit has.
  static func commitName(_ version: Int64) -> String { padded(version) + ".json" }

  static func padded(_ version: Int64) -> String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 20 - digits.utf8.count)) + digits
  }
}

import Compression

/// Files in one zip archive (PKWARE's APPNOTE 6.3), whose bytes are the same for the same files, with the same version of zlib.
///
/// Names are UTF-8, times are the format's first (1980-01-01 00:00), and there is nothing of the machine that made it. There is no zip64: more
/// than 65,535 files, or 4 GiB, are refused.
package struct ZipArchive: Sendable {
  private struct Entry {
    let name: [UInt8]
    let checksum: UInt32
    let size: Int
    let packedSize: Int
    let isDeflated: Bool
    let offset: Int
  }

  private static let limit = 0xFFFF_FFFF
  private static let mostEntries = 0xFFFF
  /// 1980-01-01: years since 1980, month, day.
  private static let date = 1 << 5 | 1
  /// Bit 11: names are UTF-8.
  private static let flags = 0x0800
  private static let version = 20

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  private var names: Set<[UInt8]> = []

  package init() {}

  /// Adds a file after those that are there, deflated if that makes it smaller.
  /// - Parameter name: parts of letters with `/` between them, such as `events/1.json`. Refused are absolute names, `.` and `..`, empty parts,
  ///   backslashes and control characters, which would lead out of the folder or differ between systems.
  package mutating func add(_ name: String, _ content: [UInt8]) throws(ReportError) {
    guard Self.isAllowed(name) else { throw .invalidEntryName(name) }
    let nameBytes = Array(name.utf8)
    guard names.insert(nameBytes).inserted else { throw .repeatedEntryName(name) }
    guard entries.count < Self.mostEntries else { throw .tooLarge("an archive holds at most \(Self.mostEntries) files") }
    guard content.count < Self.limit else { throw .tooLarge("`\(name)` is larger than 4 GiB") }
    let packed: [UInt8]
    do { packed = try Deflate.compress(content) } catch { throw .tooLarge(error.description) }
    let isDeflated = packed.count < content.count
    let stored = isDeflated ? packed : content
    guard bytes.count + 30 + nameBytes.count + stored.count < Self.limit else { throw .tooLarge("the archive is larger than 4 GiB") }
    let entry = Entry(
      name: nameBytes, checksum: CRC32.of(content), size: content.count, packedSize: stored.count, isDeflated: isDeflated,
      offset: bytes.count)
    bytes.appendLittle32(0x0403_4B50)
    bytes.appendLittle16(Self.version)
    Self.appendFacts(entry, to: &bytes)
    bytes += nameBytes
    bytes += stored
    entries.append(entry)
  }

  /// The archive with the directory at its end.
  package consuming func finished() throws(ReportError) -> [UInt8] {
    let start = bytes.count
    for entry in entries {
      bytes.appendLittle32(0x0201_4B50)
      // Made on Unix, so that the permissions below are read.
      bytes.appendLittle16(3 << 8 | Self.version)
      bytes.appendLittle16(Self.version)
      Self.appendFacts(entry, to: &bytes)
      // Comment, disk, internal attributes.
      for _ in 0..<3 { bytes.appendLittle16(0) }
      // A regular file that everybody may read: 0100644.
      bytes.appendLittle32(0x81A4 << 16)
      bytes.appendLittle32(entry.offset)
      bytes += entry.name
    }
    let size = bytes.count - start
    guard bytes.count < Self.limit else { throw .tooLarge("the archive is larger than 4 GiB") }
    bytes.appendLittle32(0x0605_4B50)
    bytes.appendLittle16(0)
    bytes.appendLittle16(0)
    bytes.appendLittle16(entries.count)
    bytes.appendLittle16(entries.count)
    bytes.appendLittle32(size)
    bytes.appendLittle32(start)
    bytes.appendLittle16(0)
    return bytes
  }

  /// What stands before each file, and again in the directory.
  private static func appendFacts(_ entry: Entry, to bytes: inout [UInt8]) {
    bytes.appendLittle16(Self.flags)
    bytes.appendLittle16(entry.isDeflated ? 8 : 0)
    bytes.appendLittle16(0)
    bytes.appendLittle16(Self.date)
    bytes.appendLittle32(Int(entry.checksum))
    bytes.appendLittle32(entry.packedSize)
    bytes.appendLittle32(entry.size)
    bytes.appendLittle16(entry.name.count)
    bytes.appendLittle16(0)
  }

  private static func isAllowed(_ name: String) -> Bool {
    guard name.utf8.count <= 1_000, !name.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
      return false
    }
    // Without a drive's letter either.
    guard !name.contains("\\"), !name.contains(":") else { return false }
    return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }
}

extension [UInt8] {
  fileprivate mutating func appendLittle16(_ value: Int) {
    append(UInt8(truncatingIfNeeded: value))
    append(UInt8(truncatingIfNeeded: value >> 8))
  }

  fileprivate mutating func appendLittle32(_ value: Int) {
    appendLittle16(value)
    appendLittle16(value >> 16)
  }
}

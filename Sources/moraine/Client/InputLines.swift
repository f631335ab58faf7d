#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Standard input, line by line.
struct InputLines {
  private let maximumBytes: Int
  private var buffer: [UInt8] = []
  private var start = 0
  private var hasEnded = false

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  /// Whether the next line has yet to be read from the system, which may have to wait for it.
  var isDrained: Bool { !buffer[start...].contains(0x0A) }

  /// The next line without its end; `nil` after the last.
  mutating func next() throws -> ArraySlice<UInt8>? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { start = end + 1 }
        return buffer[start..<end]
      }
      if hasEnded {
        defer { start = buffer.count }
        return start < buffer.count ? buffer[start...] : nil
      }
      guard buffer.count - start <= maximumBytes else {
        throw CommandFailure.usage("A line of standard input is longer than \(maximumBytes) bytes")
      }
      buffer.removeFirst(start)
      start = 0
      searched = buffer.count
      try StandardInput.read(into: &buffer, hasEnded: &hasEnded)
    }
  }
}

extension StandardInput {
  static func readAll() throws -> [UInt8] {
    var bytes: [UInt8] = []
    var hasEnded = false
    while !hasEnded { try read(into: &bytes, hasEnded: &hasEnded) }
    return bytes
  }

  /// Appends what is there, waiting for it if it must.
  fileprivate static func read(into bytes: inout [UInt8], hasEnded: inout Bool) throws {
    let count = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { chunk in
      let count = systemRead(STDIN_FILENO, chunk.baseAddress!, chunk.count)
      if count > 0 { bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(chunk)[..<count])) }
      return count
    }
    if count < 0, errno != EINTR { throw CommandFailure(.failure, "Standard input cannot be read: \(String(cString: strerror(errno)))") }
    hasEnded = count == 0
  }

  private static func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, bytes, count)
    #elseif canImport(Musl)
      Musl.read(descriptor, bytes, count)
    #endif
  }
}

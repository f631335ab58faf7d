#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Standard output or standard error, written at once, and what is known of the terminal behind it.
struct StandardStream: Sendable {
  let descriptor: Int32

  static let output = StandardStream(.output)
  static let error = StandardStream(.error)

  enum Name { case output, error }

  init(_ name: Name) { descriptor = name == .output ? STDOUT_FILENO : STDERR_FILENO }

  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Columns of the terminal; `nil` when there is none.
  var columns: Int? {
    guard isTerminal else { return nil }
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return environment("COLUMNS").flatMap(Int.init)
  }

  /// Writes everything.
  ///
  /// - Throws: ``OutputClosed`` when nobody reads any more, as after `| head`; else a ``CommandFailure``.
  func write(_ text: String) throws {
    try write(Array(text.utf8))
  }

  func write(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Self.systemWrite(descriptor, $0) }
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno == EPIPE {
        throw OutputClosed()
      } else if errno != EINTR {
        throw CommandFailure(.failure, "The output cannot be written: \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Writes what nothing can follow: a failure to do so has nowhere to be told.
  func writeLastWords(_ text: String) { try? write(text) }

  private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #elseif canImport(Musl)
      Musl.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }
}

/// The reader of our output has gone: no failure, only the end.
struct OutputClosed: Error {}

/// Standard input, when it is a person's.
enum StandardInput {
  static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }
}

/// A variable of the environment; `nil` when it is missing or empty.
func environment(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}

func endProcess(_ code: Int32) -> Never { exit(code) }

import JSON
package import Logging
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One JSON object a line on standard error: `{"time":…,"level":…,"message":…,…}`.
package struct JSONLogHandler: LogHandler {
  package var logLevel: Logger.Level = .info
  package var metadata: Logger.Metadata = [:]
  private let label: String

  package init(label: String, level: Logger.Level) {
    self.label = label
    logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var text = JSONWriter.text { writer in
      writer.object {
        $0.field("time", Self.time())
        $0.field("level", event.level.rawValue)
        $0.field("message", event.message.description)
        if label != "moraine" { $0.field("logger", label) }
        let all = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        if let error = event.error { $0.field("error", "\(error)") }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
          $0.key(key)
          $0.value(value.description)
        }
      }
    }
    text.append(UInt8(ascii: "\n"))
    // One write, so that lines of several threads and processes do not mix.
    _ = text.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// RFC 3339 in UTC, to the millisecond.
  private static func time() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let date = "\(padded(Int(parts.tm_year) + 1900, 4))-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
    let time = "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
    return "\(date)T\(time).\(padded(now.tv_nsec / 1_000_000, 3))Z"
  }
}

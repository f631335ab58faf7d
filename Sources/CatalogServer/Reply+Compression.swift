import Compression
import HTTPTypes
import NIOCore
import NIOPosix

extension Reply {
  /// Bodies below this travel as they are: the packet count stays the same.
  private static let minimumSizeBytes = 4_096

  /// Compresses the body with gzip where the client takes it.
  mutating func compress(for acceptEncoding: String?) async {
    guard body.readableBytes >= Self.minimumSizeBytes, let acceptEncoding, Self.acceptsGzip(acceptEncoding) else { return }
    let plain = body
    let compressed = try? await NIOThreadPool.singleton.runIfActive { try Gzip.compress(Array(plain.readableBytesView), level: 1) }
    guard let compressed, compressed.count < plain.readableBytes else { return }
    body = ByteBuffer(bytes: compressed)
    headers[.contentEncoding] = "gzip"
    headers[.vary] = "Accept-Encoding"
  }

  /// Whether the header names gzip, or everything, without a weight of zero (RFC 9110 §12.5.3).
  static func acceptsGzip(_ header: String) -> Bool {
    for element in header.split(separator: ",") {
      let parts = element.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
      guard let coding = parts.first, coding == "gzip" || coding == "*" || coding == "x-gzip" else { continue }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
      return weight > 0
    }
    return false
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The time of day, which tokens are judged by.
package struct WallClock: Sendable {
  /// Seconds since 1970.
  package let nowSeconds: @Sendable () -> Int64

  package init(nowSeconds: @escaping @Sendable () -> Int64) { self.nowSeconds = nowSeconds }

  package static let system = WallClock { Int64(time(nil)) }
}

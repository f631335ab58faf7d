/// The middle of some numbers, and how far they usually are from it; a few that are far off change neither.
package struct RobustSpread: Hashable, Sendable {
  package let median: Double
  /// 1.4826 times the median distance from the median: for numbers that are normally distributed, their standard deviation.
  package let deviation: Double

  /// - Returns: `nil` for no numbers.
  package init?(_ numbers: [Double]) {
    guard let median = Self.median(numbers) else { return nil }
    self.median = median
    deviation = 1.4826 * (Self.median(numbers.map { abs($0 - median) }) ?? 0)
  }

  private static func median(_ numbers: [Double]) -> Double? {
    guard !numbers.isEmpty else { return nil }
    let sorted = numbers.sorted()
    let middle = sorted.count / 2
    // Halves first: two large numbers may have no sum.
    return sorted.count % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2
  }
}

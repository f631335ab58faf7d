package import CatalogStore
package import Lineage
package import Postgres

/// The intervals that statistics are told for, the last of which is not over.
package enum StatisticsPeriod: String, Sendable {
  /// 24 hours.
  case day = "DAY"
  /// Seven days, in UTC.
  case week = "WEEK"

  private var count: Int64 { self == .day ? 24 : 7 }
  private var lengthUs: Int64 { self == .day ? 3_600_000_000 : 86_400_000_000 }

  func intervals(until now: PostgresTimestamp) -> [Range<PostgresTimestamp>] {
    let last = now.microseconds - now.microseconds % lengthUs
    return (0..<count).map { place in
      let start = last - (count - 1 - place) * lengthUs
      return PostgresTimestamp(microseconds: start)..<PostgresTimestamp(microseconds: start + lengthUs)
    }
  }
}

/// A number of an interval.
package struct IntervalCount: Sendable {
  package let interval: Range<PostgresTimestamp>
  package let count: Int
}

/// Events of an interval by the state that they tell of.
package struct IntervalActivity: Sendable {
  package let interval: Range<PostgresTimestamp>
  package let events: [RunState: Int64]
}

extension Catalog {
  /// Further nothing is counted.
  private static let maximumStatistics = 100_000
  private static let maximumSources = 1_000

  /// Numbers of all there is tell of what is hidden: they are for who may see all metadata.
  private func statisticsAuthorization(_ context: OperationContext) async throws -> Authorization {
    try await authorized(.traceLineage, [PolicyQuestion(.getMetadata)], catalog: CatalogResource(.server, ""), context)
  }

  package func lineageActivity(_ period: StatisticsPeriod, _ context: OperationContext) async throws -> [IntervalActivity] {
    let authorization = try await statisticsAuthorization(context)
    let intervals = period.intervals(until: context.time)
    let found = try await store.lineageActivity(
      from: intervals[0].lowerBound, until: intervals[intervals.count - 1].upperBound, authorization)
    return intervals.map { interval in
      let within = found.filter { interval.contains($0.hour) }.map { ($0.state, $0.events) }
      return IntervalActivity(interval: interval, events: Dictionary(within, uniquingKeysWith: +))
    }
  }

  /// How many jobs or datasets events had told of by the end of each interval.
  package func lineageGrowth(of kind: String, _ period: StatisticsPeriod, _ context: OperationContext) async throws -> [IntervalCount] {
    let authorization = try await statisticsAuthorization(context)
    let intervals = period.intervals(until: context.time)
    let found = try await store.lineageBeginnings(
      of: kind, from: intervals[0].lowerBound, until: intervals[intervals.count - 1].upperBound, countTo: Self.maximumStatistics,
      authorization)
    var count = found.before
    var rest = found.times[...]
    return intervals.map { interval in
      let begun = rest.prefix { $0 < interval.upperBound }
      rest = rest.dropFirst(begun.count)
      count += begun.count
      return IntervalCount(interval: interval, count: min(count, Self.maximumStatistics))
    }
  }

  /// How many namespaces of datasets there are now: when they came is not written down.
  package func lineageSources(_ period: StatisticsPeriod, _ context: OperationContext) async throws -> [IntervalCount] {
    let authorization = try await statisticsAuthorization(context)
    let count = try await store.lineageSources(countTo: Self.maximumSources, authorization)
    return period.intervals(until: context.time).suffix(1).map { IntervalCount(interval: $0, count: count) }
  }
}

import Synchronization

/// Counters and latency histograms, one of each per operation, in the Prometheus text format.
final class RequestMetrics: Sendable {
  /// Upper bounds in seconds.
  static let bounds: [Double] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  private static let boundsNs: [UInt64] = bounds.map { UInt64($0 * 1e9) }

  /// One operation's numbers.
  final class Operation: Sendable {
    let name: String
    private struct State {
      var buckets = [UInt64](repeating: 0, count: boundsNs.count + 1)
      var sumNs: UInt64 = 0
      /// By the status's first digit.
      var classes = [UInt64](repeating: 0, count: 6)
    }
    private let state = Mutex(State())

    init(_ name: String) { self.name = name }

    func record(_ duration: Duration, status: Int) {
      let (seconds, attoseconds) = duration.components
      let ns = UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
      let bucket = RequestMetrics.boundsNs.firstIndex { ns <= $0 } ?? RequestMetrics.boundsNs.count
      state.withLock {
        $0.buckets[bucket] += 1
        $0.sumNs += ns
        $0.classes[min(max(status / 100, 0), 5)] += 1
      }
    }

    fileprivate func write(histogram: inout String, counter: inout String) {
      let state = state.withLock { $0 }
      var total: UInt64 = 0
      for (bound, count) in zip(bounds.map { "\($0)" } + ["+Inf"], state.buckets) {
        total += count
        histogram += "moraine_request_duration_seconds_bucket{operation=\"\(name)\",le=\"\(bound)\"} \(total)\n"
      }
      histogram += "moraine_request_duration_seconds_sum{operation=\"\(name)\"} \(Double(state.sumNs) / 1e9)\n"
      histogram += "moraine_request_duration_seconds_count{operation=\"\(name)\"} \(total)\n"
      for (digit, count) in state.classes.enumerated() where count > 0 {
        counter += "moraine_requests_total{operation=\"\(name)\",status=\"\(digit)xx\"} \(count)\n"
      }
    }
  }

  private let operations: [String: Operation]
  private let order: [String]

  init(operations names: [String]) {
    order = names
    operations = Dictionary(uniqueKeysWithValues: names.map { ($0, Operation($0)) })
  }

  func operation(_ name: String) -> Operation? { operations[name] }

  var text: String {
    var histogram =
      "# HELP moraine_request_duration_seconds Time to answer, by operation.\n# TYPE moraine_request_duration_seconds histogram\n"
    var counter =
      "# HELP moraine_requests_total Requests answered, by operation and class of status.\n# TYPE moraine_requests_total counter\n"
    for name in order { operations[name]?.write(histogram: &histogram, counter: &counter) }
    return histogram + counter
  }
}

/// A single number in the Prometheus text format.
struct Gauge {
  let name: String
  let help: String
  let kind: String
  let value: Double

  init(_ name: String, _ help: String, _ value: some BinaryInteger, counter: Bool = false) {
    self.init(name, help, Double(value), counter: counter)
  }

  init(_ name: String, _ help: String, _ value: Double, counter: Bool = false) {
    self.name = name
    self.help = help
    self.value = value
    kind = counter ? "counter" : "gauge"
  }

  var text: String { "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n\(name) \(value)\n" }
}

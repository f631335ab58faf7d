import Cedar
import Foundation
import JSON

/// Decides what `Benchmarks/measure/cedar.py` asks, and tells how long it took.
///
/// The argument names a folder with `policies.cedar`, `entities.json`, `requests.json`, and links in `NAME.links.json`. Each line of the
/// input asks for one round of measuring and is answered with a line of JSON:
///
/// - `prepare NAME`: compile the policies with the links of this name, and decide with them from now on;
/// - `decide`: answer every request, one at a time;
/// - `filter`: answer the first request of `filter.json` for every resource it lists, as one batch;
/// - `corpus FOLDER`: read and decide Cedar's corpus, and compare.
@main
struct CedarBenchmark {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else { throw Failure(message: "usage: CedarBenchmark FOLDER") }
    let workload = try Workload(folder: CommandLine.arguments[1])
    var authorizer = Authorizer(workload.policies)
    while let line = readLine() {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      let started = ContinuousClock.now
      switch (words.first, words.dropFirst().first) {
      case ("prepare", let name?):
        authorizer = Authorizer(try workload.policies(links: name))
        try answer(nanoseconds: [nanoseconds(since: started)], decisions: "")
      case ("decide", nil): try decide(workload, authorizer)
      case ("filter", nil): try filter(workload, authorizer)
      case ("corpus", let folder?):
        let verdict = try CorpusRun(folder: folder)
        try answer(nanoseconds: [nanoseconds(since: started)], decisions: "", requests: verdict.requests, agreed: verdict.agreed)
      default: throw Failure(message: "unknown: \(line)")
      }
    }
  }

  /// Answers all requests three times, the first time unmeasured.
  private static func decide(_ workload: Workload, _ authorizer: Authorizer) throws {
    var times: [Int] = []
    var decisions = ""
    for round in 0..<3 {
      decisions = ""
      for request in workload.requests {
        let started = ContinuousClock.now
        let response = authorizer.authorize(request, entities: workload.entities)
        if round > 0 { times.append(nanoseconds(since: started)) }
        decisions += response.decision == .allow ? "a" : "d"
      }
    }
    try answer(nanoseconds: times, decisions: decisions)
  }

  /// Filters the list four times, the first time unmeasured.
  private static func filter(_ workload: Workload, _ authorizer: Authorizer) throws {
    var times: [Int] = []
    var decisions: [ResourceDecision] = []
    for round in 0..<4 {
      let started = ContinuousClock.now
      decisions = authorizer.authorize(
        principal: workload.question.principal, action: workload.question.action, resources: workload.listed,
        context: workload.question.context, entities: workload.entities)
      if round > 0 { times.append(nanoseconds(since: started)) }
    }
    try answer(nanoseconds: times, decisions: String(decisions.map { $0.decision == .allow ? "a" : "d" }))
  }

  private static func nanoseconds(since start: ContinuousClock.Instant) -> Int { Int((ContinuousClock.now - start) / .nanoseconds(1)) }

  private static func answer(nanoseconds: [Int], decisions: String, requests: Int = 0, agreed: Int = 0) throws {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("nanoseconds")
      writer.array { writer in for time in nanoseconds { writer.value(time) } }
      writer.field("decisions", decisions)
      writer.field("requests", requests)
      writer.field("agreed", agreed)
    }
    try FileHandle.standardOutput.write(contentsOf: writer.bytes + [UInt8(ascii: "\n")])
  }
}

struct Failure: Error {
  let message: String
}

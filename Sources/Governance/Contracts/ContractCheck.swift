package import Iceberg

/// Holds a table, and the snapshots that come under its contract, against that contract.
///
/// Snapshots are judged by what their manifests say; what was usual before them, by the summaries of those before.
package struct ContractCheck: Sendable {
  let contract: Contract
  let base: TableMetadata?
  let result: TableMetadata
  let entering: [Snapshot]
  let facts: [Int64: SnapshotFacts]
  let nowMs: Int64

  /// - Parameters:
  ///   - base: the table before; `nil` to judge the schema by itself.
  ///   - result: the table afterwards.
  ///   - entering: the snapshots that come under the contract.
  ///   - facts: what they really did, by id; with statistics, where a clause needs some.
  ///   - nowMs: the catalog's own time.
  package init(
    _ contract: Contract, base: TableMetadata?, result: TableMetadata, entering: [Snapshot], facts: [Int64: SnapshotFacts], nowMs: Int64
  ) {
    self.contract = contract
    self.base = base
    self.result = result
    self.entering = entering
    self.facts = facts
    self.nowMs = nowMs
  }

  /// The clauses that are broken, in the order of the contract; those of the table itself first.
  package func violations() -> [ContractViolation] {
    schemaViolations() + entering.flatMap { snapshotViolations($0) }
  }

  // MARK: Schema

  private func schemaViolations() -> [ContractViolation] {
    guard let schema = result.currentSchema else { return [] }
    let old = base?.currentSchema
    if let old, old == schema { return [] }
    var violations = contract.columns.flatMap { columnViolations($0, schema) }
    guard let old else { return violations }
    let steps = SchemaChange.changes(from: old, to: schema, formatVersion: result.formatVersion)
    let refused: [SchemaChange] =
      switch contract.schemaChanges {
      case .any: []
      case .additive: steps.filter { !$0.isAdditive }
      case .none: steps
      }
    if !refused.isEmpty {
      let named = refused.prefix(5).map { FileNames.short($0.description) }.joined(separator: ", ")
      let more = refused.count > 5 ? " and \(refused.count - 5) steps more" : ""
      violations.append(
        ContractViolation(
          clause: "schema-changes",
          promised: contract.schemaChanges == .none ? "a schema that stays as it is" : "additive schema changes only",
          found: "the commit \(named)\(more)", remedy: "leave the schema, or have the contract changed first"))
    }
    return violations
  }

  private func columnViolations(_ column: Contract.Column, _ schema: Schema) -> [ContractViolation] {
    let clause = "columns.\(column.name)"
    guard let field = schema.field(named: column.name) else {
      return [
        ContractViolation(
          clause: clause, promised: "a column \(column.name)", found: "the table's schema has none",
          remedy: "keep the column, or have the contract changed first")
      ]
    }
    var violations: [ContractViolation] = []
    let type = field.type.contractName
    if let promised = column.type, promised != type {
      violations.append(
        ContractViolation(
          clause: "\(clause).type", promised: "the type \(promised)", found: "the column is of type \(type)",
          remedy: "write it as \(promised), or have the contract changed first"))
    }
    if let isRequired = column.isRequired, isRequired != field.isRequired {
      violations.append(
        ContractViolation(
          clause: "\(clause).required", promised: isRequired ? "a required column" : "an optional column",
          found: "the column is \(field.isRequired ? "required" : "optional")",
          remedy: "make it \(isRequired ? "required" : "optional"), or have the contract changed first"))
    }
    return violations
  }

  // MARK: Snapshots

  private func snapshotViolations(_ snapshot: Snapshot) -> [ContractViolation] {
    guard let facts = facts[snapshot.id], contract.needsManifests else { return [] }
    let isDelivery = contract.deliveries.contains(facts.operation)
    // What is only written anew was judged when it came.
    let nulls = facts.operation == .replace ? [] : nullViolations(facts)
    return nulls + (isDelivery ? rowViolations(snapshot, facts) + freshnessViolations(facts) : []) + fileViolations(facts)
  }

  private func nullViolations(_ facts: SnapshotFacts) -> [ContractViolation] {
    contract.columns.compactMap { column in
      guard column.forbidsNulls, let field = result.currentSchema?.field(named: column.name) else { return nil }
      var withNulls: [ContentFile] = []
      var unknown: [ContentFile] = []
      var count: Int64 = 0
      for file in facts.addedDataFiles where file.recordCount != 0 {
        if let nulls = facts.statistics[file.path]?.nullCounts[field.id] {
          guard nulls > 0 else { continue }
          withNulls.append(file)
          count = count.addingReportingOverflow(nulls).partialValue
        } else if !field.isRequired, contract.statistics == .required {
          unknown.append(file)
        }
      }
      func violation(_ found: String, _ remedy: String) -> ContractViolation {
        ContractViolation(
          clause: "columns.\(column.name).no-nulls", promised: "no null in \(column.name)", found: found, remedy: remedy,
          snapshotID: facts.snapshotID)
      }
      if !withNulls.isEmpty {
        return violation("it adds \(count) in \(FileNames.first(of: withNulls))", "fill the column, or keep those rows back")
      }
      guard !unknown.isEmpty else { return nil }
      return violation(
        "nothing is known of nulls in \(FileNames.first(of: unknown))",
        "have the writer keep column statistics (write.metadata.metrics.column.\(column.name)=counts)")
    }
  }

  // MARK: Rows

  private func rowViolations(_ snapshot: Snapshot, _ facts: SnapshotFacts) -> [ContractViolation] {
    guard let rows = contract.rows else { return [] }
    func violation(_ clause: String, _ promised: String, _ found: String, _ remedy: String) -> ContractViolation {
      ContractViolation(clause: "rows.\(clause)", promised: promised, found: found, remedy: remedy, snapshotID: facts.snapshotID)
    }
    guard let added = Self.rows(facts.addedDataFiles) else {
      return [
        violation("minimum", "a known number of rows", "a file that it adds says none", "write files that say how many rows they hold")
      ]
    }
    var violations: [ContractViolation] = []
    let found = "it adds \(added)"
    if let minimum = rows.minimum, added < minimum {
      violations.append(violation("minimum", "at least \(minimum) rows a delivery", found, "look for what is missing at the source"))
    }
    if let maximum = rows.maximum, added > maximum {
      violations.append(violation("maximum", "at most \(maximum) rows a delivery", found, "look for what came twice, or deliver in parts"))
    }
    if let deviations = rows.deviations, let usual = usual(before: snapshot, deviations) {
      let (lowest, highest) = usual.range
      if Double(added) < lowest || Double(added) > highest {
        violations.append(
          violation(
            "deviations",
            "rows within \(deviations.within) robust deviations of the last \(usual.count) deliveries"
              + " (\(Self.whole(max(0, lowest.rounded(.up)))) to \(Self.whole(highest.rounded(.down))), median \(Self.whole(usual.median)))",
            found, "look at what is different this time; a new usual is reached by steps, or by changing the contract"))
      }
    }
    return violations
  }

  /// `nil` where a file does not say, or lies beyond numbers.
  private static func rows(_ files: [ContentFile]) -> Int64? {
    var total: Int64 = 0
    for file in files {
      guard file.recordCount >= 0 else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(file.recordCount)
      guard !overflow else { return nil }
      total = sum
    }
    return total
  }

  private static func whole(_ number: Double) -> String { Int64(exactly: number.rounded()).map(String.init) ?? "\(number)" }

  private struct Usual {
    let median: Double
    let range: (lowest: Double, highest: Double)
    let count: Int
  }

  /// What the deliveries before a snapshot brought, by their summaries; `nil` when there are too few.
  ///
  /// Those that come with it do not count: what is judged is not its own measure.
  private func usual(before snapshot: Snapshot, _ deviations: Contract.Deviations) -> Usual? {
    var known = Dictionary((base?.snapshots ?? []).map { ($0.id, $0) }) { first, _ in first }
    for snapshot in result.snapshots { known[snapshot.id] = snapshot }
    let coming = Set(entering.map(\.id))
    var counts: [Double] = []
    var seen: Set<Int64> = []
    var next = snapshot.parentID
    while let id = next, let earlier = known[id], seen.insert(id).inserted, counts.count < deviations.last {
      next = earlier.parentID
      guard !coming.contains(id), let operation = earlier.operation.flatMap(SnapshotOperation.init),
        contract.deliveries.contains(operation),
        let text = try? earlier.summary["added-records"], let added = Int64(text), added >= 0
      else { continue }
      counts.append(Double(added))
    }
    guard counts.count >= deviations.atLeast, let spread = RobustSpread(counts) else { return nil }
    // Deliveries of a few rows may differ by one.
    let reach = deviations.within * max(spread.deviation, deviations.leastSpread * spread.median, 1)
    return Usual(median: spread.median, range: (spread.median - reach, spread.median + reach), count: counts.count)
  }

  // MARK: Freshness

  private func freshnessViolations(_ facts: SnapshotFacts) -> [ContractViolation] {
    guard let freshness = contract.freshness, !facts.addedDataFiles.isEmpty else { return [] }
    let promised = "values of \(freshness.column) that are at most \(DurationText.text(freshness.maximumAge)) old"
    func violation(_ found: String, _ remedy: String) -> ContractViolation {
      ContractViolation(
        clause: "freshness.maximum-age", promised: promised, found: found, remedy: remedy, snapshotID: facts.snapshotID)
    }
    guard let field = result.currentSchema?.field(named: freshness.column), let type = field.type.primitive, type.isMoment else {
      return [violation("the table has no such column of dates or timestamps", "name one in the contract")]
    }
    var newest: Int64?
    var unknown: [ContentFile] = []
    for file in facts.addedDataFiles where file.recordCount != 0 {
      let statistics = facts.statistics[file.path]
      if let bound = statistics?.upperBounds[field.id], let moment = type.milliseconds(of: bound) {
        newest = max(newest ?? moment, moment)
      } else if statistics?.nullCounts[field.id] != file.recordCount {
        unknown.append(file)
      }
    }
    if let newest, newest >= nowMs.subtractingReportingOverflow(freshness.maximumAge.wholeMilliseconds).partialValue { return [] }
    if !unknown.isEmpty {
      guard contract.statistics == .required else { return [] }
      return [
        violation(
          "no upper bound of it is known in \(FileNames.first(of: unknown))",
          "have the writer keep column statistics (write.metadata.metrics.column.\(freshness.column)=full)")
      ]
    }
    guard let newest else {
      return facts.addedDataFiles.contains { $0.recordCount != 0 } ? [violation("all that it adds are nulls", "fill the column")] : []
    }
    let age = Duration.milliseconds(nowMs - newest)
    return [violation("the newest that it adds is \(DurationText.text(age)) old", "look why the source has stopped; deliver what is new")]
  }

  // MARK: Files

  private func fileViolations(_ facts: SnapshotFacts) -> [ContractViolation] {
    guard let files = contract.files else { return [] }
    let added = facts.addedDataFiles
    func violation(_ clause: String, _ promised: String, _ found: String, _ remedy: String) -> ContractViolation {
      ContractViolation(clause: "files.\(clause)", promised: promised, found: found, remedy: remedy, snapshotID: facts.snapshotID)
    }
    var violations: [ContractViolation] = []
    if let maximum = files.maximumCount, added.count > maximum {
      violations.append(
        violation("maximum-count", "at most \(maximum) data files a snapshot", "it adds \(added.count)", "write fewer and larger files"))
    }
    if let minimum = files.minimumAverageBytes, added.count > 1 {
      let average = added.reduce(0.0) { $0 + Double(max($1.sizeBytes, 0)) } / Double(added.count)
      if average < Double(minimum) {
        violations.append(
          violation(
            "minimum-average-bytes", "data files of \(minimum) bytes on average",
            "it adds \(added.count) of \(Self.whole(average.rounded(.down)))",
            "write fewer and larger files"))
      }
    }
    if let maximum = files.maximumBytes {
      let large = added.filter { $0.sizeBytes > maximum }
      if !large.isEmpty {
        violations.append(
          violation(
            "maximum-bytes", "data files of at most \(maximum) bytes",
            "it adds \(FileNames.first(of: large)), of up to \(large.map(\.sizeBytes).max() ?? 0)",
            "write smaller files (write.target-file-size-bytes)"))
      }
    }
    return violations
  }
}

extension IcebergType {
  /// As contracts spell it.
  fileprivate var contractName: String {
    switch self {
    case .primitive(let type): type.description
    case .structure: "struct"
    case .list: "list"
    case .map: "map"
    }
  }
}

extension PrimitiveType {
  fileprivate var isMoment: Bool {
    switch self {
    case .date, .timestamp, .timestamptz, .timestampNs, .timestamptzNs: true
    default: false
    }
  }

  /// The latest moment that a bound stands for, in milliseconds since 1970; timestamps without a zone are taken for UTC.
  fileprivate func milliseconds(of bound: [UInt8]) -> Int64? {
    guard case .integer(let value) = SingleValue(bound, of: self) else { return nil }
    switch self {
    // The end of the day.
    case .date: return (value + 1) * 86_400_000 - 1
    case .timestamp, .timestamptz: return Self.floor(value, 1_000)
    case .timestampNs, .timestamptzNs: return Self.floor(value, 1_000_000)
    default: return nil
    }
  }

  private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 || value % divisor == 0 ? value / divisor : value / divisor - 1
  }
}

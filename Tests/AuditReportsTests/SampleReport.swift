import Crypto
import Lineage
import ReportProfiles
import TransparencyLog

@testable import AuditReports

/// A report with something in every section and with every kind of gap that a gap-free one lacks.
struct SampleReport {
  let logSigner: NoteSigner
  let statementKey = Curve25519.Signing.PrivateKey()
  let statementVerifier: NoteVerifier
  /// Events of others stand between those that are cited.
  private(set) var texts: [[UInt8]] = []
  private let tree: TiledTree

  static let statementName = "reports.example.org"
  static let origin = "moraine/sample"
  static func eventID(_ place: Int) -> String { "019a2f3e-8a52-7c3e-9d1b-\(String(100_000_000_000 + place))" }

  init(events: Int = 37) throws {
    logSigner = try NoteSigner(name: Self.origin, .random())
    statementVerifier = try NoteVerifier(
      name: Self.statementName, kind: .ed25519, publicKey: Array(statementKey.publicKey.rawRepresentation))
    var growing = GrowingTree()
    for place in 0..<events {
      let text = CanonicalValue.object(["id": .string(Self.eventID(place)), "action": .string("act-\(place)")]).canonicalBytes
      texts.append(text)
      growing.add(LeafHash.of(text))
    }
    tree = TiledTree(size: UInt64(events), tiles: growing.takeChanges())
  }

  func proof(_ place: Int) throws -> InclusionProof {
    let index = UInt64(place)
    return InclusionProof(
      index: index, size: tree.size, hashes: try tree.hashes(of: InclusionProof.ranges(index: index, size: tree.size)))
  }

  func cited(_ place: Int) throws -> CitedEvent {
    CitedEvent(id: Self.eventID(place), text: texts[place], proof: try proof(place))
  }

  func log(citing places: [Int]) throws -> LogFacts {
    let note = try Checkpoint(origin: Self.origin, size: tree.size, root: tree.root()).signed(by: [logSigner])
    return LogFacts(origin: Self.origin, checkpoint: note.bytes, keys: [logSigner.verifier], events: try places.map(cited))
  }

  static let atMs: Int64 = 1_777_800_000_000
  static func digest(_ text: String) -> String {
    SHA256.hash(data: Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// One that has nothing to complain of but what its `model` says.
  func faultless() throws -> AuditReport {
    let log = try log(citing: [2, 3, 5, 8, 13, 21, 34, 36])
    var model = ModelFacts(
      name: "credit-risk", version: "7", riskTier: "high", isRegulated: true, developer: "user:ann.developer", stage: "production",
      createdBy: "service:mlflow-bridge", createdAtMs: Self.atMs - 86_400_000)
    model.profiles = ["eu-annex-iv@1"]
    model.owner = "team:risk-models"
    model.purpose = "Says how likely a borrower is to default within a year"
    model.source = "mlflow:models/credit-risk/7"
    model.runs = ["run-4711a", "spark-application-0815"]
    model.codeReference = "git:9f1c2e77aa"
    model.containerDigest = "sha256:" + Self.digest("container")
    model.parameters = ["max_depth": "6", "learning_rate": "0.0125"]
    model.metrics = ["auc": "0.8731"]
    model.artifacts = ["model.pkl": Self.digest("pkl")]
    model.event = Self.eventID(2)
    var report = AuditReport(
      scope: ReportScope(
        catalog: "https://moraine.example.org/", asOfMs: Self.atMs, createdAtMs: Self.atMs + 180_000,
        createdBy: "user:auditor@example.org"), model: model, log: log)
    report.approvals = [
      ModelApproval(
        decision: "approved", approver: "user:maria.keller", comment: "Validated on the spring cohort", decidedAtMs: Self.atMs - 7_200_000,
        event: Self.eventID(3))
    ]
    report.trainingData = [
      Self.data("train", "curated.loans", 6_128_374_650_918_273_645), Self.data("test", "curated.loans_holdout", 918_273_645_546_372_819),
    ]
    report.lineage = Self.lineage()
    report.features = [
      FeatureFacts(
        name: "borrower_30d", columns: [LineageColumn("late_payments", type: "int"), LineageColumn("utilisation", type: "decimal(9,4)")],
        source: "curated.payments", owner: "team:feature-store")
    ]
    report.governance.atMs = Self.atMs - 90_000_000
    report.governance.policySetSHA256 = Self.digest("policies")
    report.governance.policies = [
      PolicyInForce(
        id: "risk-reads-curated",
        text: "permit (\n  principal in Moraine::Team::\"risk-models\",\n  action,\n  resource in Moraine::Zone::\"curated\"\n);",
        sinceMs: Self.atMs - 900_000_000, event: Self.eventID(5))
    ]
    report.governance.classifications = [
      Classification(dataset: "curated.loans", column: "borrower_name", tag: "pii", value: "direct"),
      Classification(dataset: "curated.loans_holdout", tag: "confidentiality", value: "restricted"),
    ]
    report.governance.grants = [
      Grant(
        object: "namespace curated", right: "role:reader", grantee: "team:risk-trainers", grantedBy: "user:steward.olga",
        grantedAtMs: Self.atMs - 800_000_000, endsAtMs: Self.atMs + 700_000_000, event: Self.eventID(8))
    ]
    report.access = [
      AccessRight(principal: "service:trainer", dataset: "curated.loans", action: "readData", through: "policy:risk-reads-curated")
    ]
    report.uses = [
      DataUse(
        principal: "service:trainer-batch", dataset: "curated.loans", action: "loadTable", count: 41, lastAtMs: Self.atMs - 95_000_000,
        event: Self.eventID(13))
    ]
    report.checks = report.trainingData.map {
      CheckResult(
        dataset: $0.identifier, snapshotID: $0.snapshotID, check: "not_null(\($0.identifier).id)", outcome: .passed,
        details: "0 of \($0.recordCount ?? 0) rows", atMs: Self.atMs - 96_000_000, event: Self.eventID(21))
    }
    report.retention = [
      RetentionFact(
        kind: .hold, object: "curated.loans", text: "Case 2026-118, district court", by: "user:counsel", atMs: Self.atMs - 500_000_000,
        event: Self.eventID(34)),
      RetentionFact(
        kind: .erasure, object: "curated.customers", text: "One person erased by request 5512", by: "user:privacy.desk",
        atMs: Self.atMs - 400_000, untilMs: Self.atMs - 100_000, event: Self.eventID(36)),
    ]
    report.timeline = [
      TimelineEntry(atMs: Self.atMs - 96_000_000, by: "service:spark", text: "Committed the loans", event: Self.eventID(21)),
      TimelineEntry(atMs: Self.atMs - 7_200_000, by: "user:maria.keller", text: "Approved version seven", event: Self.eventID(3)),
      TimelineEntry(atMs: Self.atMs - 400_000, by: "user:privacy.desk", text: "Erased a person", event: Self.eventID(36)),
    ]
    return report
  }

  static func data(_ role: String, _ identifier: String, _ snapshot: Int64) -> TrainingData {
    var data = TrainingData(
      role: role, datasetID: "0198d5b2-1111-7000-8000-" + digest(identifier).prefix(12), identifier: identifier,
      location: "s3://lake/\(identifier)/", grade: .corroborated)
    data.owner = "team:owners-of-" + identifier
    data.snapshotID = snapshot
    data.committedAtMs = atMs - 97_000_000
    data.schemaID = 4
    data.schema = [LineageColumn("id", type: "long"), LineageColumn("amount", type: "decimal(18,2)")]
    data.rowFilter = "country = 'DE' AND \(role) < 10"
    data.columns = ["id", "amount"]
    data.metadataSHA256 = digest(identifier + "metadata")
    data.manifestListSHA256 = digest(identifier + "manifests")
    data.recordCount = 1_234_567
    data.fileCount = 89
    data.sizeBytes = 9_876_543_210
    data.witnesses = [
      TrainingWitness(
        source: "mlflow", grade: .declared, saidBy: "service:mlflow", saidAtMs: atMs - 90_000_000, details: "dataset input \(role)"),
      TrainingWitness(
        source: "metrics-report", grade: .observed, saidBy: "service:trainer", saidAtMs: atMs - 91_000_000,
        details: "scan of \(identifier)",
        event: eventID(13)),
    ]
    data.isPinned = true
    data.pinnedUntilMs = atMs + 315_360_000_000
    data.isRetrievable = true
    data.event = eventID(2)
    return data
  }

  static func lineage() -> LineageGraph {
    LineageGraph(
      focus: "model:credit-risk@7",
      nodes: [
        LineageNode(id: "dataset:raw.bureau", kind: .table, label: "raw.bureau", columns: [LineageColumn("score_raw", type: "string")]),
        LineageNode(id: "job:dbt/loans", kind: .job, label: "dbt loans", sublabel: "dbt 1.9"),
        LineageNode(
          id: "dataset:curated.loans", kind: .table, label: "curated.loans", snapshotID: 6_128_374_650_918_273_645,
          committedAtMs: atMs - 97_000_000, marks: [.pinned], columns: [LineageColumn("score", type: "int")]),
        LineageNode(id: "model:credit-risk@7", kind: .modelVersion, label: "credit-risk@7"),
      ],
      edges: [
        LineageEdge(from: "dataset:raw.bureau", to: "job:dbt/loans", evidence: .observed),
        LineageEdge(from: "job:dbt/loans", to: "dataset:curated.loans", label: "writes", evidence: .observed),
        LineageEdge(
          from: "dataset:raw.bureau", to: "dataset:curated.loans", evidence: .corroborated,
          columns: [LineageColumnEdge(from: "score_raw", to: "score", transformation: "cast", evidence: .observed)]),
        LineageEdge(from: "dataset:curated.loans", to: "model:credit-risk@7", label: "train", evidence: .corroborated),
      ])
  }

  /// One with gaps of every kind that follows from facts and can stand beside the others.
  func withGaps() throws -> AuditReport {
    var report = try faultless()
    report.model.owner = nil
    report.model.purpose = " "
    report.model.codeReference = nil
    report.approvals = [
      ModelApproval(
        decision: "approved", approver: report.model.developer, comment: "Looks fine to me", decidedAtMs: Self.atMs - 5_000_000),
      ModelApproval(decision: "rejected", approver: "user:second.line", comment: "No independent test", decidedAtMs: Self.atMs - 4_000_000),
    ]
    report.governance.atMs = nil
    report.governance.policySetSHA256 = nil
    var stranger = TrainingData(
      role: "validate", datasetID: "0198d5b2-2222-7000-8000-000000000001", identifier: "scratch.sample", location: "file:/home/ann/sample",
      grade: .contradicted)
    stranger.contradictions = ["The run's own report names another table"]
    var expired = Self.data("test", "curated.bureau_scores", 77_001)
    expired.grade = .inferred
    expired.isRetrievable = false
    expired.unretrievableReason = "the snapshot was expired by service:janitor"
    var said = Self.data("reference", "curated.regions", 77_002)
    said.grade = .declared
    report.trainingData += [stranger, expired, said]
    report.overlaps = [
      TrainingOverlap(first: "curated.loans", second: "curated.bureau_scores", fileCount: 17, details: "part-00017.parquet")
    ]
    report.lineage.isCut = true
    report.lineage.nodes.append(LineageNode(id: "hidden:1", kind: .hidden, label: "Something hidden"))
    report.lineage.edges += [
      LineageEdge(from: "hidden:1", to: "dataset:raw.bureau", evidence: .inferred),
      LineageEdge(from: "hidden:1", to: "dataset:curated.loans", evidence: .contradicted),
    ]
    report.checks[0].outcome = .failed
    report.otherGaps = [ReportGap(.other, "mlflow", "The bridge was down from 03:00 to 04:00.")]
    return report
  }

  static func profiles() throws -> [ReportProfile] { try reportProfiles.map { try ReportProfile(parsing: $0) } }
}

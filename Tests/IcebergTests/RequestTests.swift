import Iceberg
import JSON
import Testing

private typealias M = ModelText

@Suite struct RequestTests {
  @Test func createNamespace() throws {
    let request: CreateNamespaceRequest = try M.read(#"{"namespace":["a","b"],"properties":{"k":"v"},"later":1}"#)
    #expect(request.namespace.levels == ["a", "b"] && request.properties == ["k": "v"])
    #expect(try M.read(#"{"namespace":["a"],"properties":null}"#, as: CreateNamespaceRequest.self).properties.isEmpty)
    #expect(try M.read(#"{"namespace":["a"]}"#, as: CreateNamespaceRequest.self).properties.isEmpty)
    #expect(
      M.refusal { _ = try M.read(#"{"namespace":["a"],"properties":{"k":1}}"#, as: CreateNamespaceRequest.self) }
        == "Expected a string, found 1 at $.properties.k")
  }

  @Test func updateNamespaceProperties() throws {
    let request: UpdateNamespacePropertiesRequest = try M.read(#"{"removals":["a","b","a"],"updates":{"c":"1"}}"#)
    #expect(request.removals == ["a", "b"] && request.updates == ["c": "1"] && request.conflictingKey == nil)
    let conflict: UpdateNamespacePropertiesRequest = try M.read(#"{"removals":["a","c"],"updates":{"c":"1"}}"#)
    #expect(conflict.conflictingKey == "c")
    let nothing: UpdateNamespacePropertiesRequest = try M.read(#"{"removals":null,"updates":null}"#)
    #expect(nothing.removals.isEmpty && nothing.updates.isEmpty)
  }

  /// As Spark sends it: ids from 0, nulls for what is not given.
  @Test func createTable() throws {
    let request: CreateTableRequest = try M.read(
      #"{"name":"t","location":null,"schema":{"type":"struct","schema-id":0,"fields":[\#(M.field(0, "a", "int"))]},"#
        + #""partition-spec":{"spec-id":0,"fields":[{"name":"a_b","transform":"bucket[4]","source-id":0,"field-id":1000}]},"#
        + #""write-order":null,"stage-create":false,"properties":{"owner":"me"}}"#)
    #expect(request.name == "t" && request.location == nil && request.writeOrder == nil && !request.stageCreate)
    #expect(request.partitionSpec?.fields.map(\.fieldID) == [1000])
    #expect(request.schema.field(id: 0)?.name == "a" && request.properties == ["owner": "me"])
    let least: CreateTableRequest = try M.read(#"{"name":"t","schema":{"type":"struct","fields":[]},"metadata-location":"x"}"#)
    #expect(least.partitionSpec == nil && least.properties.isEmpty && !least.stageCreate)
    #expect(M.refusal { _ = try M.read(#"{"name":"t"}"#, as: CreateTableRequest.self) } == "Missing required field \"schema\" at $")
  }

  @Test func commit() throws {
    let commit: CommitTableRequest = try M.read(
      #"{"requirements":[{"type":"assert-create"}],"updates":[{"action":"set-properties","updates":{}}],"identifier":null}"#)
    #expect(commit.identifier == nil && commit.requirements == [.assertCreate] && commit.updates.count == 1)
    let transaction: CommitTransactionRequest = try M.read(
      #"{"table-changes":[{"identifier":{"namespace":["n"],"name":"t"},"requirements":[],"updates":[]}]}"#)
    #expect(transaction.tableChanges.first?.identifier?.description == "n.t")
    #expect(
      M.refusal {
        _ = try M.read(#"{"table-changes":[{"requirements":[{"type":"assert-x"}],"updates":[]}]}"#, as: CommitTransactionRequest.self)
      }?
      .hasSuffix("at $.table-changes[0].requirements[0]") == true)
    #expect(M.refusal { _ = try M.read(#"{"updates":[]}"#, as: CommitTableRequest.self) } == "Missing required field \"requirements\" at $")
  }

  @Test func renameAndRegister() throws {
    let rename: RenameTableRequest = try M.read(
      #"{"source":{"namespace":["a"],"name":"s"},"destination":{"namespace":["b"],"name":"d"}}"#)
    #expect(rename.source.description == "a.s" && rename.destination.description == "b.d")
    let table: RegisterTableRequest = try M.read(#"{"name":"t","metadata-location":"s3://b/m.json"}"#)
    #expect(table.name == "t" && table.metadataLocation == "s3://b/m.json" && !table.overwrite)
    #expect(try M.read(#"{"name":"t","metadata-location":"x","overwrite":true}"#, as: RegisterTableRequest.self).overwrite)
    let view: RegisterViewRequest = try M.read(#"{"name":"v","metadata-location":"x"}"#)
    #expect(view.name == "v" && view.metadataLocation == "x")
    #expect(
      M.refusal { _ = try M.read(#"{"name":"t","metadata-location":null}"#, as: RegisterTableRequest.self) }
        == "Missing required field \"metadata-location\" at $")
  }

  @Test func views() throws {
    let version =
      #"{"version-id":1,"timestamp-ms":5,"schema-id":0,"summary":{},"default-namespace":["n"],"#
      + #""representations":[{"type":"sql","sql":"select 1","dialect":"spark"}]}"#
    let create: CreateViewRequest = try M.read(
      #"{"name":"v","location":null,"schema":{"type":"struct","fields":[]},"view-version":\#(version),"properties":null}"#)
    #expect(create.name == "v" && create.location == nil && create.viewVersion.defaultNamespace.levels == ["n"])
    let commit: CommitViewRequest = try M.read(
      #"{"identifier":{"namespace":["n"],"name":"v"},"requirements":[{"type":"assert-view-uuid","uuid":"u"}],"#
        + #""updates":[{"action":"add-view-version","view-version":\#(version)},{"action":"set-current-view-version","view-version-id":-1}]}"#
    )
    #expect(commit.requirements == [.assertViewUUID("u")])
    #expect(commit.updates.map(\.action) == ["add-view-version", "set-current-view-version"])
    #expect(try M.read(#"{"updates":[]}"#, as: CommitViewRequest.self).requirements.isEmpty)
  }

  @Test func metrics() throws {
    let text =
      #"{"report-type":"scan-report", "table-name":"n.t","snapshot-id":9223372036854775807,"filter":true,"schema-id":0,"#
      + #""projected-field-ids":[1],"projected-field-names":["a"],"metrics":{},"metadata":{"engine-name":"spark"}}"#
    let report: ReportMetricsRequest = try M.read(text)
    #expect(report.reportType == "scan-report" && report.tableName == "n.t" && report.snapshotID == .max)
    #expect(report.metadata == ["engine-name": "spark"] && report.text == ArraySlice(text.utf8))
    #expect(
      M.refusal { _ = try M.read(#"{"report-type":"x"}"#, as: ReportMetricsRequest.self) }
        == "Unknown report-type \"x\"; it is scan-report or commit-report at $.report-type")
    #expect(
      M.refusal { _ = try M.read(#"{"report-type":"commit-report","table-name":"t","snapshot-id":1}"#, as: ReportMetricsRequest.self) }
        == "Missing required field \"metrics\" at $")
  }
}

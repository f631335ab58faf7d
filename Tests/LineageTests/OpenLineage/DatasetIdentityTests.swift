import Testing

@testable import Lineage

struct DatasetIdentityTests {
  @Test(arguments: [
    ("s3://bucket", "a/b", "s3://bucket/a/b"), ("s3a://bucket/", "/a/b/", "s3://bucket/a/b"), ("S3N://bucket", "a//b", "s3://bucket/a/b"),
    ("file", "/tmp/t", "file:///tmp/t"), ("file:", "/tmp/t", "file:///tmp/t"), ("file://", "/tmp/t", "file:///tmp/t"),
    ("file:///", "tmp/t", "file:///tmp/t"), ("file://host", "/tmp/t", "file:///tmp/t"),
    ("hdfs://nn:8020", "/warehouse/t", "hdfs://nn:8020/warehouse/t"), ("gs://b", "t", "gs://b/t"),
    ("abfs://c@a.dfs.core.windows.net", "t", "abfss://c@a.dfs.core.windows.net/t"), ("anything", "s3a://bucket/a", "s3://bucket/a"),
    ("dbfs", "/mnt/t", "dbfs:///mnt/t"),
  ]) func places(namespace: String, name: String, expected: String) {
    #expect(StorageAddress(EntityName(namespace: namespace, name: name))?.text == expected)
  }

  @Test(arguments: [
    ("postgres://h:5432", "db.s.t"), ("kafka://h", "topic"), ("trino://h:8080", "c.s.t"), ("s3", "a"), ("s3://b", "a/../c"),
    ("hive", "db.t"),
    ("/tmp/warehouse", "db.t"), ("bigquery", "p.d.t"),
  ]) func noPlaces(namespace: String, name: String) { #expect(StorageAddress(EntityName(namespace: namespace, name: name)) == nil) }

  private static func dataset(_ namespace: String, _ name: String, facets: String = "{}") throws -> DatasetIdentity {
    guard
      case .dataset(let event) = try LineageEventTests.event(
        #""dataset":{"namespace":"\#(namespace)","name":"\#(name)","facets":\#(facets)}"#)
    else { throw LineageEventTests.Unexpected() }
    return DatasetIdentity(event.dataset)
  }

  private static let aliases = NamespaceAliases(
    ["http://catalog:8181=main", "trino://trino:8080#lake=main", "s3://bucket/wh=main"].compactMap(NamespaceAliases.Alias.init))

  /// As Spark names an Iceberg table: by its place, with its name in the catalog as a symlink.
  @Test func placesGoBeforeSymlinks() throws {
    let spark = try Self.dataset(
      "s3a://bucket", "wh/db/t",
      facets: #"{"symlinks":{"identifiers":[{"namespace":"http://Catalog:8181/","name":"db.t","type":"TABLE"}]}}"#)
    let candidates = spark.candidates(Self.aliases)
    #expect(candidates.locations == ["s3://bucket/wh/db/t", "s3://bucket/wh/db", "s3://bucket/wh"])
    #expect(candidates.paths == [CatalogPath(warehouse: "main", namespace: ["db"], name: "t")])
    #expect(candidates.names.map(\.description) == ["s3://bucket wh/db/t", "http://Catalog:8181/ db.t"])
  }

  /// As it names one of a catalog of files: the namespace is the warehouse's location.
  @Test func aWarehousesLocationIsAnAlias() throws {
    let spark = try Self.dataset(
      "s3://elsewhere", "x", facets: #"{"symlinks":{"identifiers":[{"namespace":"s3a://bucket/wh/","name":"a.b.t","type":"TABLE"}]}}"#)
    #expect(spark.candidates(Self.aliases).paths == [CatalogPath(warehouse: "main", namespace: ["a", "b"], name: "t")])
  }

  @Test func trinoPutsItsCatalogInFront() throws {
    #expect(
      try Self.dataset("trino://trino:8080", "lake.db.t").candidates(Self.aliases).paths
        == [CatalogPath(warehouse: "main", namespace: ["db"], name: "t")])
    #expect(try Self.dataset("trino://trino:8080", "other.db.t").candidates(Self.aliases).paths.isEmpty)
    #expect(
      try Self.dataset("trino://trino:8080", #"lake.\"d.b\".`t`"#).candidates(Self.aliases).paths
        == [CatalogPath(warehouse: "main", namespace: ["d.b"], name: "t")])
  }

  @Test func theCatalogFacetSaysWhichCatalog() throws {
    let flink = try Self.dataset(
      "iceberg", "mine.db.t",
      facets: #"{"catalog":{"framework":"iceberg","type":"rest","name":"mine","metadataUri":"http://catalog:8181"}}"#)
    #expect(flink.candidates(Self.aliases).paths.first == CatalogPath(warehouse: "main", namespace: ["db"], name: "t"))
  }

  @Test func topicsAreTheirAddress() throws {
    #expect(try Self.dataset("kafka://host:9092", "orders").candidates(Self.aliases).locations == ["kafka://host:9092/orders"])
  }

  @Test func namesDifferByBytes() {
    #expect(EntityName(namespace: "n", name: "e\u{301}") != EntityName(namespace: "n", name: "é"))
    #expect(EntityName(namespace: "a", name: "bc") != EntityName(namespace: "ab", name: "c"))
  }

  @Test func runIDs() {
    #expect(RunID("3B452093-782c-4ef2-9c0c-aafe2aa6f34d")?.description == "3b452093-782c-4ef2-9c0c-aafe2aa6f34d")
    #expect(RunID("00000000-0000-0000-0000-00000000000f")?.description == "00000000-0000-0000-0000-00000000000f")
    for text in ["", "3b452093782c4ef29c0caafe2aa6f34d", "3b452093-782c-4ef2-9c0c-aafe2aa6f34g", "3b452093x782c-4ef2-9c0c-aafe2aa6f34d"] {
      #expect(RunID(text) == nil)
    }
  }
}

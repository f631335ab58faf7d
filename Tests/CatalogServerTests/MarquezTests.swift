import Catalog
import CatalogStore
import Lineage
import Postgres
import Testing

@testable import CatalogServer

@Suite struct MarquezTests {
  private static func readings(_ text: String) throws -> [String] {
    switch try NodeIdentifier(text) {
    case .dataset(let readings): readings.map { "dataset \($0)" }
    case .job(let readings): readings.map { "job \($0)" }
    case .column(let readings): readings.map { "column \($0.dataset) \($0.column)" }
    }
  }

  @Test func nodesAreReadInEveryWay() throws {
    #expect(try Self.readings("job:airflow:daily") == ["job airflow daily"])
    // Marquez's own way first.
    #expect(
      try Self.readings("dataset:pg://h:5432:public.t:1") == [
        "dataset pg://h:5432 public.t:1", "dataset pg //h:5432:public.t:1", "dataset pg://h 5432:public.t:1",
        "dataset pg://h:5432:public.t 1",
      ])
    #expect(
      try Self.readings("datasetField:s3://b:t:c") == ["column s3://b t c", "column s3 //b:t c", "column s3 //b t:c"])
    #expect(try Self.readings("dataset::t") == ["dataset  t"])
  }

  @Test(arguments: [
    "", "t", "dataset", "dataset:", "dataset:t", "dataset:n:", "run:n:t", "Dataset:n:t", "datasetField:n:t", "datasetField:n:t:",
    "job:n:\0",
    "job:" + String(repeating: ":", count: 33) + "x",
  ])
  func noNodes(text: String) { #expect(throws: CatalogError.self) { try NodeIdentifier(text) } }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"), (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
    (1_777_809_600_123_456, "2026-05-03T12:00:00.123456Z"), (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
  ])
  func timesAreInUTC(microseconds: Int64, text: String) {
    #expect(PostgresTimestamp(microseconds: microseconds).marquezText == text)
    #expect(EventTime.microseconds(text) == microseconds)
  }
}

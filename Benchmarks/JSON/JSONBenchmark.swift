import CJansson
import Foundation
import Iceberg
import JSON

/// Reads and writes about 0.9 MB of table metadata with this package's reader and writer, Foundation's, and jansson.
///
/// Prints one JSON object: for each measurement its median speed in MB/s. The measurements take turns, round by round, so that
/// a noisy machine disturbs all of them alike.
@main
struct JSONBenchmark {
  static func main() throws {
    let document = Array(tableMetadata(snapshots: 1_450).utf8)
    let measurements = try measurements(of: document)
    var speeds: [String: [Double]] = [:]
    for _ in 0..<9 {
      for measurement in measurements {
        speeds[measurement.key, default: []].append(Double(measurement.sizeBytes) / 1e6 / (try measurement.seconds()))
      }
    }
    var writer = JSONWriter()
    writer.object { writer in
      writer.field("document-bytes", document.count)
      for measurement in measurements {
        let sorted = (speeds[measurement.key] ?? []).sorted()
        writer.field(measurement.name, Int(sorted[sorted.count / 2].rounded()))
      }
    }
    print(String(decoding: writer.bytes, as: UTF8.self))
  }

  struct Measurement {
    let name: StaticString
    let sizeBytes: Int
    /// Returns something that depends on the work, so that it is not left out.
    let work: () throws -> Int

    var key: String { name.description }

    /// The time of one run, averaged over as many as fit in 60 ms.
    func seconds() throws -> Double {
      let start = ContinuousClock.now
      var runs = 0
      var sum = 0
      repeat {
        sum &+= try work()
        runs += 1
      } while ContinuousClock.now - start < .milliseconds(60)
      precondition(sum != 1)
      return (ContinuousClock.now - start) / .seconds(1) / Double(runs)
    }
  }

  static func measurements(of document: [UInt8]) throws -> [Measurement] {
    let data = Data(document)
    let object = try JSONSerialization.jsonObject(with: data)
    let metadata = try TableMetadata(jsonText: document)
    let tape = try JSONDocument(parsing: document)
    let wide = Array(tableMetadata(snapshots: 1, columns: 80).utf8)
    guard let tree = document.withUnsafeBytes({ json_loadb($0.baseAddress, $0.count, 0, nil) }) else { throw CocoaError(.coderReadCorrupt) }
    return [
      Measurement(name: "parse", sizeBytes: document.count) {
        try JSONDocument(parsing: document).root.object().required("location").string().utf8.count
      },
      Measurement(name: "parse-foundation", sizeBytes: document.count) {
        (try JSONSerialization.jsonObject(with: data) as? [String: Any])?.count ?? 0
      },
      Measurement(name: "parse-jansson", sizeBytes: document.count) {
        let tree = document.withUnsafeBytes { json_loadb($0.baseAddress, $0.count, 0, nil) }
        defer { if let tree { json_decref(tree) } }
        return json_object_size(tree)
      },
      Measurement(name: "write", sizeBytes: document.count) {
        JSONWriter.text(reservingBytes: document.count + 64) { $0.value(Copy(tape.root)) }.count
      },
      Measurement(name: "write-foundation", sizeBytes: document.count) { try JSONSerialization.data(withJSONObject: object).count },
      Measurement(name: "write-jansson", sizeBytes: document.count) {
        guard let text = json_dumps(tree, 0x20) else { return 0 }
        defer { free(text) }
        return strlen(text)
      },
      Measurement(name: "read-table-metadata", sizeBytes: document.count) { try TableMetadata(jsonText: document).snapshots.count },
      // Mostly schema, where the other is mostly snapshots, which stay texts.
      Measurement(name: "read-80-columns", sizeBytes: wide.count) { try TableMetadata(jsonText: wide).schemas.count },
      Measurement(name: "write-table-metadata", sizeBytes: document.count) { metadata.documentText(head: metadata.headText()).count },
    ]
  }
}

/// A value written anew, token by token: every string is read, unescaped and escaped again.
struct Copy: JSONEncodable {
  let value: JSONValue

  init(_ value: JSONValue) { self.value = value }

  func write(to writer: inout JSONWriter) {
    do {
      switch value.kind {
      case .object:
        let members = try value.object()
        writer.object { writer in
          for member in members {
            writer.key(member.key)
            Copy(member.value).write(to: &writer)
          }
        }
      case .array:
        let elements = try value.array()
        writer.array { writer in for element in elements { Copy(element).write(to: &writer) } }
      case .string: writer.value(try value.string())
      default: writer.raw(value.raw)
      }
    } catch {
      preconditionFailure("the document was parsed before: \(error)")
    }
  }
}

/// A table with so many columns and snapshots, each as Spark writes it.
func tableMetadata(snapshots count: Int, columns: Int = 40) -> String {
  let fields = (1...columns).map { #"{"id":\#($0),"name":"column_\#($0)","required":false,"type":"\#($0 % 2 == 0 ? "string" : "long")"}"# }
  let location = "s3://warehouse/analytics/orders"
  let first: Int64 = 1_700_000_000_000
  let snapshots = (1...count).map { number in
    let parent = number > 1 ? #""parent-snapshot-id":\#(7_000_000_000_000_000_000 + number - 1),"# : ""
    return """
      {"sequence-number":\(number),"snapshot-id":\(7_000_000_000_000_000_000 + number),\(parent)"timestamp-ms":\(first + Int64(number) * 60_000),\
      "summary":{"operation":"append","spark.app.id":"local-1700000000000","added-data-files":"4","added-records":"\(number * 17)",\
      "added-files-size":"\(number * 4_099)","changed-partition-count":"1","total-records":"\(number * 170)","total-files-size":"\(number * 40_990)",\
      "total-data-files":"\(number * 4)","total-delete-files":"0","total-position-deletes":"0","total-equality-deletes":"0"},\
      "manifest-list":"\(location)/metadata/snap-\(7_000_000_000_000_000_000 + number)-1-6f1c2ad4-8d59-4a6e-9d1b-1f2f9b7c3d5e.avro","schema-id":0}
      """
  }
  let log = (1...count).map { #"{"timestamp-ms":\#(first + Int64($0) * 60_000),"snapshot-id":\#(7_000_000_000_000_000_000 + $0)}"# }
  return """
    {"format-version":2,"table-uuid":"6f1c2ad4-8d59-4a6e-9d1b-1f2f9b7c3d5e","location":"\(location)","last-sequence-number":\(count),\
    "last-updated-ms":\(first + Int64(count) * 60_000),"last-column-id":\(columns),"current-schema-id":0,\
    "schemas":[{"type":"struct","schema-id":0,"fields":[\(fields.joined(separator: ","))]}],"default-spec-id":0,\
    "partition-specs":[{"spec-id":0,"fields":[]}],"last-partition-id":999,"default-sort-order-id":0,\
    "sort-orders":[{"order-id":0,"fields":[]}],"properties":{"owner":"analytics"},"current-snapshot-id":\(7_000_000_000_000_000_000 + count),\
    "refs":{"main":{"snapshot-id":\(7_000_000_000_000_000_000 + count),"type":"branch"}},\
    "snapshots":[\(snapshots.joined(separator: ","))],"snapshot-log":[\(log.joined(separator: ","))],"metadata-log":[]}
    """
}

/// What `.hoodie/hoodie.properties` says of a table (Hudi, "Table Properties").
package struct HudiProperties: Hashable, Sendable {
  /// Everything that is said.
  package let all: [String: String]

  /// Reads the format of Java's properties: `key=value` a line, with escapes; `#` and `!` begin comments.
  package init(_ bytes: [UInt8]) throws(TableFormatError) {
    guard bytes.count <= 16 << 20 else { throw TableFormatError.tooLarge("The file is larger than 16 MiB").inFile("hoodie.properties") }
    var all: [String: String] = [:]
    for line in Self.lines(bytes) {
      let (key, value) = Self.pair(line)
      all[key] = value
    }
    guard all["hoodie.table.name"] != nil else {
      throw TableFormatError.malformed("\"hoodie.table.name\" is missing").inFile("hoodie.properties")
    }
    self.all = all
  }

  package var tableName: String { all["hoodie.table.name"] ?? "" }
  package var databaseName: String? { all["hoodie.database.name"].flatMap { $0.isEmpty ? nil : $0 } }
  /// `COPY_ON_WRITE` or `MERGE_ON_READ`; the first is the default.
  package var tableType: String { all["hoodie.table.type"] ?? "COPY_ON_WRITE" }
  /// Of the table's structure: 6 and below for Hudi 0.x, 8 and above for 1.x.
  package var tableVersion: Int { all["hoodie.table.version"].flatMap(Int.init) ?? 0 }
  package var recordKeyFields: [String] { list("hoodie.table.recordkey.fields") }
  /// Fields by which the newest of records with the same key is found.
  package var orderingFields: [String] {
    let fields = list("hoodie.table.ordering.fields")
    return fields.isEmpty ? list("hoodie.table.precombine.field") : fields
  }
  /// Names of columns. Hudi 1.x may write the kind of the key behind each, as in `day:timestamp`.
  package var partitionFields: [String] {
    list("hoodie.table.partition.fields").map { String($0.split(separator: ":", omittingEmptySubsequences: false)[0]) }
  }

  /// Where the instants are, in `.hoodie`: `""` for the folder itself.
  package var timelineFolder: String {
    guard layoutVersion >= 2 else { return "" }
    let folder = all["hoodie.timeline.path"] ?? "timeline"
    // A name, not a way out of the table.
    return folder.contains("/") || folder.contains("..") || folder.isEmpty ? "timeline" : folder
  }

  /// Whether instants are written in UTC; otherwise in the zone of whoever wrote them, which nobody says.
  package var isTimelineInUTC: Bool { all["hoodie.table.timeline.timezone"]?.uppercased() == "UTC" }

  /// 1: JSON in `.hoodie`. 2: Avro in a folder of its own, from table version 8 on.
  var layoutVersion: Int { all["hoodie.timeline.layout.version"].flatMap(Int.init) ?? (tableVersion >= 8 ? 2 : 1) }

  /// The Avro schema that the table was made with.
  var createSchema: String? { all["hoodie.table.create.schema"].flatMap { $0.isEmpty ? nil : $0 } }

  private func list(_ key: String) -> [String] {
    all[key].map { $0.split(separator: ",").map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) } } ?? []
  }

  // MARK: Java's properties (java.util.Properties.load)

  /// Lines without comments and leading space; one that ends with an odd number of backslashes goes on in the next.
  private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var open: [UInt8]?
    for raw in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
      let line = raw.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0C }
      if open == nil, line.isEmpty || line.first == UInt8(ascii: "#") || line.first == UInt8(ascii: "!") { continue }
      let text = (open ?? []) + line
      if text.reversed().prefix(while: { $0 == UInt8(ascii: "\\") }).count % 2 == 1 {
        open = text.dropLast()
      } else {
        lines.append(text)
        open = nil
      }
    }
    if let open { lines.append(open) }
    return lines
  }

  private static func pair(_ line: [UInt8]) -> (String, String) {
    var index = 0
    while index < line.count, !" \t\u{0C}=:".utf8.contains(line[index]) { index += line[index] == UInt8(ascii: "\\") ? 2 : 1 }
    let key = line.prefix(index)
    var value = line.dropFirst(index).drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0C }
    if value.first == UInt8(ascii: "=") || value.first == UInt8(ascii: ":") {
      value = value.dropFirst().drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0C }
    }
    return (unescaped(key), unescaped(value))
  }

  private static func unescaped(_ text: ArraySlice<UInt8>) -> String {
    guard text.contains(UInt8(ascii: "\\")) else { return String(decoding: text, as: UTF8.self) }
    // Escapes are UTF-16, so that is what is put together.
    var units: [UInt16] = []
    var rest = Array(String(decoding: text, as: UTF8.self).utf16)[...]
    while let unit = rest.popFirst() {
      guard unit == 0x5C, let escaped = rest.popFirst() else {
        units.append(unit)
        continue
      }
      switch escaped {
      case 0x74: units.append(0x09)
      case 0x6E: units.append(0x0A)
      case 0x72: units.append(0x0D)
      case 0x66: units.append(0x0C)
      case 0x75:
        units.append(UInt16(String(decoding: rest.prefix(4), as: UTF16.self), radix: 16) ?? 0xFFFD)
        rest = rest.dropFirst(4)
      default: units.append(escaped)
      }
    }
    return String(decoding: units, as: UTF16.self)
  }
}

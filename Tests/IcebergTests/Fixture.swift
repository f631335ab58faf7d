import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files under `Fixtures`. Those of Apache Iceberg's own test data are copies: where `MORAINE_CONFORMANCE` names the corpus, it is read instead.
enum Fixture {
  private static let corpusFolders = ["metadata/", "view/"]

  static func bytes(_ name: String, file: String = #filePath) throws -> [UInt8] {
    var folder = String(file.prefix(through: try #require(file.lastIndex(of: "/")))) + "Fixtures"
    if let corpus = getenv("MORAINE_CONFORMANCE"), corpusFolders.contains(where: name.hasPrefix) {
      folder = String(cString: corpus) + "/iceberg"
    }
    let path = "\(folder)/\(name)"
    let stream = try #require(fopen(path, "r"), "no fixture at \(path)")
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
    return bytes
  }
}

import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files under `Fixtures`, made by its `make.py`.
enum CompressionFixture {
  static func bytes(_ name: String, file: String = #filePath) throws -> [UInt8] {
    let path = file.prefix(through: try #require(file.lastIndex(of: "/"))) + "Fixtures/\(name)"
    let stream = try #require(fopen(String(path), "r"), "no fixture at \(path)")
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
    return bytes
  }
}

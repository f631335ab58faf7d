import JSON
import TableFormats
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files under `Fixtures`, each folder made by its `make.py`.
enum FormatFixture {
  private static func path(_ name: String, _ file: String) throws -> String {
    String(file.prefix(through: try #require(file.lastIndex(of: "/")))) + "Fixtures/" + name
  }

  static func bytes(_ name: String, file: String = #filePath) throws -> [UInt8] {
    try #require(try bytesIfThere(name, file: file), "no fixture \(name)")
  }

  static func bytesIfThere(_ name: String, file: String = #filePath) throws -> [UInt8]? {
    guard let stream = fopen(try path(name, file), "r") else { return nil }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
    return bytes
  }

  /// The names in a folder, in no order.
  static func names(in folder: String, file: String = #filePath) throws -> [String] {
    let path = try path(folder, file)
    let directory = try #require(opendir(path), "no folder at \(path)")
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  static func json(_ name: String) throws -> JSONValue { try JSONDocument(parsing: bytes(name)).root }
}

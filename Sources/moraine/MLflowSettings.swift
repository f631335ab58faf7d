import Catalog
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Settings {
  /// How servers of MLflow are read, as configured.
  func mlflow() throws -> MLflowOptions {
    var options = MLflowOptions()
    options.interval = mlflowSeconds > 0 ? .seconds(mlflowSeconds) : nil
    options.networks = try Self.networks(mlflowNetworks, of: "MORAINE_MLFLOW_NETWORKS")
    let folder = mlflowSecretsFolder
    options.secret = { name in try await MLflowSecret.text(of: name, in: folder) }
    return options
  }
}

/// Secrets of servers of MLflow. Whoever adds such a server gives a name and never says where to look: else it could have any file or
/// variable of this process sent to a server of its own.
enum MLflowSecret {
  private static let maximumSizeBytes = 16 << 10

  /// - Returns: `nil` when there is nothing of that name.
  static func text(of name: String, in folder: String?) async throws -> String? {
    // As the catalog checks it; nothing else may become part of a path.
    guard name.utf8.allSatisfy({ isNameByte($0) }), !name.isEmpty else { return nil }
    let variable = "MORAINE_MLFLOW_SECRET_" + name.uppercased().replacing("-", with: "_")
    if let value = getenv(variable) { return String(cString: value) }
    guard let folder else { return nil }
    return try await NIOThreadPool.singleton.runIfActive { read("\(folder)/\(name)") }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }

  /// A file's text without spaces and line ends around it; `nil` for one that cannot be read, or is no secret by its size.
  private static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: maximumSizeBytes + 1)
    let count = fread(&bytes, 1, bytes.count, file)
    guard count <= maximumSizeBytes else { return nil }
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || 0x09...0x0D ~= $0 }
    var text = bytes[..<count].drop(while: isSpace)
    while let last = text.last, isSpace(last) { text.removeLast() }
    return String(decoding: text, as: UTF8.self)
  }
}

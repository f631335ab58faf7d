/// Why bytes could not be compressed or decompressed.
package enum CompressionError: Error, Hashable, CustomStringConvertible {
  case corrupt(String)
  case tooLarge(maximumSizeBytes: Int)
  case outOfMemory

  package var description: String {
    switch self {
    case .corrupt(let what): what
    case .tooLarge(let limit): "the content is larger than \(limit) bytes once decompressed"
    case .outOfMemory: "there is not enough memory to decompress"
    }
  }
}

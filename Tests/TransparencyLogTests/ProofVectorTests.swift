import JSON
import Testing
import TransparencyLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The proofs that implementations of RFC 6962 share as test vectors, good and bad, under `merkle` in the folder that
/// `MORAINE_CONFORMANCE` names.
@Suite(.enabled(if: getenv("MORAINE_CONFORMANCE") != nil, "MORAINE_CONFORMANCE does not say where the conformance data is"))
struct ProofVectorTests {
  /// The archive's documents, one after the other.
  private static func documents(_ pattern: String) throws -> [JSONObject] {
    let folder = String(cString: try #require(getenv("MORAINE_CONFORMANCE")))
    let archive = "\(folder)/merkle/rfc6962-vectors.tar.gz"
    // `tar` ends each document where the next begins; a list of them is JSON.
    let stream = try #require(popen("tar xzOf '\(archive)' --wildcards '\(pattern)' && echo done", "r"))
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
    try #require(pclose(stream) == 0, "no vectors in \(archive)")
    let text = String(decoding: bytes, as: UTF8.self)
    try #require(text.hasSuffix("done\n"))
    return try text.dropLast(5).split(separator: "}").map { try JSONDocument(parsing: Array("\($0)}".utf8)).root.object() }
  }

  private static func bytes(_ json: JSONValue) throws -> [UInt8] {
    try #require(Base64.decode(Array(try json.string().utf8)))
  }

  /// None where the document has none.
  private static func hashes(_ vector: JSONObject) throws -> [[UInt8]] {
    try vector.optional("proof").map { try $0.array().map { try bytes($0) } } ?? []
  }

  private static func number(_ json: JSONValue) throws -> UInt64 { try #require(UInt64(json.rawText)) }

  @Test func inclusion() throws {
    let vectors = try Self.documents("inclusion/*.json")
    #expect(vectors.count == 98)
    for vector in vectors {
      let proof = InclusionProof(
        index: try Self.number(vector.required("leafIdx")), size: try Self.number(vector.required("treeSize")),
        hashes: try Self.hashes(vector))
      let (leaf, root) = (try Self.bytes(vector.required("leafHash")), try Self.bytes(vector.required("root")))
      let isGood = (try? proof.verify(leafHash: leaf, root: root)) != nil
      let (isBad, what) = (try vector.required("wantErr").bool(), try vector.required("desc").string())
      #expect(isGood != isBad, "\(what)")
    }
  }

  @Test func consistency() throws {
    let vectors = try Self.documents("consistency/*.json")
    #expect(vectors.count == 98)
    for vector in vectors {
      let proof = ConsistencyProof(
        oldSize: try Self.number(vector.required("size1")), newSize: try Self.number(vector.required("size2")),
        hashes: try Self.hashes(vector))
      let (old, new) = (try Self.bytes(vector.required("root1")), try Self.bytes(vector.required("root2")))
      let isGood = (try? proof.verify(oldRoot: old, newRoot: new)) != nil
      let (isBad, what) = (try vector.required("wantErr").bool(), try vector.required("desc").string())
      #expect(isGood != isBad, "\(what)")
    }
  }
}

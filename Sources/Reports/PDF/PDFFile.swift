import Compression
import Crypto

/// Writes a PDF file's objects one after another, then where each stands (ISO 32000-1 §7.5).
struct PDFFile {
  private(set) var bytes = Array("%PDF-1.7\n".utf8) + [0x25, 0xE2, 0xE3, 0xCF, 0xD3, 0x0A]
  private var offsets: [Int?] = []

  /// A number for an object that is written later.
  mutating func reserve() -> Int {
    offsets.append(nil)
    return offsets.count
  }

  mutating func write(_ number: Int, _ body: [UInt8]) {
    offsets[number - 1] = bytes.count
    bytes += "\(number) 0 obj\n".utf8
    bytes += body
    bytes += "\nendobj\n".utf8
  }

  mutating func write(_ number: Int, _ body: String) { write(number, Array(body.utf8)) }

  mutating func add(_ body: String) -> Int {
    let number = reserve()
    write(number, body)
    return number
  }

  /// A stream, compressed.
  /// - Parameter entries: of its dictionary, beside length and filter.
  mutating func addStream(_ content: [UInt8], entries: String = "") throws(ReportError) -> Int {
    let packed: [UInt8]
    do { packed = try Zlib.compress(content) } catch { throw .tooLarge(error.description) }
    let number = reserve()
    var body = Array("<</Length \(packed.count)/Filter/FlateDecode\(entries)>>\nstream\n".utf8)
    body += packed
    body += "\nendstream".utf8
    write(number, body)
    return number
  }

  /// The whole file. Its identifier is the digest of what stands before it, so that it is the same for the same report.
  consuming func finished(root: Int, info: Int) throws(ReportError) -> [UInt8] {
    let digest = SHA256.hash(data: bytes)
    var identifier: [UInt8] = []
    for byte in Array(digest).prefix(16) { identifier.appendHex(byte) }
    let start = bytes.count
    // Offsets have ten digits.
    guard start < 10_000_000_000 else { throw .tooLarge("the PDF is larger than 10 GB") }
    bytes += "xref\n0 \(offsets.count + 1)\n0000000000 65535 f \n".utf8
    for offset in offsets {
      let digits = String(offset ?? 0)
      bytes += (String(repeating: "0", count: 10 - digits.utf8.count) + digits + " 00000 n \n").utf8
    }
    let id = String(decoding: identifier, as: UTF8.self)
    bytes += "trailer\n<</Size \(offsets.count + 1)/Root \(root) 0 R/Info \(info) 0 R/ID[<\(id)><\(id)>]>>\n".utf8
    bytes += "startxref\n\(start)\n%%EOF\n".utf8
    return bytes
  }
}

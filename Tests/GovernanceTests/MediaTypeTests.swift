import Testing

@testable import Governance

@Suite struct MediaTypeTests {
  @Test(arguments: [
    ("a.txt", "text/plain"), ("a/b.c/IMG_1.JPEG", "image/jpeg"), ("x.tar.gz", "application/gzip"), ("README", MediaType.unknown),
    (".txt", MediaType.unknown), ("a.png/b", MediaType.unknown), ("", MediaType.unknown), ("a.", MediaType.unknown),
    ("a.parquet", "application/vnd.apache.parquet"), ("a.txt\u{301}", MediaType.unknown), ("dir/.png", MediaType.unknown),
  ])
  func isToldByTheEnding(key: String, type: String) {
    #expect(MediaType.of(key) == type)
  }
}

import Testing

@testable import ObjectStorage

struct S3AnswerTests {
  @Test func readsAList() throws {
    let text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Empty/><IsTruncated>false</IsTruncated>
      <Contents><Key>a&amp;lt;&#233;&#x1F9CA;</Key><Size>3</Size><Owner><Key>no</Key></Owner></Contents><Contents><Key>c</Key></Contents>
      </ListBucketResult>
      """
    let answer = try #require(S3Answer(Array(text.utf8), root: "ListBucketResult"))
    #expect(answer.elements("Contents").map { $0.text("Key") } == ["a&lt;é🧊", "c"])
    #expect(answer.text("Empty") == "")
    #expect(answer.text("Key") == "")
  }

  @Test(arguments: [
    "", "garbage", "<a>", "<a></b>", "<a></a><a/>", "<a><b></a></b>", "<a x></a>", "<a x=1/>", "<a>&nope;</a>", "<a>&#xD800;</a>", "<a>&",
    "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a><![CDATA[x]]></a>", "<a/>x", "<other/>", "<?xml", "<a b=\"c/>",
    String(repeating: "<a>", count: 100_000) + String(repeating: "</a>", count: 100_000),
  ])
  func refuses(text: String) {
    #expect(S3Answer(Array(text.utf8), root: "a") == nil)
  }

  /// Cut anywhere, a document is no document.
  @Test func refusesWhatIsCutShort() {
    let whole = Array("<?xml version='1.0'?><a b=\"c\"><d>&amp;x</d><e/></a>".utf8)
    #expect(S3Answer(whole, root: "a") != nil)
    for count in whole.indices { #expect(S3Answer(Array(whole[..<count]), root: "a") == nil) }
  }

  @Test func readsTimes() {
    #expect(S3Answer.milliseconds("2026-05-03T10:15:00.123Z") == 1_777_803_300_123)
    #expect(S3Answer.milliseconds("2026-05-03T10:15:00Z") == 1_777_803_300_000)
    #expect(S3Answer.milliseconds("yesterday") == nil)
    #expect(S3Answer.milliseconds("") == nil)
  }
}

import JSON
import Testing

struct WriterTests {
  private func written(_ body: (inout JSONWriter) -> Void) -> String { String(decoding: JSONWriter.text(body), as: UTF8.self) }

  @Test func scalars() {
    #expect(written { $0.null() } == "null")
    #expect(written { $0.value(true) } == "true")
    #expect(written { $0.value(false) } == "false")
    #expect(written { $0.value("") } == #""""#)
    #expect(written { $0.raw("1.50".utf8) } == "1.50")
  }

  @Test func integerExtremes() {
    #expect(written { $0.value(0) } == "0")
    #expect(written { $0.value(Int64.max) } == "9223372036854775807")
    #expect(written { $0.value(Int64.min) } == "-9223372036854775808")
    #expect(written { $0.value(UInt64.max) } == "18446744073709551615")
    #expect(written { $0.value(Int8.min) } == "-128")
    #expect(written { $0.value(UInt8.max) } == "255")
  }

  @Test func escapes() {
    #expect(written { $0.value("\"\\/\u{8}\u{C}\n\r\t") } == #""\"\\/\b\f\n\r\t""#)
    #expect(written { $0.value("\u{0}\u{1}\u{1f}\u{7f}") } == "\"\\u0000\\u0001\\u001f\u{7f}\"")
    #expect(written { $0.value("é😀\u{2028}") } == "\"é😀\u{2028}\"")
    #expect(written { $0.value("a\"") } == #""a\"""#)
    #expect(
      written {
        $0.object {
          $0.key("a\"b" as String)
          $0.null()
        }
      } == #"{"a\"b":null}"#)
  }

  /// An escape at every place of a string longer than a machine word.
  @Test func escapesAtEveryPlace() {
    for length in 0..<40 {
      for place in 0..<max(length, 1) where place < length {
        for special in ["\"", "\\", "\u{1}", "é"] {
          let text = String(repeating: "x", count: place) + special + String(repeating: "y", count: length - place - 1)
          let spelled = ["\"": "\\\"", "\\": "\\\\", "\u{1}": "\\u0001", "é": "é"][special] ?? ""
          let expected = "\"" + String(repeating: "x", count: place) + spelled + String(repeating: "y", count: length - place - 1) + "\""
          #expect(written { $0.value(text) } == expected)
        }
      }
    }
  }

  @Test func nesting() {
    let text = written {
      $0.object {
        $0.field("empty", object: { _ in })
        $0.field("none", array: { _ in })
        $0.field(
          "list",
          array: {
            $0.value(1)
            $0.array { $0.array { _ in } }
            $0.object { $0.field("x", true) }
            $0.null()
          })
        $0.field("after", 2)
      }
    }
    #expect(text == #"{"empty":{},"none":[],"list":[1,[[]],{"x":true},null],"after":2}"#)
  }

  @Test func fields() {
    let text = written {
      $0.object {
        $0.field("b", false)
        $0.field("i", Int32(-7))
        $0.field("s", "t")
        $0.field("r", raw: "[1, 2]".utf8)
        $0.field("ss", ["a", "b"])
        $0.field("ii", [1, 2] as [Int64])
        $0.field("m", ["z": "1", "a": "2"])
        $0.field("e", ModelValue.array([.null]))
        $0.field("ee", [ModelValue.integer(1), .bool(true)])
        $0.field("o", object: { $0.field("k", 1) })
      }
    }
    #expect(
      text
        == #"{"b":false,"i":-7,"s":"t","r":[1, 2],"ss":["a","b"],"ii":[1,2],"m":{"a":"2","z":"1"},"e":[null],"ee":[1,true],"o":{"k":1}}"#)
  }

  @Test func unknownFieldsStandBesideWrittenOnes() throws {
    let unknown = try JSONDocument(parsing: #"{"x" : 1.50, "k":0, "y":[ 1 ]}"#).root.object().unknown(besides: ["k"])
    #expect(
      written {
        $0.object {
          $0.field("k", 2)
          $0.fields(unknown)
          $0.field("z", 3)
        }
      } == #"{"k":2,"x":1.50,"y":[ 1 ],"z":3}"#)
    #expect(written { $0.object { $0.fields(unknown) } } == #"{"x":1.50,"y":[ 1 ]}"#)
    #expect(written { $0.object { $0.fields(JSONFields()) } } == "{}")
  }
}

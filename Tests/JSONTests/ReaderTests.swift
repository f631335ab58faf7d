import JSON
import Testing

struct ReaderTests {
  private func root(_ text: String) throws -> JSONValue { try JSONDocument(parsing: text).root }

  /// The failure of reading `text` by `read`.
  private func failure<T>(_ text: String, _ read: (JSONValue) throws(JSONError) -> T) throws -> JSONError {
    let value = try root(text)
    do throws(JSONError) {
      _ = try read(value)
    } catch { return error }
    throw JSONError("\(text) was read without a failure")
  }

  @Test func kinds() throws {
    for (text, kind) in [
      ("null", .null), ("true", .bool), ("1", .number), ("\"\"", .string), ("[]", .array), ("{}", .object),
    ] as [(String, JSONKind)] {
      #expect(try root(text).kind == kind)
      #expect(try root(text).isNull == (kind == .null))
    }
  }

  @Test func scalars() throws {
    #expect(try root("true").bool())
    #expect(try !root("false").bool())
    #expect(try root("-0").int64() == 0)
    #expect(try root("9223372036854775807").int64() == .max)
    #expect(try root("-9223372036854775808").int64() == .min)
    #expect(try root("42").int() == 42)
    #expect(try root("-2147483648").int32() == .min)
    #expect(try root("2147483647").int32() == .max)
    #expect(try root("1.5e3").double() == 1500)
    #expect(try root("1").double() == 1)
    #expect(try root("1.7976931348623157e308").double() == .greatestFiniteMagnitude)
    #expect(try root("1e-400").double() == 0)
    #expect(try root("-0.0").double().sign == .minus)
    #expect(try root(#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#).string() == "a\"\\/\u{8}\u{C}\n\r\té😀é")
  }

  @Test(arguments: [
    "9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999", "92233720368547758070",
    "100000000000000000000000000000000",
  ])
  func integersBeyond64Bits(_ text: String) throws {
    #expect(
      try failure(text) { value throws(JSONError) in try value.int64() }.description == "Expected a number of 64 bits, found \(text) at $")
  }

  @Test func messages() throws {
    #expect(try failure("1") { value throws(JSONError) in try value.bool() }.message == "Expected true or false, found 1")
    #expect(try failure("1.0") { value throws(JSONError) in try value.int64() }.message == "Expected a whole number, found 1.0")
    #expect(try failure("1e3") { value throws(JSONError) in try value.int64() }.message == "Expected a whole number, found 1e3")
    #expect(try failure("\"1\"") { value throws(JSONError) in try value.int64() }.message == "Expected a whole number, found \"1\"")
    #expect(
      try failure("2147483648") { value throws(JSONError) in try value.int32() }.message == "Expected a number of 32 bits, found 2147483648"
    )
    #expect(try failure("1e400") { value throws(JSONError) in try value.double() }.message == "Expected a number, found 1e400")
    #expect(try failure("null") { value throws(JSONError) in try value.double() }.message == "Expected a number, found null")
    #expect(try failure("[1]") { value throws(JSONError) in try value.string() }.message == "Expected a string, found [1]")
    #expect(try failure("{}") { value throws(JSONError) in try value.array() }.message == "Expected an array, found {}")
    #expect(try failure("[]") { value throws(JSONError) in try value.object() }.message == "Expected an object, found []")
    let long = "[\"" + String(repeating: "x", count: 60) + "\"]"
    #expect(try failure(long) { value throws(JSONError) in try value.string() }.message == "Expected a string, found array")
    let missing = try failure("{\"a\":null}") { value throws(JSONError) in try value.object().required("a") }
    #expect(missing.description == "Missing required field \"a\" at $")
  }

  @Test(arguments: [
    ("", "The document is empty", 0), (" ", "The document ends where a value was expected", 1),
    ("[1", "The document ends inside an array", 2), ("{\"a\":1", "The document ends inside an object", 6),
    ("[1 2]", "Expected ',' or ']'", 3), ("{\"a\":1 2}", "Expected ',' or '}'", 7), ("{1}", "Expected a key in quotes", 1),
    ("{\"a\" 1}", "Expected ':' after the key", 5), ("[1,]", "Expected a value", 3), ("nul", "Expected a value", 0),
    ("1 2", "Text follows the end of the value", 2), ("01", "A number has a leading zero", 2), ("-x", "Expected a digit", 1),
    ("1.", "Expected a digit", 2), ("\"a", "The document ends inside a string", 2), ("\"\\", "The document ends inside an escape", 1),
    ("\"\\u12", "The document ends inside an escape", 1), ("\"\\x\"", "A string holds an unknown escape", 1),
    ("\"\\u12x4\"", "Expected four hexadecimal digits after \\u", 1), ("\"\\ud800\"", "A string holds half of a surrogate pair", 1),
    ("\"\n\"", "A string holds a control character; write it as an escape", 1),
    ("\"\\u0000\"", "A string holds U+0000, which cannot be stored", 1),
    ("{\"a\":1,\"a\":2}", "The key \"a\" occurs twice in one object", 7),
  ])
  func syntaxErrors(_ text: String, _ message: String, _ offset: Int) throws {
    let failure = #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }
    #expect(failure == JSONError(message, offset: offset))
    #expect(failure?.description == "\(message) at byte \(offset)")
  }

  @Test func notUTF8() {
    let failure = #expect(throws: JSONError.self) { try JSONDocument(parsing: [0x22, 0x61, 0xFF, 0x22]) }
    #expect(failure == JSONError("A string holds bytes that are not UTF-8", offset: 2))
  }

  @Test func paths() throws {
    let value = try root(#" {"a":{},"schema":{"fields":[[],{"id":1},{"x":[9],"i\u0064":{"deep":[[true]]}}]},"z":0}"#)
    let object = try value.object()
    let fields = try object.required("schema").object().required("fields")
    #expect(value.path == "$")
    #expect(fields.path == "$.schema.fields")
    let third = try #require(Array(fields.array()).last)
    #expect(third.path == "$.schema.fields[2]")
    let id = try third.object().required("id")
    #expect(id.path == "$.schema.fields[2].id")
    let outer = try #require(Array(id.object().required("deep").array()).first)
    let deep = try #require(Array(outer.array()).first)
    #expect(deep.path == "$.schema.fields[2].id.deep[0][0]")
    #expect(try object.required("z").path == "$.z")
    #expect(try object.required("a").path == "$.a")
    let failure = value.invalid("No")
    #expect(failure == JSONError("No", path: "$", offset: 1))
  }

  @Test func arrays() throws {
    #expect(try root("[]").array().isEmpty)
    let array = try root("[[1,[2]],\"a\",{\"b\":[]},3]").array()
    #expect(!array.isEmpty)
    #expect(array.map(\.rawText) == ["[1,[2]]", "\"a\"", "{\"b\":[]}", "3"])
    #expect(try root("[1,2,3]").array().decode { value throws(JSONError) in try value.int64() } == [1, 2, 3])
    let failure = try failure("[1,true,3]") { json throws(JSONError) in
      try json.array().decode { value throws(JSONError) in try value.int64() }
    }
    #expect(failure.description == "Expected a whole number, found true at $[1]")
    #expect(failure.offset == 3)
  }

  @Test func objects() throws {
    let object = try root(#"{"n":null,"a":[{"x":1}],"\u0062":2,"":3,"longer-key":4}"#).object()
    #expect(object.map(\.key) == ["n", "a", "b", "", "longer-key"])
    #expect(object["n"]?.isNull == true)
    #expect(object.optional("n")?.rawText == nil)
    #expect(object["x"]?.rawText == nil)
    #expect(try object.required("b").int64() == 2)
    #expect(try object.required("").int64() == 3)
    #expect(try object.required("longer-key").int64() == 4)
    #expect(object["longer-kez"]?.rawText == nil)
    #expect(object["longer-ke"]?.rawText == nil)
    #expect(object.filter { $0.isNamed("b") }.map(\.value.rawText) == ["2"])
    #expect(object.unknown(besides: ["n", "a", "b", ""]).texts.map { Array($0) } == [Array("\"longer-key\":4".utf8)])
    #expect(object.unknown(besides: ["longer-key", "a", "n", "b", ""]).isEmpty)
  }

  @Test func isString() throws {
    #expect(try root("\"abc\"").isString("abc"))
    #expect(try root(#""a\u0062c""#).isString("abc"))
    #expect(try !root("\"abc\"").isString("abd"))
    #expect(try !root("\"abc\"").isString("ab"))
    #expect(try !root("1").isString("1"))
    #expect(try root("\"\"").isString(""))
    // Not by canonical equivalence, however it is spelled.
    #expect(try !root("\"e\u{301}\"").isString("\u{E9}"))
    #expect(try !root(#""e\u0301""#).isString("\u{E9}"))
  }

  @Test func maps() throws {
    #expect(try root(#"{"a":"1","b":"\n"}"#).object().strings() == ["a": "1", "b": "\n"])
    let failure = try failure(#"{"p":{"a":"1","b":2}}"#) { json throws(JSONError) in try json.object().required("p").object().strings() }
    #expect(failure.description == "Expected a string, found 2 at $.p.b")
  }

  /// A Swift dictionary cannot hold both keys, and neither may be lost in silence.
  @Test func mapsWithCanonicallyEquivalentKeys() throws {
    let failure = try failure("{\"é\":\"1\",\"e\u{301}\":\"2\"}") { json throws(JSONError) in try json.object().strings() }
    #expect(failure.message == "Another key differs from this one only in Unicode composition")
  }

  @Test func rawKeepsTheLexeme() throws {
    let value = try root(" [ 1.50 , \"\\u0061\" , { \"k\" : 1E+2 } ] ")
    #expect(value.rawText == "[ 1.50 , \"\\u0061\" , { \"k\" : 1E+2 } ]")
    #expect(try value.array().map(\.rawText) == ["1.50", "\"\\u0061\"", "{ \"k\" : 1E+2 }"])
  }

  @Test func decodables() throws {
    struct Point: JSONDecodable, JSONEncodable, Equatable {
      var x: Int64
      init(json: JSONValue) throws(JSONError) { x = try json.object().required("x").int64() }
      func write(to writer: inout JSONWriter) { writer.object { $0.field("x", x) } }
    }
    let point = try Point(jsonText: Array("{\"x\": 7}".utf8))
    #expect(point.x == 7)
    #expect(try Point(jsonText: point.jsonText) == point)
    #expect(throws: JSONError("Missing required field \"x\"", path: "$")) { try Point(jsonText: Array("{}".utf8)) }
  }
}

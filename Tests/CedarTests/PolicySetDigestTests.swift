import Cedar
import Testing

@Suite struct PolicySetDigestTests {
  private func hex(_ set: PolicySet) -> String {
    set.digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  private func digest(_ text: String) throws -> String { hex(try PolicySet(parsing: text, naming: .byAnnotation)) }

  private let source = """
    @id("a") @note("x") permit(principal is User, action in [Action::"view", Action::"edit"], resource)
    when { context has a.b && {x: 1, y: "é"}.x < 2 } unless { "a\\"b" like "*\\*" };
    @id("b") forbid(principal, action, resource == Doc::"d") when { !(1 in [principal]) };
    """

  @Test func staysTheSameForTheSameMeaning() throws {
    let same = [
      source.replacing("\n", with: "  \n// a comment\n\t"), source.replacing("1 in [principal]", with: "(1 in ([principal]))"),
      source.replacing("@id(\"a\") @note(\"x\")", with: "@note(\"\\u{78}\") @id(\"a\")"),
      source.replacing("{x: 1, y: \"é\"}", with: "{\"y\": \"é\", x: 1}"),
      source.replacing("context has a.b && ", with: "(context has a && context.a has b) && "),
      source.split(separator: "@id").reversed().map { "@id" + $0 }.joined(separator: "\n"),
    ]
    for text in same { #expect(try digest(text) == digest(source), "\(text)") }
  }

  @Test func changesWithEveryMeaning() throws {
    let different = [
      ("@id(\"a\")", "@id(\"c\")"), ("@note(\"x\")", "@note(\"y\")"), ("@note(\"x\")", "@note"), ("@note(\"x\")", ""), ("permit", "forbid"),
      ("principal is User", "principal is Group"), ("resource)", "resource is Doc)"), (", Action::\"edit\"", ""),
      ("[Action::\"view\", Action::\"edit\"]", "[Action::\"edit\", Action::\"view\"]"), ("unless", "when"), ("< 2", "<= 2"),
      ("x: 1", "x: 10"),
      ("é", "e\u{301}"), ("*\\*", "**"), ("Doc::\"d\"", "Doc::\"e\""), ("!(1", "!!(1"),
    ]
    var digests = [try digest(source)]
    for (old, new) in different {
      let text = source.replacing(old, with: new)
      #expect(!text.utf8.elementsEqual(source.utf8))
      digests.append(try digest(text))
    }
    #expect(Set(digests).count == digests.count)
  }

  @Test func coversLinks() throws {
    func linked(_ links: [TemplateLink]) throws -> String {
      var set = try PolicySet(parsing: "permit(principal == ?principal, action, resource);")
      for link in links { try set.link(link) }
      return hex(set)
    }
    let user = try PolicyParser.entity("U::\"a\"")
    let first = TemplateLink(id: "l", template: "policy0", principal: user)
    let second = TemplateLink(id: "m", template: "policy0", principal: user)
    let other = TemplateLink(id: "l", template: "policy0", principal: try PolicyParser.entity("U::\"b\""))
    #expect(try Set([linked([]), linked([first]), linked([second]), linked([other]), linked([first, second])]).count == 5)
    #expect(try linked([first, second]) == linked([second, first]))
  }

  /// SHA-256 of the real engine's JSON with sorted keys and no spaces.
  @Test func isWhatItWas() throws {
    #expect(hex(PolicySet()) == "f7ab2416b0e98daed4f4ad03c8d27dcb3ab0bdcd23f446359e6e4a9cea22e374")
    #expect(try hex(PolicySet(parsing: source)) == "dd19c1f4e8e8512d60f9471cf5afbde68b0643edcbc2c157819661746411163f")
  }
}

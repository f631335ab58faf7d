import Cedar
import Policies
import Testing

@testable import Governance

@Suite struct PolicyBundleTests {
  private static let initial = String(decoding: initialPolicies, as: UTF8.self)

  private func problems(_ files: [String: String]) -> [PolicyProblem] {
    do throws(PolicySetRefusal) {
      _ = try PolicyBundle(checking: PolicyFiles(files))
      return []
    } catch {
      return error.problems
    }
  }

  private func test(_ decision: String, reason: String = "[]", entities: String = "[]") -> String {
    """
    {"policies": "elsewhere/x.cedar", "entities": \(entities), "requests": [{"description": "somebody reads",
      "principal": {"type": "Gov::User", "id": "ann"}, "action": {"type": "Gov::Action", "id": "getMetadata"},
      "resource": {"type": "Gov::Catalog", "id": "catalog"}, "context": {"now": "2026-05-03"}, "decision": "\(decision)",
      "reason": \(reason), "errors": []}]}
    """
  }

  @Test func theInitialSetIsGood() throws {
    let bundle = try PolicyBundle.initial()
    #expect(bundle.policies.policies.count > 20)
    #expect(bundle.hash.count == 32)
    #expect(bundle.files.names(of: .schema) == [PolicyBundle.schemaName])
  }

  @Test func theHashIsOfWhatPoliciesSay() throws {
    let whole = try PolicyBundle.initial()
    let parts = Self.initial.split(separator: "// ---- Everywhere", maxSplits: 1).map(String.init)
    let split = try PolicyBundle(checking: PolicyFiles(["b.cedar": "// Moved.\n" + parts[0], "a.cedar": parts[1]]))
    #expect(split.hash == whole.hash)
    #expect(!split.files.isSame(as: whole.files))
    let difference = PolicyDifference(from: whole.policies, whole.files, to: split.policies, split.files)
    #expect(difference.isEmpty)
    #expect(difference.files == ["a.cedar", "b.cedar", "moraine.cedar"])
  }

  @Test func problemsSayWhere() {
    let more = Self.initial + "\n@id(\"wrong\")\npermit (principal, action, resource) when { principal.nothing };\n"
    let line = more.split(separator: "\n", omittingEmptySubsequences: false).count - 1
    let found = problems(["moraine.cedar": more])
    #expect(found.contains { $0.file == "moraine.cedar" && $0.line == line && $0.column == 45 && $0.policy == "wrong" }, "\(found)")
    #expect(problems(["a.cedar": "permit (\n  principal, oops"]).first?.line == 2)
    #expect(
      problems(["moraine.cedar": Self.initial, "z.cedar": "permit (principal, action, resource);"]).first?.message.contains("@id") == true)
    let taken = problems(["moraine.cedar": Self.initial, "z.cedar": "@id(\"admin-all\") permit (principal, action, resource);"])
    #expect(taken.map(\.file) == ["z.cedar"] && taken[0].message.contains("moraine.cedar"))
    let reserved = problems(["moraine.cedar": Self.initial, "z.cedar": "@id(\"grant:1\") permit (principal, action, resource);"])
    #expect(reserved.count == 1)
    #expect(problems([:]).count == 1)
  }

  @Test func whatGrantsAreLinksOfMustStay() {
    let without = Self.initial.replacing("@id(\"grant-read\")", with: "@id(\"other\")")
    #expect(problems(["moraine.cedar": without]).map(\.policy) == ["grant-read"])
    let narrower = Self.initial.replacing(
      "@id(\"grant-see\")\npermit (\n  principal in ?principal,", with: "@id(\"grant-see\")\npermit (\n  principal,")
    #expect(narrower != Self.initial)
    #expect(problems(["moraine.cedar": narrower]).map(\.policy) == ["grant-see"])
  }

  @Test func theSchemaIsTheServers() {
    #expect(problems(["a.cedar": Self.initial, "a.cedarschema": PolicyBundle.schemaText]).isEmpty)
    let other = problems(["a.cedar": Self.initial, "a.cedarschema": PolicyBundle.schemaText + " "])
    #expect(other.map(\.file) == ["a.cedarschema"])
  }

  @Test func filesAreNamedAsAPolicySetsAre() {
    for name in ["../a.cedar", "a/b.cedar", ".cedar", "a.txt", "tests/a.cedar", "tests/../a.json", "/a.cedar", "", "tests/x/a.json"] {
      #expect(problems(["m.cedar": Self.initial, name: ""]).first?.file == name, "\(name)")
    }
    #expect(problems(["m.cedar": Self.initial + "//\u{0}"]).count == 1)
    let many = Dictionary(uniqueKeysWithValues: (0...PolicyFiles.maximumCount).map { ("f\($0).cedar", "") })
    #expect(problems(many).count == 1)
  }

  @Test func testsMustPass() throws {
    let good = try PolicyBundle(checking: PolicyFiles(["m.cedar": Self.initial, "tests/a.json": test("deny")]))
    #expect(good.tests.map(\.failure) == [nil])
    let bad = problems(["m.cedar": Self.initial, "tests/a.json": test("allow")])
    #expect(bad.count == 1 && bad[0].file == "tests/a.json" && bad[0].message.contains("somebody reads") && bad[0].message.contains("deny"))
    // The reason counts too, and entities may be named by a path that leads there from above.
    let entities = """
      [{"uid": {"type": "Gov::User", "id": "ann"}, "attrs": {"cleared": []}, "parents": [{"type": "Gov::Role", "id": "admin"}]}]
      """
    let named = test("allow", reason: "[\"admin-all\"]", entities: "\"policies/tests/who.json\"")
    #expect(problems(["m.cedar": Self.initial, "tests/a.json": named, "tests/who.json": entities]).isEmpty)
    let other = test("allow", reason: "[\"auditor-metadata\"]", entities: "\"policies/tests/who.json\"")
    #expect(problems(["m.cedar": Self.initial, "tests/a.json": other, "tests/who.json": entities]).count == 1)
    #expect(problems(["m.cedar": Self.initial, "tests/a.json": named]).first?.message.contains("who.json") == true)
    #expect(problems(["m.cedar": Self.initial, "tests/a.json": "{"]).first?.file == "tests/a.json")
  }

  @Test func differencesAreToldByPolicy() throws {
    let old = try PolicyBundle.initial()
    let text =
      Self.initial.replacing("principal in Gov::Role::\"analyst\"", with: "principal in Gov::Team::\"analysts\"")
      .replacing("@id(\"feature-open\")", with: "@id(\"feature-free\")")
    let new = try PolicyBundle(checking: PolicyFiles(["moraine.cedar": text]))
    let difference = PolicyDifference(from: old.policies, old.files, to: new.policies, new.files)
    #expect(difference.added.map(\.id) == ["feature-free"])
    #expect(difference.removed.map(\.id) == ["feature-open"])
    #expect(difference.changed.map(\.id) == ["analyst-read"])
    #expect(difference.changed.first?.before?.contains("Gov::Role::\"analyst\"") == true)
    #expect(difference.changed.first?.after?.contains("Gov::Team::\"analysts\"") == true)
  }
}

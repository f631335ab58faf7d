import Cedar

/// Policies with the places they were written at.
struct PolicySources {
  private(set) var policies = PolicySet()
  private var places: [Text: (file: String, source: SourceText)] = [:]

  /// Reads every file of policies.
  ///
  /// - Throws: ``PolicySetRefusal`` with what cannot be read: one problem a file, and those with ids.
  init(_ files: PolicyFiles) throws(PolicySetRefusal) {
    var problems: [PolicyProblem] = []
    for name in files.names(of: .policies) {
      do throws(SyntaxError) {
        let text = files.contents[name] ?? ""
        let source = try SourceText(text)
        for policy in try PolicyParser.policies(text) { if let problem = add(policy, of: name, source) { problems.append(problem) } }
      } catch {
        problems.append(PolicyProblem(file: name, line: error.position.line, column: error.position.column, error.message))
      }
    }
    if problems.isEmpty, policies.policies.isEmpty {
      problems.append(PolicyProblem(file: "", "There are no policies: nobody could do anything, not even apply another set"))
    }
    guard problems.isEmpty else { throw PolicySetRefusal(problems: problems) }
  }

  private mutating func add(_ policy: Policy, of file: String, _ source: SourceText) -> PolicyProblem? {
    func problem(_ message: String) -> PolicyProblem {
      let position = source.position(of: policy.range.start)
      return PolicyProblem(file: file, line: position.line, column: position.column, message)
    }
    guard let id = policy.annotation("id"), !id.string.isEmpty else {
      return problem("The policy has no @id; give it one, for decisions name it")
    }
    guard !PolicyBundle.isReserved(id.string) else {
      return problem("The policy id \(StringLiteral.quoted(id.string)) begins like those of grants; choose another")
    }
    if let mistake = Self.mistakeInTerms(of: policy) { return problem(mistake) }
    var policy = policy
    policy.id = id
    do throws(PolicySetError) { try policies.add(policy) } catch {
      let other = places[id].map { " by a policy of \($0.file)" } ?? ""
      return problem("The policy id \(StringLiteral.quoted(id.string)) is taken\(other); choose another")
    }
    places[id] = (file, source)
    return nil
  }

  /// What is wrong with what a permit demands of readers.
  private static func mistakeInTerms(of policy: Policy) -> String? {
    let filter = policy.annotation("row_filter")?.string
    let mask = policy.annotation("column_mask")?.string
    guard filter != nil || mask != nil else { return nil }
    guard policy.effect == .permit else {
      return "A forbid shows nothing, so there is nothing to filter or mask; write @row_filter and @column_mask on permits"
    }
    do throws(AnnotationError) { _ = try PermitTerms(rowFilter: filter, columnMask: mask) } catch { return "\(error)" }
    return nil
  }

  /// Checks every policy strictly, and that grants have what they are links of.
  ///
  /// - Returns: warnings.
  /// - Throws: ``PolicySetRefusal``
  func validate(with schema: Schema) throws(PolicySetRefusal) -> [PolicyProblem] {
    let result = Validator(schema).validate(policies)
    let problems = result.errors.map(problem) + missingTemplates
    guard problems.isEmpty else { throw PolicySetRefusal(problems: problems) }
    return result.warnings.map(problem)
  }

  private func problem(_ found: ValidationProblem) -> PolicyProblem { problem(with: found.policy, at: found.range, found.message) }

  private func problem(with id: Text, at range: SourceRange, _ message: String) -> PolicyProblem {
    guard let (file, source) = places[id] else { return PolicyProblem(file: "", policy: id.string, message) }
    let position = source.position(of: range.start)
    return PolicyProblem(file: file, line: position.line, column: position.column, policy: id.string, message)
  }

  private var missingTemplates: [PolicyProblem] {
    PolicyBundle.grantTemplates.compactMap { name in
      guard let policy = policies[Text(name)] else {
        return PolicyProblem(file: "", policy: name, "The template is missing; grants are links of it, and would all be void")
      }
      guard policy.slots.count == Slot.allCases.count, policy.effect == .permit else {
        return problem(
          with: policy.id, at: policy.range, "Grants are links of this; it must be a permit with ?principal and ?resource in its scope")
      }
      return nil
    }
  }
}

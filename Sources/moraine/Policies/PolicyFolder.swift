import Foundation
import Governance

/// A folder that holds a policy set.
struct PolicyFolder {
  let path: String
  /// By name within the folder.
  let contents: [String: String]

  /// Reads `*.cedar`, `*.cedarschema` and `tests/*.json`; other files are none of a policy set's.
  init(reading path: String) throws {
    self.path = path
    var contents: [String: String] = [:]
    let folder = URL(filePath: path, directoryHint: .isDirectory)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw CommandFailure.usage("\(path) is no folder", hint: "Give the folder that holds the .cedar files.")
    }
    for (prefix, folder) in [("", folder), ("tests/", folder.appending(path: "tests"))] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      for name in names.sorted() where PolicyFiles.kind(of: prefix + name) != nil {
        guard contents.count < PolicyFiles.maximumCount else {
          throw CommandFailure.usage("\(path) has more than \(PolicyFiles.maximumCount) files of policies and tests")
        }
        contents[prefix + name] = try CedarFile.read(folder.appending(path: name).path)
      }
    }
    guard contents.keys.contains(where: { $0.hasSuffix(".cedar") }) else {
      throw CommandFailure.usage("\(path) holds no .cedar files")
    }
    self.contents = contents
  }

  /// The set that the files make, judged here.
  func bundle() throws(PolicySetRefusal) -> PolicyBundle { try PolicyBundle(checking: PolicyFiles(contents)) }

  /// Problems as a compiler tells them: the place, what is wrong, and the line with a mark under the spot.
  func report(_ problems: [PolicyProblem], as kind: String) -> String {
    problems.map { problem in
      let place = problem.file.isEmpty ? path : path + "/" + problem.place
      var text = TerminalText.plain("\(place): \(kind): \(problem.policy.map { "policy \($0): " } ?? "")\(problem.message)") + "\n"
      if let number = problem.line, let content = contents[problem.file] {
        let lines = content.split(separator: "\n", maxSplits: number, omittingEmptySubsequences: false)
        if lines.indices.contains(number - 1) {
          text += "  " + TerminalText.plain(String(lines[number - 1])) + "\n"
          if let column = problem.column { text += "  " + String(repeating: " ", count: column - 1) + "^\n" }
        }
      }
      return text
    }.joined()
  }
}

import ArgumentParser
import JSON

extension ModelCommand {
  struct Capture: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell of a version, its runs and what it was trained on in one piece, as training platforms do.",
      discussion: """
        The file is JSON:
          {"model": "credit-risk", "version": "7", "run": "application_1715_0042", "code-reference": "git:4f1c2e",
           "parameters": {"depth": 6}, "metrics": {"auc": 0.81},
           "inputs": [{"location": "s3://lake/curated/loans", "snapshot-id": 8744736658442914487, "role": "train"}]}
        A version that is not there is made. The same content a second time changes nothing.
        """)

    @Argument(help: ArgumentHelp("The file; - reads standard input.", valueName: "file"), completion: .file()) var file: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = try file == "-" ? StandardInput.readAll() : LocalFile.read(file)
      try await client.run { client, output in
        let answer = try await client.post(["governance", "v1", "model-captures"], body)
        let version = try answer.json().object()
        try output.done("Captured \(version.required("model").string())@\(version.required("version").string()).", answer)
      }
    }
  }
}

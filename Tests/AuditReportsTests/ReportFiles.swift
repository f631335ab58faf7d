import Foundation
import Reports
import Testing

@testable import AuditReports

/// The sample with gaps as a bundle, to be looked at: `MORAINE_WRITE_REPORTS=/a/folder swift test --filter AuditReportFiles`.
@Suite struct AuditReportFiles {
  private static let folder = ProcessInfo.processInfo.environment["MORAINE_WRITE_REPORTS"]

  @Test(.enabled(if: folder != nil)) func sample() throws {
    let folder = URL(filePath: try #require(Self.folder))
    let sample = try SampleReport()
    func font(_ name: String) throws -> [UInt8] {
      Array(try Data(contentsOf: URL(filePath: "/usr/share/fonts/truetype/dejavu/\(name).ttf")))
    }
    let fonts = ReportFonts(regular: try font("DejaVuSans"), bold: try font("DejaVuSans-Bold"), mono: try font("DejaVuSansMono"))
    let bundle = try ReportBundle(sample.withGaps(), profiles: SampleReport.profiles(), signedBy: [sample.statementVerifier], fonts: fonts)
    var envelope = try bundle.envelope()
    try envelope.sign(with: sample.statementKey, keyID: SampleReport.statementName)
    for file in bundle.files(with: envelope) where !file.name.contains("/") {
      try Data(file.content).write(to: folder.appending(path: file.name))
    }
    try Data(bundle.zip(with: envelope)).write(to: folder.appending(path: "bundle.zip"))
  }
}

import Foundation
import Testing

@testable import Reports

/// The sample as files, to be looked at: `MORAINE_WRITE_REPORTS=/a/folder swift test --filter ReportFiles`.
@Suite struct ReportFiles {
  private static let folder = ProcessInfo.processInfo.environment["MORAINE_WRITE_REPORTS"]

  @Test(.enabled(if: folder != nil)) func sample() throws {
    let folder = URL(filePath: try #require(Self.folder))
    let document = ReportSamples.creditRisk()
    try Data(document.html()).write(to: folder.appending(path: "report.html"))
    try Data(document.pdf(fonts: TestFonts.dejaVu.get())).write(to: folder.appending(path: "report.pdf"))
    try Data(document.pdf(fonts: ReportFonts())).write(to: folder.appending(path: "report-standard.pdf"))
    var random = RandomReports(seed: 12)
    let hostile = random.document()
    try Data(hostile.html()).write(to: folder.appending(path: "hostile.html"))
    try Data(hostile.pdf(fonts: TestFonts.dejaVu.get())).write(to: folder.appending(path: "hostile.pdf"))
  }
}

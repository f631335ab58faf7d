import Governance
import ObjectStorage
import TableFormats

/// Why a table's log could not be read, and what to do about it.
struct RefreshProblem {
  let text: String

  /// - Parameter location: of the table.
  init(_ error: any Error, _ format: DatasetFormat, _ location: ObjectLocation) {
    let what: String
    switch error {
    case let error as TableFormatError: what = "\(error)\(Self.remedy(error.reason, format, location))"
    case ObjectStoreError.tooLarge(let file, let limit):
      what = "\(file) is larger than \(limit) bytes\(Self.remedy(.tooLarge, format, location))"
    case ObjectStoreError.notFound(let file):
      what = "\(file) went away while the log was read; refresh again when whoever cleans the log is done"
    default: what = "\(error)"
    }
    // A log's own words are anybody's.
    text = String(String.UnicodeScalarView(what.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(2_000)))
  }

  private static func remedy(_ reason: TableFormatError.Reason, _ format: DatasetFormat, _ location: ObjectLocation) -> String {
    switch reason {
    case .missing:
      "; see that \(location) is the folder of a \(format.rawValue) table, that its log is whole, and refresh again once it has been written to"
    case .malformed: "; see whether \(format.rawValue) itself can still read the table, and what wrote that file"
    case .unsupported: "; what is known of the table stays as it was, and can be given by hand with moraine dataset update"
    case .tooLarge:
      format == .delta ? "; write a checkpoint of several parts, and clean up the log" : "; archive the timeline's older instants"
    }
  }
}

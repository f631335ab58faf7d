// Which rules a dataset breaks that is no Iceberg table or view.

extension ZoneRules {
  /// All that a zone refuses in such a dataset that comes into it: registered there, or renamed from another zone.
  ///
  /// A zone that restricts the formats of files holds datasets whose files have one of these, and those without files.
  ///
  /// - Parameter location: `nil` for one that has no place for files.
  package func refusals(ofArrival format: DatasetFormat, at location: String?, in zone: Zone) -> [Refusal] {
    guard format.hasFiles else { return [] }
    let isFree = fileFormats.count == FileFormat.allCases.count
    let isAllowed = isFree || format.fileFormat.map(fileFormats.contains) ?? false
    return (isAllowed ? [] : formatRefusals(format.rawValue, done: "the dataset is of format \(format.rawValue)", zone))
      + (location.map { locationRefusals("the location is", $0, zone) } ?? [])
  }
}

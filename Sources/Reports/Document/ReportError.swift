/// Why a report could not be written. All but the fonts are mistakes of whoever built the document or the bundle.
package enum ReportError: Error, Hashable, CustomStringConvertible {
  /// A section's id is not of the form that links need.
  case invalidSectionID(String)
  case repeatedSectionID(String)
  case linkToNowhere(String)
  case sectionsTooDeep(String)
  case tableWithoutColumns(caption: String)
  case invalidColumnWeight(caption: String, column: String)
  /// A row has more or fewer cells than the table has columns. Rows are counted from 1.
  case unevenRow(caption: String, row: Int)
  case invalidFont(String)
  case invalidEntryName(String)
  case repeatedEntryName(String)
  /// What a file format cannot hold.
  case tooLarge(String)
  /// A node or a relation of provenance names something that is not there.
  case unknownProvenance(String)
  /// A digest that is not small hexadecimal digits of SHA-256.
  case invalidDigest(String)
  case signingFailed(String)

  package var description: String {
    switch self {
    case .invalidSectionID(let id): "the section id `\(id)` is not small ASCII letters, digits and hyphens after a letter"
    case .repeatedSectionID(let id): "two sections have the id `\(id)`"
    case .linkToNowhere(let id): "a link leads to the section `\(id)`, which does not exist"
    case .sectionsTooDeep(let id): "the section `\(id)` is deeper than four levels"
    case .tableWithoutColumns(let caption): "the table `\(caption)` has no columns"
    case .invalidColumnWeight(let caption, let column): "the weight of column `\(column)` of table `\(caption)` is not more than 0"
    case .unevenRow(let caption, let row): "row \(row) of table `\(caption)` does not have a cell for each column"
    case .invalidFont(let why): "the font cannot be used: \(why)"
    case .invalidEntryName(let name): "`\(name)` cannot be the name of a file in an archive"
    case .repeatedEntryName(let name): "two files of the archive have the name `\(name)`"
    case .tooLarge(let what): what
    case .unknownProvenance(let what): what
    case .invalidDigest(let text): "`\(text)` is not a SHA-256 digest in hexadecimal digits"
    case .signingFailed(let why): "the statement could not be signed: \(why)"
    }
  }
}

/// A type of PostgreSQL by its object identifier (`pg_type.dat`), and the format in which we send it.
package struct PostgresType: Sendable, Equatable {
  package var oid: UInt32
  /// Text where the server should infer the type from the statement, so that a `String` fits json, enums and the like.
  package var isText: Bool

  package init(oid: UInt32, isText: Bool = false) {
    self.oid = oid
    self.isText = isText
  }

  package static let inferred = PostgresType(oid: 0, isText: true)
  package static let bool = PostgresType(oid: 16)
  package static let bytea = PostgresType(oid: 17)
  package static let int8 = PostgresType(oid: 20)
  package static let int2 = PostgresType(oid: 21)
  package static let int4 = PostgresType(oid: 23)
  package static let text = PostgresType(oid: 25)
  package static let json = PostgresType(oid: 114)
  package static let float4 = PostgresType(oid: 700)
  package static let float8 = PostgresType(oid: 701)
  package static let timestamp = PostgresType(oid: 1114)
  package static let timestamptz = PostgresType(oid: 1184)
  package static let uuid = PostgresType(oid: 2950)
  package static let jsonb = PostgresType(oid: 3802)

  package static let boolArray = PostgresType(oid: 1000)
  package static let byteaArray = PostgresType(oid: 1001)
  package static let int2Array = PostgresType(oid: 1005)
  package static let int4Array = PostgresType(oid: 1007)
  package static let textArray = PostgresType(oid: 1009)
  package static let int8Array = PostgresType(oid: 1016)
  package static let float8Array = PostgresType(oid: 1022)
  package static let timestamptzArray = PostgresType(oid: 1185)
  package static let uuidArray = PostgresType(oid: 2951)
  package static let jsonbArray = PostgresType(oid: 3807)

  /// Types whose binary form is their text: char, name, text, json, xml, unknown, bpchar, varchar, cstring, void,
  /// and whatever a database defines itself (enums, domains are reported as their base).
  static func isTextual(_ oid: UInt32) -> Bool {
    switch oid {
    case 18, 19, 25, 114, 142, 705, 1042, 1043, 2275, 2278: true
    default: oid >= 16384
    }
  }
}

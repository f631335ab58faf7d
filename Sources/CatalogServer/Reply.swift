import Catalog
import CatalogStore
import HTTPTypes
import JSON
import NIOCore

/// What a handler answers.
package struct Reply: Sendable {
  var status: HTTPResponse.Status
  var headers = HTTPFields()
  var body = ByteBuffer()

  static let noContent = Reply(status: .noContent)

  init(status: HTTPResponse.Status) { self.status = status }

  /// A JSON text as it stands.
  init(status: HTTPResponse.Status = .ok, json: [UInt8]) { self.init(status: status, json: ByteBuffer(bytes: json)) }

  init(status: HTTPResponse.Status = .ok, json: ByteBuffer) {
    self.status = status
    headers = Self.jsonHeaders
    body = json
  }

  init(_ value: some JSONEncodable) { self.init(json: value.jsonText) }

  private static let jsonHeaders: HTTPFields = [.contentType: "application/json"]

  /// `{"metadata-location":…,"metadata":…,"config":…}`: the metadata is copied as it is, never parsed.
  init(table: LoadedTable) {
    self.init(
      metadataLocation: table.metadataLocation, metadata: table.metadata, config: table.config, access: table.access, terms: table.terms)
    if !table.access.credentials.isEmpty { headers[.cacheControl] = Self.keptByNobody }
    if let etag = table.etag { headers[.eTag] = etag }
  }

  init(view: LoadedView) {
    self.init(metadataLocation: view.metadataLocation, metadata: view.metadata, config: view.config, terms: view.terms)
  }

  private init(
    metadataLocation: String?, metadata: [UInt8], config: [String: String], access: GrantedAccess = .none, terms: [UInt8] = []
  ) {
    let config = config.merging(access.config) { $1 }
    var buffer = ByteBuffer()
    buffer.reserveCapacity(metadata.count + 512)
    buffer.writeStaticString("{")
    if let metadataLocation {
      buffer.writeStaticString("\"metadata-location\":")
      buffer.writeBytes(JSONWriter.text { $0.value(metadataLocation) })
      buffer.writeStaticString(",")
    }
    if !terms.isEmpty {
      buffer.writeBytes(terms)
      buffer.writeStaticString(",")
    }
    buffer.writeStaticString("\"metadata\":")
    buffer.writeBytes(metadata)
    guard !config.isEmpty else {
      buffer.writeStaticString(",\"config\":{}}")
      self.init(json: buffer)
      return
    }
    buffer.writeStaticString(",")
    let rest = JSONWriter.text { writer in
      writer.object {
        $0.field("config", config)
        if !access.credentials.isEmpty { $0.field("storage-credentials", access.credentials) }
        // Present, it says that requests are signed; we want nothing sent along.
        if access.signsRequests {
          $0.field(
            "remote-signing-config",
            object: {
              $0.field("properties", [:] as [String: String])
              $0.field("headers", object: { _ in })
            })
        }
      }
    }
    buffer.writeBytes(rest.dropFirst())
    self.init(json: buffer)
  }
}

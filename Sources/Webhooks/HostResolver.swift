import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The system's answer to where a name leads.
package enum HostResolver {
  /// All addresses of a name, without repetition.
  ///
  /// - Throws: ``ReceiverRefusal`` when there is none.
  @Sendable
  package static func addresses(of host: String) async throws -> [NetworkAddress] {
    try await NIOThreadPool.singleton.runIfActive { try resolve(host) }
  }

  private static func resolve(_ host: String) throws -> [NetworkAddress] {
    var hints = addrinfo()
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &list)
    guard status == 0 else { throw ReceiverRefusal("\(host) cannot be resolved: \(String(cString: gai_strerror(status)))") }
    defer { freeaddrinfo(list) }
    var found: [NetworkAddress] = []
    var next = list
    while let entry = next?.pointee {
      if let address = entry.ai_addr.flatMap({ Self.address($0, family: entry.ai_family) }), !found.contains(address) {
        found.append(address)
      }
      next = entry.ai_next
    }
    guard !found.isEmpty else { throw ReceiverRefusal("\(host) has no address") }
    return found
  }

  private static func address(_ pointer: UnsafeMutablePointer<sockaddr>, family: CInt) -> NetworkAddress? {
    switch family {
    case AF_INET:
      pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { socket in
        NetworkAddress(bytes: withUnsafeBytes(of: socket.pointee.sin_addr) { Array($0) })
      }
    case AF_INET6:
      pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { socket in
        NetworkAddress(bytes: withUnsafeBytes(of: socket.pointee.sin6_addr) { Array($0) })
      }
    default: nil
    }
  }
}

extension Collection where Element: Sendable {
  /// What `body` makes of each element, in their order, so many at once.
  func concurrentMap<T: Sendable>(atOnce: Int, _ body: @escaping @Sendable (Element) async throws -> T) async throws -> [T] {
    try await withThrowingTaskGroup(of: (Int, T).self) { group in
      var results = [T?](repeating: nil, count: count)
      var rest = enumerated().makeIterator()
      for _ in 0..<Swift.max(1, atOnce) {
        guard let (place, element) = rest.next() else { break }
        group.addTask { (place, try await body(element)) }
      }
      while let (place, result) = try await group.next() {
        results[place] = result
        if let (place, element) = rest.next() { group.addTask { (place, try await body(element)) } }
      }
      return results.compactMap { $0 }
    }
  }
}

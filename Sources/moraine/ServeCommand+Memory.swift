import CLinux

extension ServeCommand {
  /// Answers are large and live for a moment: their memory is kept for the next ones, rather than given back and fetched anew,
  /// page by page, for each.
  static func keepFreedMemory() {
    #if os(Linux) && canImport(Glibc)
      // The heap's end is given back only when so much of it is free; only larger pieces get a mapping of their own.
      mallopt(M_TRIM_THRESHOLD, 16 << 20)
      mallopt(M_MMAP_THRESHOLD, 4 << 20)
    #endif
  }
}

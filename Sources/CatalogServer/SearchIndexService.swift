import Catalog
import CatalogStore
import Logging
import ServiceLifecycle

/// Keeps search up to date in the background.
struct SearchIndexService: Service {
  let catalog: Catalog
  let logger: Logger

  /// How long a change waits at most before somebody looks, unless there is much to do.
  private static let pause = Duration.milliseconds(300)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          if try await catalog.indexDocuments(OperationContext(.server, requestID: "search")) { continue }
        } catch is CancellationError {
          return
        } catch {
          logger.warning("search could not be brought up to date and will be tried again", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: Self.pause)
      }
    }
  }
}

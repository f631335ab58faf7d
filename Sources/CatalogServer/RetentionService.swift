import Catalog
import CatalogStore
import Logging
import ServiceLifecycle

/// Looks after tables when their turn comes, one at a time in each server, beside all other work.
struct RetentionService: Service {
  let catalog: Catalog
  let logger: Logger

  /// How long it waits before it looks for work again.
  private static let pause = Duration.seconds(1)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var scheduleDue = ContinuousClock.now
      while !Task.isCancelled {
        let context = OperationContext(.server, requestID: "retention")
        do {
          if ContinuousClock.now >= scheduleDue {
            try await catalog.scheduleRetention(context)
            // Often enough that no table waits for long once its turn has come.
            scheduleDue = .now + min(catalog.options.retention.interval / 4, .seconds(60))
          }
          if try await catalog.runNextJob(of: [.retention], context) { continue }
        } catch is CancellationError {
          return
        } catch {
          logger.warning("retention failed and will be tried again", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: Self.pause)
      }
    }
  }
}

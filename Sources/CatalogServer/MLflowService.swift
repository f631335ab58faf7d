import Catalog
import CatalogStore
import Logging
import ServiceLifecycle

/// Reads servers of MLflow when their turn comes, one at a time in each server of ours.
struct MLflowService: Service {
  let catalog: Catalog
  let logger: Logger

  /// How long it waits before it looks again whether one is due.
  private static let pause = Duration.seconds(1)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          if try await catalog.pollNextMLflowServer(OperationContext(.server, requestID: "mlflow")) { continue }
        } catch is CancellationError {
          return
        } catch {
          logger.warning("MLflow could not be looked after; this is tried again", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: Self.pause)
      }
    }
  }
}

import ArgumentParser

/// The one executable: the server, and the client of its REST API.
@main
struct Moraine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "moraine",
    abstract: "An Iceberg REST catalog that can pass an audit.",
    version: "0.1.0",
    subcommands: [
      ServeCommand.self, MigrateCommand.self, WarehouseCommand.self, ZoneCommand.self, NamespaceCommand.self, TableCommand.self,
      ViewCommand.self, DatasetCommand.self, FeatureCommand.self, SearchCommand.self, OwnerCommand.self, TagCommand.self, TermCommand.self,
      ContractCommand.self,
      QualityCommand.self, RetentionCommand.self, PolicyCommand.self, GrantCommand.self, RevokeCommand.self, GrantsCommand.self,
      EventsCommand.self, AuditCommand.self,
      WebhookCommand.self, ApplyCommand.self, ExportCommand.self, ModelCommand.self, MLflowCommand.self, HoldCommand.self,
      LineageCommand.self,
      PrincipalCommand.self, RoleCommand.self, TeamCommand.self, ClientCommand.self,
      TokenCommand.self, LoginCommand.self, LogoutCommand.self, WhoAmICommand.self,
      ProfileCommand.self, CedarCommand.self,
    ])
}

// swift-tools-version: 6.2
import PackageDescription

// One settings array for every Swift target: language mode 6 and the upcoming features the house style asks for.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil, sources: [String]? = nil, resources: [Resource]? = nil,
  exclude: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path, exclude: exclude, sources: sources, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "SeededRandom"] + dependencies, exclude: exclude,
    swiftSettings: settings)
}

func system(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "moraine",
  products: [.executable(name: "moraine", targets: ["moraine"])],
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
  ],
  targets: [
    // System libraries.
    system("CLibPQ", pkgConfig: "libpq", apt: "libpq-dev"),
    system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    system("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    .systemLibrary(name: "CLinux"),
    system("CJansson", pkgConfig: "jansson", apt: "libjansson-dev"),

    // Pure modules: no I/O.
    module("JSON"),
    module("Compression", ["CZlib", "CZstd"]),
    module("Iceberg", ["JSON", "Compression"]),
    module("TableFormats", ["Iceberg", "JSON", "Compression"]),
    module("Features", ["JSON"]),
    module("TransparencyLog", [crypto]),
    module("Cedar", ["JSON", crypto]),
    module(
      "Policies", path: "policies", sources: ["Policies.swift"],
      resources: [.embedInCode("moraine.cedar"), .embedInCode("moraine.cedarschema")], exclude: ["tests", "profiles"]),
    module(
      "ReportProfiles", path: "policies/profiles", sources: ["Profiles.swift"],
      resources: [
        .embedInCode("eu-annex-iv-1.json"), .embedInCode("us-mrm-1.json"), .embedInCode("bcbs-239-1.json"),
        .embedInCode("us-21-cfr-11-1.json"), .embedInCode("gdpr-erasure-1.json"),
      ]),
    module("Governance", ["Iceberg", "Cedar", "Policies", "JSON"]),
    module("Search", ["Iceberg", "JSON"]),
    module("Lineage", ["JSON", crypto]),
    module("Reports", ["Lineage", "TransparencyLog", "Compression", crypto]),
    module(
      "AuditReports", ["Reports", "Lineage", "TransparencyLog", "JSON", crypto], resources: [.embedInCode("Composition/verify.py")]),

    // Modules that reach outside.
    module("Postgres", ["CLibPQ", logging]),
    module("ObjectStorage", ["CLinux", asyncHTTPClient, nioCore, nioPosix, nioHTTP1, crypto, logging]),
    module("Identity", ["JSON", asyncHTTPClient, nioCore, nioHTTP1, crypto, cryptoExtras, logging]),
    module("Webhooks", [asyncHTTPClient, nioCore, nioPosix, nioHTTP1, crypto]),
    module("MLflow", ["JSON", asyncHTTPClient, nioCore, nioHTTP1]),
    module(
      "Migrations", path: "migrations", sources: ["Migrations.swift"],
      resources: [
        .embedInCode("0001_catalog.sql"), .embedInCode("0002_zones.sql"), .embedInCode("0003_access.sql"),
        .embedInCode("0004_stewardship.sql"), .embedInCode("0005_contracts.sql"), .embedInCode("0006_datasets.sql"),
        .embedInCode("0007_search.sql"), .embedInCode("0008_events.sql"), .embedInCode("0009_models.sql"),
        .embedInCode("0010_lineage.sql"), .embedInCode("0011_retention.sql"), .embedInCode("0012_refresh.sql"),
        .embedInCode("0013_features.sql"), .embedInCode("0014_search_speed.sql"), .embedInCode("0015_tag_suggestions.sql"),
        .embedInCode("0016_models_are_objects.sql"), .embedInCode("0017_mlflow.sql"), .embedInCode("0019_marquez.sql"),
        .embedInCode("0020_training_files.sql"), .embedInCode("0021_evidence.sql"), .embedInCode("0022_log.sql"),
        .embedInCode("0023_trail_index.sql"),
      ]),
    module(
      "CatalogStore",
      [
        "Postgres", "Migrations", "Policies", "Governance", "Search", "Features", "Lineage", "Cedar", "Identity", "TransparencyLog",
        "Iceberg", "JSON",
        crypto, logging,
      ]),
    module(
      "Catalog",
      [
        "CatalogStore", "Governance", "Search", "Features", "Lineage", "Cedar", "Identity", "ObjectStorage", "Postgres", "TransparencyLog",
        "Webhooks", "MLflow", "Iceberg", "TableFormats", "Compression", "JSON", crypto, logging,
      ]),
    module(
      "CatalogServer",
      [
        "Catalog", "CatalogStore", "Governance", "Search", "Features", "Lineage", "Identity", "Cedar", "Migrations", "ObjectStorage",
        "Postgres",
        "TransparencyLog",
        "Webhooks",
        "Iceberg",
        "Compression", "JSON", asyncHTTPClient, hummingbird, hummingbirdCore, hummingbirdTLS, httpTypes, nioCore, nioPosix, nioHTTP1,
        nioSSL,
        serviceLifecycle, logging, crypto,
      ]),
    .executableTarget(
      name: "moraine",
      dependencies: [
        "CLinux", "Cedar", "Governance", "Lineage", "CatalogServer", "Catalog", "Postgres", "Webhooks", "Migrations", "Iceberg", "JSON",
        "TransparencyLog",
        argumentParser,
        configuration, asyncHTTPClient, nioCore, nioPosix, nioHTTP1, logging, yams, systemPackage,
      ],
      swiftSettings: settings),

    // Benchmarks; `make bench` builds and runs them.
    .executableTarget(
      name: "MemoryServer", dependencies: [hummingbird, httpTypes, logging], path: "Benchmarks/MemoryServer", swiftSettings: settings),
    .executableTarget(
      name: "JSONBenchmark", dependencies: ["Iceberg", "JSON", "CJansson"], path: "Benchmarks/JSON", swiftSettings: settings),
    .executableTarget(
      name: "CedarBenchmark", dependencies: ["Cedar", "JSON"], path: "Benchmarks/Cedar",
      exclude: ["catalog.cedar", "catalog.cedarschema"], swiftSettings: settings),
    .executableTarget(
      name: "AccessBenchmark", dependencies: ["CatalogStore", "Iceberg", "Identity", "JSON", "Postgres", logging],
      path: "Benchmarks/Access",
      swiftSettings: settings),

    // Tests mirror the sources.
    tests("JSON", ["CJansson"]),
    tests("Compression", [], exclude: ["Fixtures"]),
    tests("Iceberg", ["JSON", "Compression"], exclude: ["Fixtures"]),
    tests("TransparencyLog", ["JSON", crypto]),
    tests("TableFormats", ["Iceberg", "JSON", "Compression"], exclude: ["Fixtures"]),
    tests("Features", ["JSON"], exclude: ["Fixtures"]),
    tests("Governance", ["Iceberg", "Cedar", "Policies", "JSON"], exclude: ["Fixtures"]),
    tests("Search", ["Iceberg", "JSON"]),
    tests("Lineage", ["JSON"], exclude: ["Fixtures"]),
    tests("Reports", ["Lineage", "TransparencyLog", "Compression", "JSON", crypto], exclude: ["Scripts"]),
    tests("AuditReports", ["Reports", "ReportProfiles", "Lineage", "TransparencyLog", "JSON", crypto]),
    tests("Cedar", ["JSON"]),
    module("SeededRandom", path: "Tests/Support/Random"),
    module("PostgresTestSupport", ["Postgres", logging], path: "Tests/Support/Postgres"),
    tests("Postgres", ["PostgresTestSupport", logging]),
    tests("ObjectStorage", [asyncHTTPClient, nioCore, nioPosix, nioHTTP1, crypto, logging]),
    tests("Identity", ["JSON", jwtKit, asyncHTTPClient, nioCore, nioPosix, nioHTTP1, crypto, cryptoExtras, logging]),
    tests("Webhooks", [nioCore, nioPosix, nioHTTP1]),
    module("MLflowTestSupport", [nioCore, nioPosix, nioHTTP1], path: "Tests/Support/MLflow"),
    tests("MLflow", ["JSON", "MLflowTestSupport", asyncHTTPClient, nioCore, nioPosix, nioHTTP1], exclude: ["Fixtures"]),
    tests(
      "Catalog",
      [
        "CatalogStore", "Cedar", "Governance", "Search", "Features", "Lineage", "Migrations", "ObjectStorage", "Postgres",
        "PostgresTestSupport",
        "TableFormats", "TransparencyLog", "Webhooks", "MLflow", "MLflowTestSupport",
        "Iceberg", "JSON", asyncHTTPClient, logging,
      ]),
    tests(
      "CatalogServer",
      [
        "Catalog", "CatalogStore", "ObjectStorage", "Policies", "Postgres", "PostgresTestSupport", "Iceberg", "JSON", asyncHTTPClient,
        nioCore, nioHTTP1, logging, httpTypes, yams,
      ]),
    .testTarget(
      name: "MoraineTests",
      dependencies: [
        "moraine", "SeededRandom", "Iceberg", "JSON", "Lineage", "TransparencyLog", argumentParser, nioCore, nioPosix, nioHTTP1,
      ],
      swiftSettings: settings),
  ]
)

-- The catalog: warehouses, zones, namespaces, datasets (Iceberg tables and views), their snapshots,
-- and what every change leaves behind: an audit event and, when asked for, an idempotency record.
--
-- Names compare by their bytes (COLLATE "C"), so that lists page in one order everywhere.
-- U+001F joins levels and names in identifiers; no level or name may hold it.

CREATE TABLE warehouses (
  id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  location text NOT NULL,
  storage text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE zones (
  id uuid PRIMARY KEY,
  warehouse_id uuid NOT NULL REFERENCES warehouses ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('landing', 'raw', 'curated', 'sandbox', 'feature', 'unstructured')),
  is_default boolean NOT NULL DEFAULT false,
  UNIQUE (warehouse_id, name),
  UNIQUE (warehouse_id, id)
);
CREATE UNIQUE INDEX zones_one_default ON zones (warehouse_id) WHERE is_default;

CREATE TABLE namespaces (
  id uuid PRIMARY KEY,
  warehouse_id uuid NOT NULL REFERENCES warehouses,
  -- Restricts: a namespace goes only when its children are gone.
  parent_id uuid REFERENCES namespaces,
  zone_id uuid NOT NULL,
  path text COLLATE "C" NOT NULL CHECK (path <> ''),
  properties text NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (warehouse_id, path),
  FOREIGN KEY (warehouse_id, zone_id) REFERENCES zones (warehouse_id, id)
);
CREATE INDEX namespaces_by_parent ON namespaces (parent_id, path);
CREATE INDEX namespaces_at_root ON namespaces (warehouse_id, path) WHERE parent_id IS NULL;

-- The head is the metadata document without its snapshots and snapshot log, which have rows of their own.
-- `identifier` is the warehouse's name, the namespace's levels and the dataset's name, joined: one probe finds a dataset.
CREATE TABLE datasets (
  id uuid PRIMARY KEY,
  warehouse_id uuid NOT NULL REFERENCES warehouses,
  -- A dropped dataset outlives its namespace; a living one does not let it go.
  namespace_id uuid REFERENCES namespaces ON DELETE SET NULL,
  kind text NOT NULL CHECK (kind IN ('table', 'view')),
  identifier text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL CHECK (name <> ''),
  version bigint NOT NULL CHECK (version > 0),
  location text COLLATE "C" NOT NULL,
  metadata_location text NOT NULL,
  head text COMPRESSION lz4 NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  dropped_at timestamptz,
  CONSTRAINT datasets_live_in_a_namespace CHECK (namespace_id IS NOT NULL OR dropped_at IS NOT NULL)
) WITH (fillfactor = 80);
-- Names are unique among the living; a dropped dataset keeps its row until its files are gone.
CREATE UNIQUE INDEX datasets_living ON datasets (identifier) WHERE dropped_at IS NULL;
CREATE INDEX datasets_by_namespace ON datasets (namespace_id, kind, name) WHERE dropped_at IS NULL;
CREATE INDEX datasets_by_location ON datasets (location text_pattern_ops);

CREATE TABLE snapshots (
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  snapshot_id bigint NOT NULL,
  -- Document order: the version that added it, and its place among those added with it.
  added_in bigint NOT NULL,
  place integer NOT NULL,
  parent_id bigint,
  sequence_number bigint NOT NULL,
  timestamp_ms bigint NOT NULL,
  operation text,
  schema_id integer,
  manifest_list text,
  document text COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (dataset_id, snapshot_id)
);
CREATE INDEX snapshots_in_order ON snapshots (dataset_id, added_in, place);

CREATE TABLE snapshot_log (
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  added_in bigint NOT NULL,
  place integer NOT NULL,
  timestamp_ms bigint NOT NULL,
  snapshot_id bigint NOT NULL,
  PRIMARY KEY (dataset_id, added_in, place)
);

-- One event for each change, inserted in the change's own transaction. `position` is given later, by the sequencer.
CREATE TABLE audit_events (
  id uuid PRIMARY KEY,
  occurred_at timestamptz NOT NULL,
  canonical bytea NOT NULL,
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  position bigint UNIQUE
);

-- What was answered to a request that carried an Idempotency-Key. A body that is a table's or view's metadata is not
-- stored again: its file is immutable and named here.
CREATE TABLE idempotency_records (
  key uuid PRIMARY KEY,
  fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
  status smallint NOT NULL,
  body bytea,
  metadata_location text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_records_by_age ON idempotency_records (created_at);

-- Long work: leased with FOR UPDATE SKIP LOCKED, idempotent, taken over when a lease runs out.
CREATE TABLE jobs (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  -- What it works on, where that is a dataset; the row stays until the job is done.
  dataset_id uuid REFERENCES datasets,
  run_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  lease uuid,
  leased_until timestamptz,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX jobs_waiting ON jobs (run_at) WHERE finished_at IS NULL;

-- Scan and commit reports of clients: which snapshot an engine read or wrote, and who ran it.
CREATE TABLE metrics_reports (
  id uuid PRIMARY KEY,
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  kind text NOT NULL,
  snapshot_id bigint,
  principal text NOT NULL,
  engine text,
  application_id text,
  received_at timestamptz NOT NULL DEFAULT now(),
  document text COMPRESSION lz4 NOT NULL
);
CREATE INDEX metrics_reports_by_snapshot ON metrics_reports (dataset_id, snapshot_id);

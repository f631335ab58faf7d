-- Models, their versions, and what exactly these were trained on.

CREATE TABLE models (
  id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (name <> ''),
  -- As elsewhere: `team:x`, `user:x`, `service:x`.
  owner text,
  purpose text NOT NULL,
  -- High asks for an approver who is not the developer.
  risk_tier text NOT NULL CHECK (risk_tier IN ('minimal', 'limited', 'high')),
  is_regulated boolean NOT NULL,
  regulation_profiles text[] NOT NULL,
  -- How long what its versions were trained on is kept after their retirement, where it is regulated.
  keep_days_after_retirement integer NOT NULL CHECK (keep_days_after_retirement >= 0),
  version bigint NOT NULL DEFAULT 1,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL
);
CREATE INDEX models_by_owner ON models (owner);

CREATE TABLE model_versions (
  id uuid PRIMARY KEY,
  model_id uuid NOT NULL REFERENCES models ON DELETE RESTRICT,
  -- What people call it: `7`, `2026-05`.
  name text COLLATE "C" NOT NULL CHECK (name <> ''),
  stage text NOT NULL CHECK (stage IN ('development', 'validation', 'production', 'retired')),
  developer text NOT NULL,
  -- Where it was made: `mlflow:…`; null for what was declared here.
  source text,
  run text,
  code_reference text,
  container_digest text,
  parameters jsonb NOT NULL,
  metrics jsonb NOT NULL,
  -- Digests by the artifacts' names.
  artifacts jsonb NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  retired_at timestamptz,
  retirement_reason text,
  CHECK ((stage = 'retired') = (retired_at IS NOT NULL)),
  UNIQUE (model_id, name)
);
CREATE INDEX model_versions_by_run ON model_versions (run) WHERE run IS NOT NULL;

-- Said once and never changed: who changes the mind says so in another row.
CREATE TABLE model_approvals (
  id uuid PRIMARY KEY,
  model_version_id uuid NOT NULL REFERENCES model_versions ON DELETE RESTRICT,
  decision text NOT NULL CHECK (decision IN ('approved', 'rejected')),
  approver text NOT NULL,
  comment text NOT NULL,
  decided_at timestamptz NOT NULL
);
CREATE INDEX model_approvals_of_version ON model_approvals (model_version_id, id);

-- What a version was trained on. No foreign key to the data: an input of a model that nobody regulates outlives it, and a report says that
-- the data is gone. What has to stay is held by `pins`.
CREATE TABLE training_inputs (
  id uuid PRIMARY KEY,
  model_version_id uuid NOT NULL REFERENCES model_versions ON DELETE RESTRICT,
  role text NOT NULL CHECK (role IN ('train', 'validate', 'test', 'reference')),
  dataset_id uuid NOT NULL,
  dataset_kind text NOT NULL CHECK (dataset_kind IN ('table', 'view', 'dataset')),
  dataset_format text,
  -- Its name and location when it was bound: for people, and for when it is gone.
  identifier text COLLATE "C" NOT NULL,
  location text NOT NULL,
  -- Which state of it: a table's or a file set's snapshot, another format's own version.
  snapshot_id bigint,
  format_version text,
  CHECK (snapshot_id IS NOT NULL OR format_version IS NOT NULL),
  -- What was asked for: a branch, a tag, a time; null for a snapshot or version by its id.
  asked_for text,
  schema_id integer,
  row_filter text,
  columns text[],
  committed_at_ms bigint,
  record_count bigint,
  file_count bigint,
  size_bytes bigint,
  metadata_location text,
  metadata_sha256 bytea CHECK (octet_length(metadata_sha256) = 32),
  manifest_list text,
  manifest_list_sha256 bytea CHECK (octet_length(manifest_list_sha256) = 32),
  -- A file set's root.
  root bytea CHECK (octet_length(root) = 32),
  grade text NOT NULL CHECK (grade IN ('declared', 'observed', 'corroborated', 'inferred')),
  bound_by text NOT NULL,
  bound_at timestamptz NOT NULL,
  -- It was said by mistake, and by whom; the row stays.
  withdrawn_by text,
  withdrawn_at timestamptz,
  withdrawal_reason text
);
CREATE UNIQUE INDEX training_inputs_now ON training_inputs
  (model_version_id, dataset_id, role, coalesce(snapshot_id::text, format_version)) WHERE withdrawn_at IS NULL;
CREATE INDEX training_inputs_of_dataset ON training_inputs (dataset_id);

-- Each who said that a version was trained on an input, and how they knew.
CREATE TABLE training_evidence (
  id uuid PRIMARY KEY,
  training_input_id uuid NOT NULL REFERENCES training_inputs ON DELETE RESTRICT,
  -- `person`, `mlflow`, `openlineage`, `metrics-report`.
  source text NOT NULL,
  grade text NOT NULL CHECK (grade IN ('declared', 'observed', 'inferred')),
  details jsonb NOT NULL,
  said_by text NOT NULL,
  said_at timestamptz NOT NULL,
  UNIQUE (training_input_id, source)
);

-- A dataset that is pinned cannot be dropped, whatever the program does: `lives` would become false.
ALTER TABLE datasets ADD COLUMN lives boolean NOT NULL GENERATED ALWAYS AS (dropped_at IS NULL) STORED;
ALTER TABLE datasets ADD CONSTRAINT datasets_lives UNIQUE (id, lives);

-- A duty to keep a snapshot. As long as the row is there the snapshot is, too.
CREATE TABLE pins (
  id uuid PRIMARY KEY,
  dataset_id uuid NOT NULL,
  dataset_lives boolean NOT NULL DEFAULT true CHECK (dataset_lives),
  -- A table's.
  snapshot_id bigint,
  -- A file set's.
  file_set_snapshot_id bigint,
  -- Another format's: its files are not the catalog's, only its row is kept.
  format_version text,
  CHECK (num_nonnulls(snapshot_id, file_set_snapshot_id, format_version) = 1),
  -- For which model version; null for one that somebody set by hand.
  model_version_id uuid REFERENCES model_versions ON DELETE RESTRICT,
  -- Null where there is no end yet, or none.
  keep_until timestamptz,
  reason text NOT NULL,
  set_by text NOT NULL,
  set_at timestamptz NOT NULL,
  -- The table's tag that tells other engines; null until it is made.
  tag text,
  CONSTRAINT pins_keep_the_dataset FOREIGN KEY (dataset_id, dataset_lives) REFERENCES datasets (id, lives) ON DELETE RESTRICT,
  CONSTRAINT pins_keep_the_snapshot FOREIGN KEY (dataset_id, snapshot_id) REFERENCES snapshots ON DELETE RESTRICT,
  CONSTRAINT pins_keep_the_file_set_snapshot FOREIGN KEY (dataset_id, file_set_snapshot_id) REFERENCES file_set_snapshots ON DELETE RESTRICT
);
CREATE INDEX pins_of_dataset ON pins (dataset_id, snapshot_id);
CREATE INDEX pins_of_model_version ON pins (model_version_id);
CREATE INDEX pins_by_end ON pins (keep_until) WHERE keep_until IS NOT NULL;
CREATE INDEX pins_without_tag ON pins (dataset_id) WHERE tag IS NULL AND snapshot_id IS NOT NULL;

-- A legal case that keeps what it names until somebody releases it.
CREATE TABLE holds (
  id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (name <> ''),
  reason text NOT NULL,
  authority text NOT NULL,
  placed_by text NOT NULL,
  placed_at timestamptz NOT NULL,
  released_by text,
  released_at timestamptz,
  release_reason text
);
-- What it keeps. A tag selects what carries it, later too; everything else is named.
CREATE TABLE hold_objects (
  id uuid PRIMARY KEY,
  hold_id uuid NOT NULL REFERENCES holds ON DELETE RESTRICT,
  object_kind text NOT NULL CHECK (object_kind IN ('warehouse', 'zone', 'namespace', 'dataset', 'tag')),
  object_id uuid,
  tag_key text,
  tag_value text,
  -- Its name when the hold was placed: for people.
  object_name text NOT NULL,
  CHECK ((object_kind = 'tag') = (object_id IS NULL)),
  CHECK ((object_kind = 'tag') = (tag_key IS NOT NULL))
);
CREATE INDEX hold_objects_of_hold ON hold_objects (hold_id);

ALTER TABLE responsibilities DROP CONSTRAINT responsibilities_object_kind_check;
ALTER TABLE responsibilities ADD CONSTRAINT responsibilities_object_kind_check CHECK (object_kind IN ('zone', 'namespace', 'dataset', 'model'));
ALTER TABLE ownership_transfers DROP CONSTRAINT ownership_transfers_object_kind_check;
ALTER TABLE ownership_transfers
  ADD CONSTRAINT ownership_transfers_object_kind_check CHECK (object_kind IN ('zone', 'namespace', 'dataset', 'model'));

-- Who read a dataset lately, and which runs did.
CREATE INDEX metrics_reports_by_time ON metrics_reports (dataset_id, received_at);
CREATE INDEX metrics_reports_by_application ON metrics_reports (application_id) WHERE application_id IS NOT NULL;

-- What training inputs consist of, for whoever wants to know years later whether all of it is still there and still the same.

-- What a file's content was when it was first read for an input: manifests when they are bound, others when somebody verifies them by
-- content. Snapshots of a table share files, so this is by dataset. Never changed: a file that differs later is a finding.
CREATE TABLE recorded_files (
  dataset_id uuid NOT NULL,
  -- Of the path, which may be longer than a key of an index.
  path_sha256 bytea NOT NULL CHECK (octet_length(path_sha256) = 32),
  -- As the table names it.
  path text NOT NULL,
  size_bytes bigint NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (dataset_id, path_sha256)
);

-- What cannot be looked up again: the columns that another format's log gave, and what a feature view was.
CREATE TABLE training_input_details (
  training_input_id uuid PRIMARY KEY REFERENCES training_inputs ON DELETE RESTRICT,
  columns jsonb NOT NULL,
  -- JSON to the byte, so that a later one can be compared with it.
  definition text
);

-- What a feature view was computed from, each bound as an input of its own.
CREATE TABLE training_input_sources (
  training_input_id uuid NOT NULL REFERENCES training_inputs ON DELETE RESTRICT,
  place integer NOT NULL,
  role text NOT NULL CHECK (role IN ('batch', 'stream', 'request', 'view')),
  name text NOT NULL,
  -- In the registry's words.
  location text,
  -- Null for what has no state that could be kept, with the reason.
  source_input_id uuid REFERENCES training_inputs ON DELETE RESTRICT,
  note text,
  PRIMARY KEY (training_input_id, place),
  CHECK ((source_input_id IS NULL) = (note IS NOT NULL))
);
CREATE INDEX training_input_sources_of ON training_input_sources (source_input_id) WHERE source_input_id IS NOT NULL;

-- What two inputs share. Both are states that never change, so neither does this.
CREATE TABLE training_overlaps (
  first_input_id uuid NOT NULL REFERENCES training_inputs ON DELETE RESTRICT,
  second_input_id uuid NOT NULL REFERENCES training_inputs ON DELETE RESTRICT,
  first_files bigint NOT NULL,
  second_files bigint NOT NULL,
  shared_files bigint NOT NULL,
  -- Rows in the shared files; null where somebody does not say how many a file has.
  shared_rows bigint,
  computed_at timestamptz NOT NULL,
  PRIMARY KEY (first_input_id, second_input_id),
  CHECK (first_input_id < second_input_id)
);

-- Datasets that are no Iceberg tables or views, and what lies in those that are files.

-- A generic dataset has a format; its head is `{"columns":[…],"current-version":…,"properties":{…}}`, it has no metadata file, and its
-- location may be elsewhere: then it is a name, which the catalog opens never.
ALTER TABLE datasets DROP CONSTRAINT datasets_kind_check;
ALTER TABLE datasets
  ADD CONSTRAINT datasets_kind_check CHECK (kind IN ('table', 'view', 'dataset')),
  ADD COLUMN format text CHECK (format IN ('delta', 'hudi', 'parquet', 'csv', 'files', 'topic', 'feature-view')),
  ADD CONSTRAINT datasets_with_a_format CHECK ((kind = 'dataset') = (format IS NOT NULL));
-- Lists of every kind.
CREATE INDEX datasets_by_name ON datasets (namespace_id, name) WHERE dropped_at IS NULL;

-- Each look at what lies below a dataset's location. At most one is under way; its number is that of the point in the dataset's history
-- that it makes.
CREATE TABLE file_set_indexes (
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  number bigint NOT NULL CHECK (number > 0),
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  -- Why it failed; while it is under way, why it has to wait.
  problem text,
  -- The last key that was looked at: what is up to it is done.
  reached text COLLATE "C",
  -- So far, of what is there now.
  objects bigint NOT NULL DEFAULT 0,
  size_bytes bigint NOT NULL DEFAULT 0,
  added bigint NOT NULL DEFAULT 0,
  changed bigint NOT NULL DEFAULT 0,
  gone bigint NOT NULL DEFAULT 0,
  -- What no key can name, such as links and names that are no text.
  passed_over bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (dataset_id, number)
);
CREATE UNIQUE INDEX file_set_indexes_under_way ON file_set_indexes (dataset_id) WHERE finished_at IS NULL;

-- One row for each state of each object, from the index that found it to the one that found it otherwise. What was there at index n:
-- added_in <= n AND (gone_in IS NULL OR gone_in > n). Keys are relative to the dataset's location and sort by their bytes.
CREATE TABLE file_set_objects (
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  key text COLLATE "C" NOT NULL,
  added_in bigint NOT NULL,
  gone_in bigint CHECK (gone_in > added_in),
  size_bytes bigint NOT NULL,
  modified_at_ms bigint NOT NULL,
  -- What the store says of the content, by which a change is seen; null where it says nothing.
  etag text,
  -- `sha256:…`, or `etag:…` where the store knows no better.
  checksum text NOT NULL,
  media_type text NOT NULL,
  tags jsonb,
  PRIMARY KEY (dataset_id, key, added_in)
);
CREATE UNIQUE INDEX file_set_objects_now ON file_set_objects (dataset_id, key) WHERE gone_in IS NULL;
CREATE INDEX file_set_objects_by_tag ON file_set_objects USING gin (tags jsonb_path_ops) WHERE tags IS NOT NULL;

-- A point in the history that is kept: the number of its index, and the RFC 6962 root over its objects.
CREATE TABLE file_set_snapshots (
  dataset_id uuid NOT NULL,
  snapshot_id bigint NOT NULL,
  objects bigint NOT NULL,
  size_bytes bigint NOT NULL,
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  frozen_at timestamptz NOT NULL,
  frozen_by text NOT NULL,
  PRIMARY KEY (dataset_id, snapshot_id),
  FOREIGN KEY (dataset_id, snapshot_id) REFERENCES file_set_indexes ON DELETE CASCADE
);

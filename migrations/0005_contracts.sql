-- What datasets promise, what checks from outside found out, and what was promoted.

-- Versions of a dataset's contract; they never change.
CREATE TABLE contracts (
  id uuid PRIMARY KEY,
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  number bigint NOT NULL CHECK (number > 0),
  -- SHA-256 over the document.
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  mode text NOT NULL CHECK (mode IN ('enforce', 'warn')),
  document text COMPRESSION lz4 NOT NULL,
  author text NOT NULL,
  comment text NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (dataset_id, number)
);
-- The one in force; null for none. It stands in the row, so that the lookup that every request begins with brings it along, and it
-- changes with the row's version, so that a commit never rests on another one than it was held against.
ALTER TABLE datasets ADD COLUMN contract_id uuid REFERENCES contracts;

-- Results of checks, by dataset, snapshot and name of the check; of several the newest counts. Snapshots may be expired: what was found
-- out about them stays.
CREATE TABLE quality_results (
  id uuid PRIMARY KEY,
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  snapshot_id bigint NOT NULL,
  check_name text COLLATE "C" NOT NULL CHECK (check_name <> ''),
  outcome text NOT NULL CHECK (outcome IN ('passed', 'failed', 'error')),
  source text NOT NULL,
  details text COMPRESSION lz4,
  checked_at timestamptz NOT NULL,
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL
);
CREATE INDEX quality_results_newest ON quality_results (dataset_id, snapshot_id, check_name, checked_at DESC, id DESC);

-- Commits that broke a contract which only warns; one row for each clause, in the commit's own transaction.
CREATE TABLE contract_breaches (
  id uuid PRIMARY KEY,
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  contract_id uuid NOT NULL REFERENCES contracts ON DELETE CASCADE,
  -- The dataset's version that broke it.
  version bigint NOT NULL,
  snapshot_id bigint,
  clause text NOT NULL,
  promised text NOT NULL,
  found text NOT NULL,
  remedy text NOT NULL,
  principal text NOT NULL,
  occurred_at timestamptz NOT NULL
);
CREATE INDEX contract_breaches_of_dataset ON contract_breaches (dataset_id, id);

-- Datasets that went from one zone to another as promoted: who, when and why.
CREATE TABLE promotions (
  id uuid PRIMARY KEY,
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  source text COLLATE "C" NOT NULL,
  target text COLLATE "C" NOT NULL,
  snapshot_id bigint,
  contract_id uuid NOT NULL REFERENCES contracts ON DELETE CASCADE,
  reason text NOT NULL CHECK (reason <> ''),
  promoted_by text NOT NULL,
  promoted_at timestamptz NOT NULL
);
CREATE INDEX promotions_of_dataset ON promotions (dataset_id, id);

-- Tags that lineage suggests and a steward has said no to, so that they are not suggested again.
CREATE TABLE declined_tags (
  dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE,
  -- Of the column; empty for the dataset itself.
  column_name text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  reason text NOT NULL,
  declined_by text NOT NULL,
  declined_at timestamptz NOT NULL,
  PRIMARY KEY (dataset_id, column_name, key, value)
);

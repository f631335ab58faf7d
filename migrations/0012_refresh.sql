-- Delta and Hudi tables, whose own logs say what they are. What was read stands in the dataset's head, under `columns`,
-- `current-version` and `table`; here stands when the log was read, how that ended, and who waits for it.
CREATE TABLE dataset_refreshes (
  dataset_id uuid PRIMARY KEY REFERENCES datasets ON DELETE CASCADE,
  -- How often somebody asked, that of it with which a job began, and that of it which is done: done <= begun <= asked.
  asked bigint NOT NULL DEFAULT 1,
  begun bigint NOT NULL DEFAULT 0,
  done bigint NOT NULL DEFAULT 0,
  asked_at timestamptz NOT NULL DEFAULT now(),
  -- Of the last one that is done, and why it failed.
  finished_at timestamptz,
  problem text,
  -- Of the one under way: why it has to wait, and how far it has got.
  waits_for text,
  files_read bigint NOT NULL DEFAULT 0,
  files_wanted bigint NOT NULL DEFAULT 0,
  -- Whether it is read again by itself; what is outside of the warehouse is read never.
  is_readable boolean NOT NULL DEFAULT true,
  CHECK (done <= begun AND begun <= asked)
);
CREATE INDEX dataset_refreshes_by_end ON dataset_refreshes (finished_at) WHERE is_readable;

-- Those that are known already are read as soon as a server looks for what is due.
INSERT INTO dataset_refreshes (dataset_id, asked)
SELECT id, 0 FROM datasets WHERE kind = 'dataset' AND format IN ('delta', 'hudi') AND dropped_at IS NULL;

-- The log: a Merkle tree (RFC 6962) whose leaves are all events in the order of their places, and its signed heads.
--
-- Whoever administers this database can write these tables. What he cannot do is sign: the private key is in no table.

CREATE TABLE log_tree (
  is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
  -- The log's name: the first line of every checkpoint, never changed.
  origin text NOT NULL,
  -- Leaves; as many as the latest checkpoint says.
  size bigint NOT NULL CHECK (size >= 0),
  -- Grows with each server that takes the lead: who led before can write no more.
  term bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO log_tree (origin, size, term) VALUES ('moraine/' || gen_random_uuid(), 0, 0);

-- Hashes of the tree, 256 together (C2SP tlog-tiles). The last one of each level grows until it is full.
CREATE TABLE log_tiles (
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
  index bigint NOT NULL CHECK (index >= 0),
  hashes bytea NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
  PRIMARY KEY (level, index)
) WITH (fillfactor = 50);
-- Hashes cannot be compressed.
ALTER TABLE log_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Signed notes (C2SP tlog-checkpoint). No two of one size.
CREATE TABLE log_checkpoints (
  size bigint PRIMARY KEY CHECK (size > 0),
  note text NOT NULL,
  signed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The public keys that have signed or sign, as verifier keys (C2SP signed-note). Kept for ever: old checkpoints need old keys.
CREATE TABLE log_keys (
  verifier text PRIMARY KEY,
  added_at timestamptz NOT NULL DEFAULT now()
);

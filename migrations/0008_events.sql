-- Events that others can follow: every audit event gets a place, soon after its change was committed, and webhooks are told.

-- When, by this server's clock, and by which transaction an event was written. Added without a default, so that nothing is rewritten;
-- what was written before keeps null. `position` was never given.
ALTER TABLE audit_events
  ADD COLUMN recorded_at timestamptz,
  ADD COLUMN transaction xid8,
  DROP COLUMN position;
ALTER TABLE audit_events
  ALTER COLUMN recorded_at SET DEFAULT clock_timestamp(),
  ALTER COLUMN transaction SET DEFAULT pg_current_xact_id();
-- Finds what was written since a snapshot, whatever else there is.
CREATE INDEX audit_events_by_transaction ON audit_events (transaction) WHERE transaction IS NOT NULL;

-- The order of all events: without gaps, from 0, never changed. No foreign key: its lock would write to every event a second time.
CREATE TABLE audit_places (
  place bigint PRIMARY KEY CHECK (place >= 0),
  event_id uuid NOT NULL UNIQUE
);

-- What the sequencer has done. An event has its place if and only if its transaction is visible in `snapshot`.
CREATE TABLE audit_sequence (
  is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
  next_place bigint NOT NULL,
  snapshot pg_snapshot NOT NULL,
  -- The database cluster whose transactions the snapshot speaks of: a dump taken to another one brings it along.
  cluster bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO audit_places (place, event_id) SELECT row_number() OVER (ORDER BY id) - 1, id FROM audit_events;
INSERT INTO audit_sequence (next_place, snapshot, cluster)
SELECT (SELECT count(*) FROM audit_places), pg_current_snapshot(), (SELECT system_identifier FROM pg_control_system());

-- Who is told of events, of which, and where.
CREATE TABLE webhooks (
  id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  url text NOT NULL,
  -- Empty for all of them.
  actions text[] NOT NULL,
  -- Null for every object; `object_path` is joined by U+001F.
  object_kind text,
  object_path text,
  -- The key of its signatures, as it is: who signs must know it.
  secret bytea NOT NULL CHECK (octet_length(secret) = 32),
  is_enabled boolean NOT NULL DEFAULT true,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- How far each has come. Changed with every delivery, so apart from what people change.
CREATE TABLE webhook_cursors (
  webhook_id uuid PRIMARY KEY REFERENCES webhooks ON DELETE CASCADE,
  -- The last place that needs nothing more.
  after_place bigint NOT NULL,
  -- Since the last success.
  attempts integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  last_error text,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  -- Failed for too long: nothing is sent until somebody says so.
  paused_at timestamptz,
  lease uuid,
  leased_until timestamptz
) WITH (fillfactor = 50);

-- The latest attempts of each, for people who look for a fault.
CREATE TABLE webhook_attempts (
  id uuid PRIMARY KEY,
  webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  -- Null for a ping.
  place bigint,
  event_id uuid NOT NULL,
  attempted_at timestamptz NOT NULL,
  duration_ms bigint NOT NULL,
  status smallint,
  error text
);
CREATE INDEX webhook_attempts_of_webhook ON webhook_attempts (webhook_id, id);

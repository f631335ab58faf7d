-- Zones are described and changed by people, in turns: each change makes a version.
ALTER TABLE zones
  ADD COLUMN description text NOT NULL DEFAULT '',
  ADD COLUMN version bigint NOT NULL DEFAULT 1,
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();

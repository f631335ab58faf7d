-- Who may do what: principals and their credentials, policy sets, grants, and the facts that policies ask for.

-- Grows by one, in the change's own transaction, with everything that decisions rest on except a dataset's own facts, which its
-- version covers. A server that has read this revision knows all the rest.
CREATE TABLE access_revision (
  is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
  revision bigint NOT NULL
);
INSERT INTO access_revision (revision) VALUES (1);

-- Users and services ask; roles and teams contain them and each other. A user or service is `alice`, or `issuer/subject` when
-- another issuer vouches for it; a team may be a group of such an issuer, `issuer/group`.
CREATE TABLE principals (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('user', 'service', 'role', 'team')),
  name text COLLATE "C" NOT NULL CHECK (name <> ''),
  description text NOT NULL DEFAULT '',
  -- Restricted classifications whose data it may read.
  cleared text[] NOT NULL DEFAULT '{}',
  is_enabled boolean NOT NULL DEFAULT true,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now()
);
-- Users and services are told apart by name alone, as the owners of credentials.
CREATE UNIQUE INDEX principals_by_name ON principals
  ((CASE WHEN kind IN ('user', 'service') THEN 'principal' ELSE kind END), name);

-- Who was in which role or team, and when: auditors ask about the past.
CREATE TABLE memberships (
  id uuid PRIMARY KEY,
  member_id uuid NOT NULL REFERENCES principals,
  group_id uuid NOT NULL REFERENCES principals,
  since timestamptz NOT NULL DEFAULT now(),
  until timestamptz
);
CREATE UNIQUE INDEX memberships_now ON memberships (member_id, group_id) WHERE until IS NULL;
CREATE INDEX memberships_of_group ON memberships (group_id) WHERE until IS NULL;

-- Secrets are kept as hashes only.
CREATE TABLE clients (
  id text COLLATE "C" PRIMARY KEY,
  principal_id uuid NOT NULL REFERENCES principals ON DELETE CASCADE,
  is_enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE client_secrets (
  id uuid PRIMARY KEY,
  client_id text COLLATE "C" NOT NULL REFERENCES clients ON DELETE CASCADE,
  hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX client_secrets_of_client ON client_secrets (client_id);
CREATE TABLE personal_access_tokens (
  id text COLLATE "C" PRIMARY KEY,
  principal_id uuid NOT NULL REFERENCES principals ON DELETE CASCADE,
  hash bytea NOT NULL,
  description text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX personal_access_tokens_of_principal ON personal_access_tokens (principal_id);
-- Access tokens of ours that were taken back before their time; kept until they would have expired.
CREATE TABLE revoked_tokens (
  id text COLLATE "C" PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE TABLE signing_keys (
  id text COLLATE "C" PRIMARY KEY,
  private_key bytea NOT NULL,
  created_at_seconds bigint NOT NULL,
  retired_at_seconds bigint
);

-- Policy sets never change: applying makes a new one, and the newest is in force from then on.
CREATE TABLE policy_sets (
  number bigint PRIMARY KEY CHECK (number > 0),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  author text NOT NULL,
  comment text NOT NULL,
  applied_at timestamptz NOT NULL
);
CREATE TABLE policy_files (
  set_number bigint NOT NULL REFERENCES policy_sets,
  name text COLLATE "C" NOT NULL,
  content text COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (set_number, name)
);

-- What was granted to whom, and when it was taken back: a link of the policy template `grant-<privilege>`. The object may go; that it
-- was granted stays.
CREATE TABLE grants (
  id uuid PRIMARY KEY,
  principal_id uuid NOT NULL REFERENCES principals,
  privilege text NOT NULL CHECK (privilege IN ('see', 'read', 'write', 'define', 'manage')),
  object_kind text NOT NULL CHECK (object_kind IN ('catalog', 'warehouse', 'zone', 'namespace', 'dataset')),
  -- Null for the catalog itself.
  object_id uuid,
  -- Its name when it was granted: for people.
  object_name text NOT NULL,
  granted_by text NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  revoked_by text,
  revoked_at timestamptz
);
CREATE UNIQUE INDEX grants_now ON grants (principal_id, privilege, object_kind, coalesce(object_id, '00000000-0000-0000-0000-000000000000'::uuid))
  WHERE revoked_at IS NULL;
CREATE INDEX grants_on_object ON grants (object_id) WHERE revoked_at IS NULL;

-- What policies ask of an object beside its place. Owners are `user:name`, `service:name` or `team:name`; an object without one belongs
-- to the owner of what it lies in. A zone without rules of its own has those of its kind.
ALTER TABLE zones ADD COLUMN rules text, ADD COLUMN owner text;
ALTER TABLE namespaces ADD COLUMN owner text;
-- Tags are `{"own":{key:value},"fields":{"3":{key:value}}}`, by field id; null without any. They stand in the row, so that the lookup
-- that every request begins with brings them along.
ALTER TABLE datasets ADD COLUMN owner text, ADD COLUMN description text, ADD COLUMN format_version smallint, ADD COLUMN tags jsonb;

-- A key is one caller's in one warehouse: another's answer is nobody else's to see.
ALTER TABLE idempotency_records ADD COLUMN principal text COLLATE "C" NOT NULL DEFAULT '', ADD COLUMN warehouse text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE idempotency_records DROP CONSTRAINT idempotency_records_pkey;
ALTER TABLE idempotency_records ADD PRIMARY KEY (key, principal, warehouse);
UPDATE datasets SET format_version = (head::json ->> 'format-version')::smallint, description = head::json -> 'properties' ->> 'comment';

-- sessions: tokens by generation, signing out, who is here
-- depends: 0008_proved_actions

-- migrate: apply

ALTER TABLE sessions ADD COLUMN generation integer NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN raised_by text;
ALTER TABLE sessions ADD COLUMN ended_at timestamptz;

COMMENT ON COLUMN sessions.generation IS 'only tokens of this generation name the session';
COMMENT ON COLUMN sessions.raised_by IS 'key of the message whose code raised the trust: its sender gets the new token';
COMMENT ON COLUMN sessions.ended_at IS 'signed out: the token names nothing any more';

CREATE TABLE retired_tokens (
    key_hash bytea PRIMARY KEY,
    retired_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE retired_tokens IS 'tokens that ended before anything was written under them';

CREATE TABLE house_secrets (
    name text PRIMARY KEY,
    value bytea NOT NULL
);

CREATE UNLOGGED TABLE presence (
    conversation_id uuid NOT NULL,
    replica integer NOT NULL,
    renewed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (conversation_id, replica)
);

-- migrate: rollback

DROP TABLE presence, house_secrets, retired_tokens;
ALTER TABLE sessions DROP COLUMN ended_at;
ALTER TABLE sessions DROP COLUMN raised_by;
ALTER TABLE sessions DROP COLUMN generation;

-- what was heard of a reply, and how a message was spoken
-- depends: 0005_trust

-- migrate: apply

ALTER TABLE turns ADD COLUMN heard text;
ALTER TABLE messages ADD COLUMN spoken jsonb;
ALTER TABLE sessions ADD COLUMN phone text;
ALTER TABLE sessions ADD COLUMN peer_hash bytea;

CREATE TABLE calls (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    began timestamptz NOT NULL,
    ended timestamptz NOT NULL,
    ended_by text NOT NULL,
    language text NOT NULL,
    heard integer NOT NULL,
    missed integer NOT NULL,
    interrupted integer NOT NULL
);
CREATE INDEX calls_conversation ON calls (conversation_id, began);

-- migrate: rollback

DROP TABLE calls;
ALTER TABLE sessions DROP COLUMN peer_hash;
ALTER TABLE sessions DROP COLUMN phone;
ALTER TABLE messages DROP COLUMN spoken;
ALTER TABLE turns DROP COLUMN heard;

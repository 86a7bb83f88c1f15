-- mails as they came and as they went
-- depends: 0003_knowledge

-- migrate: apply

CREATE TABLE mails (
    id uuid PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now(),
    sender text NOT NULL,
    recipients text[] NOT NULL,
    peer text NOT NULL,
    helo text NOT NULL,
    tls boolean NOT NULL,
    protocol text NOT NULL,
    authenticated_as text,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    raw bytea,
    state text NOT NULL DEFAULT 'stored' CHECK (state IN ('stored', 'reading', 'accepted', 'recorded', 'failed')),
    available_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    replica integer,
    renewed_at timestamptz,
    reason text,
    mailbox text,
    from_address text,
    from_name text,
    subject text,
    message_id text,
    reference_ids text[] NOT NULL DEFAULT '{}',
    dedupe_key text,
    trust smallint NOT NULL DEFAULT 0,
    authentication jsonb,
    notes jsonb NOT NULL DEFAULT '[]',
    conversation_id uuid REFERENCES conversations ON DELETE SET NULL,
    accepted_message_id uuid REFERENCES messages ON DELETE SET NULL,
    reply_to text,
    cc text[] NOT NULL DEFAULT '{}',
    reply_text text,
    sent_on timestamptz
);
ALTER TABLE mails ALTER COLUMN raw SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX mails_once ON mails (dedupe_key) WHERE dedupe_key IS NOT NULL;
CREATE INDEX mails_due ON mails (available_at) WHERE state IN ('stored', 'reading');
CREATE INDEX mails_conversation ON mails (conversation_id, received_at);
CREATE INDEX mails_from ON mails (from_address, received_at);

CREATE TABLE mail_ids (
    message_id text PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mail_ids_conversation ON mail_ids (conversation_id);

CREATE TABLE sent_mails (
    delivery_id uuid PRIMARY KEY REFERENCES deliveries ON DELETE CASCADE,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    message_id text NOT NULL UNIQUE,
    recipient text NOT NULL,
    subject text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    bounced_at timestamptz,
    bounce text
);
CREATE INDEX sent_mails_recipient ON sent_mails (recipient, created_at);

ALTER TABLE files ALTER COLUMN session_id DROP NOT NULL;

-- migrate: rollback

DELETE FROM files WHERE session_id IS NULL;
ALTER TABLE files ALTER COLUMN session_id SET NOT NULL;
DROP TABLE sent_mails, mail_ids, mails;

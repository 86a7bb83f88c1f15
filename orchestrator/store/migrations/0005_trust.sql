-- approvals, verdicts, one-time codes, letters, merges, the audit
-- depends: 0004_mail

-- migrate: apply

ALTER TABLE actions DROP CONSTRAINT actions_state_check;
ALTER TABLE actions ADD CONSTRAINT actions_state_check
    CHECK (state IN ('held', 'started', 'done', 'failed', 'in_doubt', 'refused'));
ALTER TABLE actions ADD COLUMN amount numeric(14, 2);
ALTER TABLE actions ADD COLUMN currency text;
ALTER TABLE actions ADD COLUMN policy_line text;
ALTER TABLE actions ADD COLUMN reason text;

ALTER TABLE customers ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
ALTER TABLE conversations ADD COLUMN read_seq bigint NOT NULL DEFAULT 0;

CREATE TABLE approvals (
    id uuid PRIMARY KEY,
    action_id uuid NOT NULL UNIQUE REFERENCES actions ON DELETE CASCADE,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    tool text NOT NULL,
    arguments jsonb NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'denied', 'expired')),
    summary text NOT NULL,
    told jsonb NOT NULL DEFAULT '{}',
    evidence jsonb NOT NULL DEFAULT '{}',
    policy_line text NOT NULL,
    reason text NOT NULL,
    caller jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by text,
    note text,
    available_at timestamptz NOT NULL DEFAULT now(),
    replica integer,
    renewed_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    settled_at timestamptz,
    outcome text
);
CREATE INDEX approvals_state ON approvals (state, created_at DESC);
CREATE INDEX approvals_conversation ON approvals (conversation_id);
CREATE INDEX approvals_unsettled ON approvals (available_at) WHERE settled_at IS NULL AND state <> 'pending';
CREATE INDEX approvals_expiring ON approvals (expires_at) WHERE state = 'pending';

CREATE TABLE verdicts (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    turn_id uuid,
    stage text NOT NULL CHECK (stage IN ('inbound', 'action', 'reply')),
    rule text NOT NULL,
    judgement text NOT NULL,
    reason text NOT NULL,
    subject text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX verdicts_conversation ON verdicts (conversation_id, created_at);

CREATE TABLE one_time_codes (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    address text NOT NULL,
    code_hash bytea,
    tries smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX one_time_codes_conversation ON one_time_codes (conversation_id, created_at DESC);
CREATE INDEX one_time_codes_address ON one_time_codes (address, created_at DESC);

CREATE TABLE letters (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('code', 'follow_up')),
    key text UNIQUE,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    unread_seq bigint,
    address text NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    language text NOT NULL DEFAULT 'en',
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'not_needed')),
    attempts integer NOT NULL DEFAULT 0,
    available_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    replica integer,
    renewed_at timestamptz,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz
);
CREATE INDEX letters_due ON letters (available_at) WHERE state IN ('queued', 'sending');

CREATE TABLE identity_uses (
    token_hash bytea PRIMARY KEY,
    session_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE customer_merges (
    id uuid PRIMARY KEY,
    kept uuid NOT NULL REFERENCES customers ON DELETE CASCADE,
    merged uuid NOT NULL,
    moved jsonb NOT NULL,
    merged_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    undone_at timestamptz
);

CREATE TABLE audit (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    conversation_id uuid,
    request_id text,
    before jsonb,
    after jsonb,
    verdicts jsonb
);
CREATE INDEX audit_at ON audit (at DESC, id DESC);
CREATE INDEX audit_conversation ON audit (conversation_id, at) WHERE conversation_id IS NOT NULL;
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the audit is append-only'' USING ERRCODE = ''insufficient_privilege''; END';
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- migrate: rollback

DROP TABLE audit;
DROP FUNCTION audit_is_append_only;
DROP TABLE customer_merges, identity_uses, letters, one_time_codes, verdicts, approvals;
ALTER TABLE conversations DROP COLUMN read_seq;
ALTER TABLE customers DROP COLUMN tags;
ALTER TABLE actions DROP COLUMN amount, DROP COLUMN currency,
    DROP COLUMN policy_line, DROP COLUMN reason;
UPDATE actions SET state = 'refused' WHERE state = 'held';
ALTER TABLE actions DROP CONSTRAINT actions_state_check;
ALTER TABLE actions ADD CONSTRAINT actions_state_check
    CHECK (state IN ('started', 'done', 'failed', 'in_doubt', 'refused'));

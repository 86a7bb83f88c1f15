-- customers, conversations, messages, turns and their journals
-- depends:

-- migrate: apply

CREATE SEQUENCE replica_numbers AS integer CYCLE;

CREATE TABLE customers (
    id uuid PRIMARY KEY,
    name text,
    language text,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE contacts (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('subject', 'email', 'phone')),
    address text NOT NULL,
    verified_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, address)
);
CREATE INDEX contacts_customer ON contacts (customer_id);

CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers ON DELETE CASCADE,
    channel text NOT NULL,
    owner text NOT NULL DEFAULT 'bot' CHECK (owner IN ('bot', 'queue', 'operator')),
    operator text,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'waiting_approval', 'human', 'closed')),
    last_seq bigint NOT NULL DEFAULT 0,
    answered_seq bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX conversations_customer ON conversations (customer_id, updated_at DESC);
CREATE INDEX conversations_activity ON conversations (updated_at DESC, id DESC);
CREATE INDEX conversations_status ON conversations (status, updated_at DESC);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    key_hash bytea NOT NULL UNIQUE,
    channel text NOT NULL,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    subject text,
    verified_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_conversation ON sessions (conversation_id);

CREATE TABLE turns (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    customer_id uuid NOT NULL,
    channel text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done')),
    available_at timestamptz NOT NULL DEFAULT now(),
    replica integer,
    renewed_at timestamptz,
    attempt integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    upto_seq bigint,
    outcome text,
    thread text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz
);
CREATE UNIQUE INDEX turns_pending_conversation ON turns (conversation_id) WHERE state = 'pending';
CREATE UNIQUE INDEX turns_running_conversation ON turns (conversation_id) WHERE state = 'running';
CREATE UNIQUE INDEX turns_running_customer ON turns (customer_id) WHERE state = 'running';
CREATE INDEX turns_due ON turns (available_at) WHERE state = 'pending';
CREATE INDEX turns_leases ON turns (renewed_at) WHERE state = 'running';
CREATE INDEX turns_conversation ON turns (conversation_id, id);

CREATE TABLE messages (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    seq bigint NOT NULL,
    author text NOT NULL CHECK (author IN ('customer', 'assistant', 'operator', 'system')),
    channel text NOT NULL,
    key text,
    text text NOT NULL,
    trust smallint NOT NULL DEFAULT 0,
    turn_id uuid,
    citations jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (conversation_id, seq),
    UNIQUE (channel, key)
);
CREATE INDEX messages_turn ON messages (turn_id) WHERE turn_id IS NOT NULL;

CREATE TABLE status_changes (
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    seq bigint NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (conversation_id, seq)
);

CREATE TABLE files (
    id uuid PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    message_id uuid REFERENCES messages ON DELETE CASCADE,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX files_message ON files (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE requests (
    id uuid PRIMARY KEY,
    turn_id uuid NOT NULL,
    step smallint NOT NULL,
    attempt smallint NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    purpose text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    outcome text,
    error text,
    latency_ms real,
    first_token_ms real,
    input_tokens integer,
    output_tokens integer,
    finish_reason text,
    content text,
    tool_calls jsonb,
    UNIQUE (turn_id, step, attempt)
);
CREATE INDEX requests_day ON requests (provider, started_at);

CREATE TABLE actions (
    id uuid PRIMARY KEY,
    turn_id uuid NOT NULL,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    step smallint NOT NULL,
    position smallint NOT NULL,
    tool text NOT NULL,
    arguments jsonb NOT NULL,
    key text NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('started', 'done', 'failed', 'in_doubt', 'refused')),
    verdict text NOT NULL,
    result jsonb,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CHECK (step > 0)
);
CREATE INDEX actions_turn ON actions (turn_id, step, position);
CREATE INDEX actions_conversation ON actions (conversation_id, started_at);

CREATE TABLE customer_facts (
    customer_id uuid NOT NULL REFERENCES customers ON DELETE CASCADE,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    key text NOT NULL,
    value text NOT NULL,
    trust smallint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (customer_id, conversation_id, key)
);

CREATE TABLE handoffs (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    turn_id uuid,
    reason text NOT NULL,
    priority text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz
);
CREATE INDEX handoffs_conversation ON handoffs (conversation_id);
CREATE INDEX handoffs_open ON handoffs (created_at) WHERE ended_at IS NULL;

CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    message_id uuid NOT NULL UNIQUE REFERENCES messages ON DELETE CASCADE,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    channel text NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    available_at timestamptz NOT NULL DEFAULT now(),
    replica integer,
    renewed_at timestamptz,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz
);
CREATE INDEX deliveries_due ON deliveries (available_at) WHERE state IN ('queued', 'sending');

-- migrate: rollback

DROP TABLE deliveries, handoffs, customer_facts, actions, requests, files, status_changes, messages, turns,
    sessions, conversations, contacts, customers;
DROP SEQUENCE replica_numbers;

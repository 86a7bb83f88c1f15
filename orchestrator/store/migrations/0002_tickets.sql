-- tickets, callbacks
-- depends: 0001_core

-- migrate: apply
--
-- An older version made these in a migration of another name: what is there stays.
CREATE SEQUENCE IF NOT EXISTS ticket_numbers START 1001;

CREATE TABLE IF NOT EXISTS tickets (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE DEFAULT 'T-' || nextval('ticket_numbers'),
    conversation_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    subject text NOT NULL,
    description text NOT NULL,
    priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    kind text NOT NULL DEFAULT 'request',
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'pending', 'closed')),
    created_at timestamptz NOT NULL,
    idempotency_key text NOT NULL UNIQUE
);

CREATE INDEX IF NOT EXISTS tickets_conversation ON tickets (conversation_id);

CREATE INDEX IF NOT EXISTS tickets_customer ON tickets (customer_id);

CREATE SEQUENCE IF NOT EXISTS callback_numbers START 1001;

CREATE TABLE IF NOT EXISTS callbacks (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE DEFAULT 'C-' || nextval('callback_numbers'),
    conversation_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    phone text NOT NULL,
    due_at timestamptz NOT NULL,
    topic text NOT NULL,
    state text NOT NULL DEFAULT 'scheduled' CHECK (state IN ('scheduled', 'done', 'missed', 'cancelled')),
    created_at timestamptz NOT NULL,
    idempotency_key text NOT NULL UNIQUE
);

CREATE INDEX IF NOT EXISTS callbacks_conversation ON callbacks (conversation_id);

CREATE INDEX IF NOT EXISTS callbacks_customer ON callbacks (customer_id);

CREATE INDEX IF NOT EXISTS callbacks_due ON callbacks (due_at) WHERE state = 'scheduled';

-- migrate: rollback
DROP TABLE callbacks;

DROP SEQUENCE callback_numbers;

DROP TABLE tickets;

DROP SEQUENCE ticket_numbers;

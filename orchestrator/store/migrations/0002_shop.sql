-- example shop, tickets, callbacks
-- depends: 0001_core

-- migrate: apply
CREATE TABLE shop_seeds (
    name text PRIMARY KEY,
    anchor date NOT NULL
);

CREATE TABLE shop_customers (
    number integer PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    name text NOT NULL,
    language text NOT NULL,
    country text NOT NULL
);

CREATE TABLE shop_orders (
    number bigint PRIMARY KEY,
    customer integer NOT NULL REFERENCES shop_customers,
    status text NOT NULL
        CHECK (status IN ('processing', 'packed', 'shipped', 'delivered', 'cancelled', 'returned')),
    currency text NOT NULL CHECK (length(currency) = 3),
    total numeric(12, 2) NOT NULL CHECK (total >= 0),
    address text NOT NULL,
    ordered_on date NOT NULL,
    estimated_on date
);

CREATE INDEX shop_orders_customer ON shop_orders (customer);

CREATE TABLE shop_items (
    order_number bigint NOT NULL REFERENCES shop_orders,
    position integer NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    unit_price numeric(12, 2) NOT NULL CHECK (unit_price >= 0),
    PRIMARY KEY (order_number, position)
);

CREATE TABLE shop_shipments (
    order_number bigint PRIMARY KEY REFERENCES shop_orders,
    carrier text NOT NULL,
    tracking text NOT NULL UNIQUE,
    shipped_on date NOT NULL,
    delivered_on date
);

CREATE SEQUENCE ticket_numbers START 1001;

CREATE TABLE tickets (
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

CREATE INDEX tickets_conversation ON tickets (conversation_id);

CREATE INDEX tickets_customer ON tickets (customer_id);

CREATE SEQUENCE callback_numbers START 1001;

CREATE TABLE callbacks (
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

CREATE INDEX callbacks_conversation ON callbacks (conversation_id);

CREATE INDEX callbacks_customer ON callbacks (customer_id);

CREATE INDEX callbacks_due ON callbacks (due_at) WHERE state = 'scheduled';

-- migrate: rollback
DROP TABLE callbacks;

DROP SEQUENCE callback_numbers;

DROP TABLE tickets;

DROP SEQUENCE ticket_numbers;

DROP TABLE shop_shipments;

DROP TABLE shop_items;

DROP TABLE shop_orders;

DROP TABLE shop_customers;

DROP TABLE shop_seeds;

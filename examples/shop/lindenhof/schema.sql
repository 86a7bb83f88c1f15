-- Lindenhof Supply: customers, orders, and what was done about them
CREATE SCHEMA IF NOT EXISTS lindenhof;

-- The tables of older versions stood beside the gateway's own: they move in with all that is in them.
ALTER SEQUENCE IF EXISTS public.refund_numbers SET SCHEMA lindenhof;

DO $$
DECLARE
    old text;
BEGIN
    FOREACH old IN ARRAY ARRAY['seeds', 'customers', 'orders', 'items', 'shipments', 'refunds', 'changes'] LOOP
        EXECUTE format('ALTER TABLE IF EXISTS public.%I SET SCHEMA lindenhof', 'shop_' || old);
        EXECUTE format('ALTER TABLE IF EXISTS lindenhof.%I RENAME TO %I', 'shop_' || old, old);
    END LOOP;
    FOREACH old IN ARRAY ARRAY['orders_customer', 'refunds_order', 'changes_order'] LOOP
        EXECUTE format('ALTER INDEX IF EXISTS lindenhof.%I RENAME TO %I', 'shop_' || old, old);
    END LOOP;
END
$$;

CREATE TABLE IF NOT EXISTS lindenhof.seeds (
    name text PRIMARY KEY,
    anchor date NOT NULL
);

CREATE TABLE IF NOT EXISTS lindenhof.customers (
    number integer PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    name text NOT NULL,
    language text NOT NULL,
    country text NOT NULL
);

CREATE TABLE IF NOT EXISTS lindenhof.orders (
    number bigint PRIMARY KEY,
    customer integer NOT NULL REFERENCES lindenhof.customers,
    status text NOT NULL
        CHECK (status IN ('processing', 'packed', 'shipped', 'delivered', 'cancelled', 'returned')),
    currency text NOT NULL CHECK (length(currency) = 3),
    total numeric(12, 2) NOT NULL CHECK (total >= 0),
    address text NOT NULL,
    ordered_on date NOT NULL,
    estimated_on date
);

CREATE INDEX IF NOT EXISTS orders_customer ON lindenhof.orders (customer);

CREATE TABLE IF NOT EXISTS lindenhof.items (
    order_number bigint NOT NULL REFERENCES lindenhof.orders,
    position integer NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    unit_price numeric(12, 2) NOT NULL CHECK (unit_price >= 0),
    PRIMARY KEY (order_number, position)
);

CREATE TABLE IF NOT EXISTS lindenhof.shipments (
    order_number bigint PRIMARY KEY REFERENCES lindenhof.orders,
    carrier text NOT NULL,
    tracking text NOT NULL UNIQUE,
    shipped_on date NOT NULL,
    delivered_on date
);

CREATE SEQUENCE IF NOT EXISTS lindenhof.refund_numbers START 1001;

CREATE TABLE IF NOT EXISTS lindenhof.refunds (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE DEFAULT 'R-' || nextval('lindenhof.refund_numbers'),
    order_number bigint NOT NULL REFERENCES lindenhof.orders,
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    currency text NOT NULL CHECK (length(currency) = 3),
    refunded numeric(12, 2) NOT NULL CHECK (refunded >= amount),
    reason text NOT NULL,
    made_at timestamptz NOT NULL,
    idempotency_key text NOT NULL UNIQUE
);

COMMENT ON COLUMN lindenhof.refunds.refunded IS 'all refunds of this order up to and with this one';

CREATE INDEX IF NOT EXISTS refunds_order ON lindenhof.refunds (order_number);

CREATE TABLE IF NOT EXISTS lindenhof.changes (
    id uuid PRIMARY KEY,
    order_number bigint NOT NULL REFERENCES lindenhof.orders,
    kind text NOT NULL CHECK (kind IN ('cancel', 'address')),
    detail text NOT NULL,
    status text NOT NULL,
    made_at timestamptz NOT NULL,
    idempotency_key text NOT NULL UNIQUE
);

COMMENT ON COLUMN lindenhof.changes.detail IS 'why it was cancelled, or the new address';

COMMENT ON COLUMN lindenhof.changes.status IS 'of the order, before the change';

CREATE INDEX IF NOT EXISTS changes_order ON lindenhof.changes (order_number);

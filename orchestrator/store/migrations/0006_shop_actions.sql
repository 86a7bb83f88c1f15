-- refunds, cancellations and changes of address in the example shop
-- depends: 0005_trust

-- migrate: apply
CREATE SEQUENCE refund_numbers START 1001;

CREATE TABLE shop_refunds (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE DEFAULT 'R-' || nextval('refund_numbers'),
    order_number bigint NOT NULL REFERENCES shop_orders,
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    currency text NOT NULL CHECK (length(currency) = 3),
    refunded numeric(12, 2) NOT NULL CHECK (refunded >= amount),
    reason text NOT NULL,
    made_at timestamptz NOT NULL,
    idempotency_key text NOT NULL UNIQUE
);

COMMENT ON COLUMN shop_refunds.refunded IS 'all refunds of this order up to and with this one';

CREATE INDEX shop_refunds_order ON shop_refunds (order_number);

CREATE TABLE shop_changes (
    id uuid PRIMARY KEY,
    order_number bigint NOT NULL REFERENCES shop_orders,
    kind text NOT NULL CHECK (kind IN ('cancel', 'address')),
    detail text NOT NULL,
    status text NOT NULL,
    made_at timestamptz NOT NULL,
    idempotency_key text NOT NULL UNIQUE
);

COMMENT ON COLUMN shop_changes.detail IS 'why it was cancelled, or the new address';

COMMENT ON COLUMN shop_changes.status IS 'of the order, before the change';

CREATE INDEX shop_changes_order ON shop_changes (order_number);

-- migrate: rollback
DROP TABLE shop_changes;

DROP TABLE shop_refunds;

DROP SEQUENCE refund_numbers;

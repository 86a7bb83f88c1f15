-- for whom an action was done, where that was proved within a conversation of somebody else
-- depends: 0007_voice

-- migrate: apply

ALTER TABLE actions ADD COLUMN customer_id uuid;
CREATE INDEX actions_customer ON actions (customer_id, started_at) WHERE customer_id IS NOT NULL;

-- migrate: rollback

ALTER TABLE actions DROP COLUMN customer_id;

-- after a handoff the assistant goes on; held actions can be taken back; late answers find an address
-- depends: 0008_proved_actions

-- migrate: apply

ALTER TABLE conversations ADD COLUMN reach_address text;
ALTER TABLE status_changes ADD COLUMN assistant text CHECK (assistant IN ('goes_on'));
ALTER TABLE handoffs ADD COLUMN matter text;
CREATE INDEX contacts_address ON contacts (lower(address));
CREATE INDEX customers_name ON customers (lower(name));

ALTER TABLE approvals DROP CONSTRAINT approvals_state_check;
ALTER TABLE approvals ADD CONSTRAINT approvals_state_check
    CHECK (state IN ('pending', 'approved', 'denied', 'expired', 'withdrawn'));

-- migrate: rollback

UPDATE approvals SET state = 'denied' WHERE state = 'withdrawn';
ALTER TABLE approvals DROP CONSTRAINT approvals_state_check;
ALTER TABLE approvals ADD CONSTRAINT approvals_state_check
    CHECK (state IN ('pending', 'approved', 'denied', 'expired'));
DROP INDEX customers_name, contacts_address;
ALTER TABLE handoffs DROP COLUMN matter;
ALTER TABLE status_changes DROP COLUMN assistant;
ALTER TABLE conversations DROP COLUMN reach_address;

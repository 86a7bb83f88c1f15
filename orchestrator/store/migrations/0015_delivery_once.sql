-- Deliveries: bounded per recipient's domain, and counted where nobody knows whether they arrived.
-- depends: 0008_proved_actions

-- migrate: apply

ALTER TABLE deliveries ADD COLUMN lane text NOT NULL DEFAULT '', ADD COLUMN doubts integer NOT NULL DEFAULT 0;
ALTER TABLE letters ADD COLUMN doubts integer NOT NULL DEFAULT 0;
CREATE INDEX deliveries_open ON deliveries (conversation_id) WHERE state IN ('queued', 'sending');
CREATE INDEX letters_open ON letters (conversation_id) WHERE state IN ('queued', 'sending');

UPDATE deliveries d SET lane = lower(split_part(m.recipient, '@', 2))
FROM sent_mails m WHERE m.delivery_id = d.id AND d.state IN ('queued', 'sending');

-- migrate: rollback

DROP INDEX letters_open, deliveries_open;
ALTER TABLE letters DROP COLUMN doubts;
ALTER TABLE deliveries DROP COLUMN doubts, DROP COLUMN lane;

-- what a mail quotes is kept beside the answer: text goes on below its first fold characters
-- depends: 0008_proved_actions

-- migrate: apply

ALTER TABLE messages ADD COLUMN fold integer CHECK (fold >= 0);
ALTER TABLE messages ADD COLUMN below text;

-- migrate: rollback

ALTER TABLE messages DROP COLUMN below, DROP COLUMN fold;

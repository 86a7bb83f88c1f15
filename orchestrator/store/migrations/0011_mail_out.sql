-- what a mail's writer said without our notes; files that operators and tools send
-- depends: 0008_proved_actions

-- migrate: apply

ALTER TABLE mails ADD COLUMN own_words text;

ALTER TABLE files ADD COLUMN uploaded_by text;
ALTER TABLE files ADD COLUMN conversation_id uuid REFERENCES conversations ON DELETE CASCADE;
ALTER TABLE files ADD COLUMN action_id uuid REFERENCES actions ON DELETE CASCADE;
ALTER TABLE files ADD COLUMN position smallint NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX files_action ON files (action_id, position) WHERE action_id IS NOT NULL;
CREATE INDEX files_conversation ON files (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX files_unused ON files (created_at) WHERE message_id IS NULL;

-- migrate: rollback

DELETE FROM files WHERE session_id IS NULL AND message_id IS NULL;
DROP INDEX files_unused, files_conversation, files_action;
ALTER TABLE files DROP COLUMN position, DROP COLUMN action_id, DROP COLUMN conversation_id,
    DROP COLUMN uploaded_by;
ALTER TABLE mails DROP COLUMN own_words;

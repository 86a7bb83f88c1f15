-- forms, recorded mails that operators take up, and words that come again
-- depends: 0008_proved_actions

-- migrate: apply

ALTER TABLE mails
    ADD COLUMN form_sender text,
    ADD COLUMN words_digest text,
    ADD COLUMN shape_digest text,
    ADD COLUMN detail text,
    ADD COLUMN accepted_by text,
    ADD COLUMN accepted_from text,
    ADD COLUMN accepted_answer boolean;
CREATE INDEX mails_newest ON mails (received_at DESC, id DESC);
CREATE INDEX mails_recorded ON mails (received_at DESC, id DESC) WHERE state = 'recorded';
CREATE INDEX mails_form ON mails (form_sender, received_at) WHERE form_sender IS NOT NULL;

-- Forms give the same Message-ID to the mails of many visitors.
ALTER TABLE mail_ids DROP CONSTRAINT mail_ids_pkey, ADD PRIMARY KEY (message_id, conversation_id);

-- migrate: rollback

DELETE FROM mail_ids a USING mail_ids b WHERE a.message_id = b.message_id
    AND (a.created_at, a.conversation_id) > (b.created_at, b.conversation_id);
ALTER TABLE mail_ids DROP CONSTRAINT mail_ids_pkey, ADD PRIMARY KEY (message_id);
DROP INDEX mails_form, mails_recorded, mails_newest;
ALTER TABLE mails
    DROP COLUMN form_sender,
    DROP COLUMN words_digest,
    DROP COLUMN shape_digest,
    DROP COLUMN detail,
    DROP COLUMN accepted_by,
    DROP COLUMN accepted_from,
    DROP COLUMN accepted_answer;

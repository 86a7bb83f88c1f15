-- articles are searched in every language PostgreSQL knows the words of
-- depends: 0003_knowledge

-- migrate: apply
ALTER TABLE knowledge_passages DROP CONSTRAINT knowledge_passages_config_check;

-- migrate: rollback
DELETE FROM knowledge_passages WHERE config NOT IN ('english', 'german', 'simple');
ALTER TABLE knowledge_passages ADD CONSTRAINT knowledge_passages_config_check
    CHECK (config IN ('english', 'german', 'simple'));

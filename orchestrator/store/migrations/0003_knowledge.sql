-- knowledge passages with one search vector per language
-- depends: 0002_tickets

-- migrate: apply
CREATE TABLE knowledge_passages (
    id text PRIMARY KEY,
    slug text NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    language text NOT NULL,
    config text NOT NULL CHECK (config IN ('english', 'german', 'simple')),
    url text,
    hash bytea NOT NULL,
    vector tsvector NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX knowledge_passages_vector ON knowledge_passages USING gin (vector);
CREATE INDEX knowledge_passages_slug ON knowledge_passages (slug);

-- migrate: rollback
DROP TABLE knowledge_passages;

-- what readiness writes to see that writing works: a few rows that nobody reads
-- depends: 0008_proved_actions

-- migrate: apply

CREATE TABLE write_probes (
    slot integer PRIMARY KEY,
    filling bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE write_probes ALTER COLUMN filling SET STORAGE PLAIN;

-- migrate: rollback

DROP TABLE write_probes;

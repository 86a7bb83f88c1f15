-- requests that were refused count for nothing; breakers that all replicas share; turns that wait for the model
-- depends: 0008_proved_actions

-- migrate: apply

ALTER TABLE requests ADD COLUMN counted boolean NOT NULL DEFAULT true;
ALTER TABLE requests ADD COLUMN answered_at timestamptz;

CREATE TABLE breakers (
    provider text NOT NULL,
    part text NOT NULL,
    level integer NOT NULL,
    reason text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    until timestamptz NOT NULL,
    probe_until timestamptz,
    PRIMARY KEY (provider, part)
);

ALTER TABLE turns ADD COLUMN waits_for text CHECK (waits_for IN ('provider', 'budget'));
ALTER TABLE turns ADD COLUMN waiting_since timestamptz;
ALTER TABLE turns ADD COLUMN tries smallint NOT NULL DEFAULT 0;
CREATE INDEX turns_waiting ON turns (waits_for, waiting_since) WHERE state = 'pending' AND waits_for IS NOT NULL;
UPDATE turns SET waits_for = 'budget', waiting_since = created_at
WHERE state = 'pending' AND available_at > now() + interval '1 minute';

-- migrate: rollback

DROP INDEX turns_waiting;
ALTER TABLE turns DROP COLUMN waits_for, DROP COLUMN waiting_since, DROP COLUMN tries;
DROP TABLE breakers;
ALTER TABLE requests DROP COLUMN counted, DROP COLUMN answered_at;

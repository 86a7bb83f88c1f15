-- what a turn writes, in one round trip each: a request begun, and the plain end of most turns
-- depends: 0016_waiting_turns

-- migrate: apply

-- Each statement in it sees what was committed before that statement, so that those who spend take turns.
-- NULL: the day has no request left. A row without id: another replica runs the turn.
CREATE FUNCTION begin_request(
    the_turn uuid, the_replica integer, the_attempt integer, new_request uuid, the_step integer, the_try integer,
    the_provider text, the_model text, the_purpose text, day_limit bigint, reserved_seconds integer,
    done_action uuid, done_state text, done_result jsonb, OUT begun uuid, OUT exhausted boolean
) LANGUAGE plpgsql AS '
BEGIN
    exhausted := false;
    IF done_action IS NOT NULL THEN
        UPDATE actions SET state = done_state, result = done_result, finished_at = now() WHERE id = done_action;
    END IF;
    IF day_limit > 0 THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(the_provider, 1));
        exhausted := day_limit <= (
            SELECT count(*) FROM requests
            WHERE provider = the_provider
                AND started_at >= date_trunc(''day'', now() AT TIME ZONE ''UTC'') AT TIME ZONE ''UTC''
                AND counted AND (outcome IS NOT NULL OR answered_at IS NOT NULL
                    OR started_at > now() - make_interval(secs => reserved_seconds)));
        IF exhausted THEN
            RETURN;
        END IF;
    END IF;
    INSERT INTO requests (id, turn_id, step, attempt, provider, model, purpose)
    SELECT new_request, the_turn, the_step, the_try, the_provider, the_model, the_purpose
    WHERE EXISTS (SELECT 1 FROM turns
        WHERE id = the_turn AND replica = the_replica AND attempt = the_attempt AND state = ''running'')
    ON CONFLICT (turn_id, step, attempt) DO UPDATE SET model = excluded.model
    RETURNING id INTO begun;
END';

-- Ends a turn that was answered, where nothing but that happened: ended is false where more has to be looked
-- at, and no row comes where another replica runs the turn. The conversation is locked first, as everywhere.
CREATE FUNCTION end_answered_turn(
    the_turn uuid, the_replica integer, the_attempt integer, was_read bigint, new_message uuid, next_turn uuid,
    the_author text, said text, cited jsonb, kept_thread text, said_in text, the_reach text,
    new_facts jsonb, believed integer, said_by uuid, notices text, notice text
) RETURNS TABLE (ended boolean, place bigint, upto bigint, made jsonb) LANGUAGE plpgsql AS '
DECLARE
    c record;
BEGIN
    SELECT o.id, o.customer_id, o.owner, o.last_seq, o.channel, t.heard, t.waits_for,
        coalesce(was_read, t.upto_seq, o.last_seq) AS upto INTO c
    FROM turns t JOIN conversations o ON o.id = t.conversation_id
    WHERE t.id = the_turn AND t.replica = the_replica AND t.attempt = the_attempt AND t.state = ''running''
    FOR UPDATE OF o;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    ended := c.owner <> ''operator'' AND c.heard IS NULL AND c.waits_for IS NULL AND c.channel <> ''voice'';
    IF NOT ended THEN
        RETURN NEXT;
        RETURN;
    END IF;
    -- Fenced once more: whoever held the row of the conversation until now may have ended this very turn.
    UPDATE turns SET state = ''done'', outcome = ''answered'', thread = kept_thread, upto_seq = c.upto,
        finished_at = now()
    WHERE id = the_turn AND state = ''running'' AND replica = the_replica AND attempt = the_attempt;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    place := c.last_seq + 1;
    upto := c.upto;
    INSERT INTO messages (id, conversation_id, seq, author, channel, text, turn_id, citations)
    VALUES (new_message, c.id, place, the_author, c.channel, said, the_turn, cited);
    WITH sent AS (
        UPDATE files SET message_id = new_message FROM actions a
        WHERE a.turn_id = the_turn AND files.action_id = a.id AND files.message_id IS NULL
        RETURNING files.id, files.name, files.media_type, files.size
    ) SELECT jsonb_agg(to_jsonb(sent)) INTO made FROM sent;
    IF new_facts IS NOT NULL THEN
        INSERT INTO customer_facts (customer_id, conversation_id, key, value, trust)
        SELECT c.customer_id, c.id, f.key, f.value,
            CASE WHEN coalesce(said_by, c.customer_id) = c.customer_id THEN believed ELSE least(believed, 1) END
        FROM jsonb_each_text(new_facts) f
        ON CONFLICT (customer_id, conversation_id, key)
        DO UPDATE SET value = excluded.value, trust = excluded.trust, updated_at = now()
        WHERE customer_facts.trust <= excluded.trust;
    END IF;
    UPDATE conversations SET last_seq = place, answered_seq = greatest(answered_seq, c.upto),
        reach_address = coalesce(the_reach, reach_address), updated_at = now()
    WHERE id = c.id;
    IF said_in IS NOT NULL AND believed >= 2 THEN
        UPDATE customers SET language = said_in WHERE id = c.customer_id AND language IS DISTINCT FROM said_in;
    END IF;
    -- A message that came in between being numbered and this turn being claimed must find a turn.
    IF c.last_seq > c.upto THEN
        INSERT INTO turns (id, conversation_id, customer_id, channel)
        SELECT next_turn, c.id, c.customer_id, c.channel WHERE EXISTS (
            SELECT 1 FROM messages WHERE conversation_id = c.id AND author = ''customer'' AND seq > c.upto)
        ON CONFLICT (conversation_id) WHERE state = ''pending'' DO NOTHING;
    END IF;
    PERFORM pg_notify(notices, replace(notice, ''CONVERSATION'', c.id::text));
    RETURN NEXT;
END';

-- migrate: rollback

DROP FUNCTION end_answered_turn;
DROP FUNCTION begin_request;

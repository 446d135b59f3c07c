-- The history of what people edit. Triggers of `yuju.kit.history` call this after each statement, with what a model says of its
-- history as JSON: the columns that are told, those whose values are hidden or sealed (encrypted), what the row is a part of.
-- Who and from where are settings of the transaction; a change made past the application has neither, and is written down too.
-- It writes with the owner's rights: the application may read the history, and nobody but this function adds to it.
CREATE OR REPLACE FUNCTION yuju_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    said CONSTANT jsonb := TG_ARGV[0]::jsonb;
    by_user CONSTANT bigint := nullif(current_setting('yuju.user', true), '')::bigint;
    origin CONSTANT jsonb := coalesce(nullif(current_setting('yuju.origin', true), ''), '{}')::jsonb;
    many CONSTANT integer := 100;
    made bigint := 0;
    columns text[] := ARRAY(SELECT jsonb_array_elements_text(said -> 'columns'));
    pairs text;
    place text;
BEGIN
    -- Many rows made at once need no entry each: one says from which id to which. Where others drew ids in between there are several.
    IF TG_OP = 'INSERT' THEN
        SELECT count(*) INTO made FROM new_rows;
    END IF;
    IF made > many THEN
        place := CASE WHEN said ->> 'property' IS NULL THEN 'NULL::bigint' ELSE format('%I', said ->> 'property') END;
        EXECUTE format(
            $q$
            INSERT INTO identity_change
                (operator_id, at, user_id, origin, kind, row_id, last_id, subject, subject_id, property_id, act, changes)
            SELECT operator_id, now(), $1, $2, $3, min(id), max(id), $3, min(id), place, 'made', '{}'
            FROM (SELECT operator_id, id, %s AS place, id - row_number() OVER (ORDER BY id) AS island FROM new_rows) made
            GROUP BY operator_id, place, island
            $q$, place)
        USING by_user, origin, TG_TABLE_NAME;
        RETURN NULL;
    END IF;

    -- The same values under another key are no change. Those a row was made with stand in the row, or before its first change.
    IF TG_OP = 'INSERT' OR current_setting('yuju.resealing', true) = 'on' THEN
        columns := ARRAY(SELECT unnest(columns) EXCEPT SELECT jsonb_array_elements_text(said -> 'sealed'));
    END IF;
    pairs := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT NULL::jsonb AS was, to_jsonb(n) AS becomes FROM new_rows n'
        WHEN 'DELETE' THEN 'SELECT to_jsonb(o) AS was, NULL::jsonb AS becomes FROM old_rows o'
        ELSE 'SELECT to_jsonb(o) AS was, to_jsonb(n) AS becomes FROM old_rows o JOIN new_rows n USING (id) WHERE o.* *<> n.*'
    END;
    place := CASE
        WHEN said ->> 'property' IS NOT NULL THEN format('(told ->> %L)::bigint', said ->> 'property')
        WHEN said ->> 'subject_property' IS NOT NULL
            THEN format('(SELECT s.%I FROM %I s WHERE s.id = (told ->> %L)::bigint)',
                        said ->> 'subject_property', said ->> 'subject', said ->> 'part_of')
        ELSE 'NULL::bigint'
    END;
    EXECUTE format(
        $q$
        INSERT INTO identity_change
            (operator_id, at, user_id, origin, kind, row_id, last_id, subject, subject_id, property_id, act, changes)
        SELECT (told ->> 'operator_id')::bigint, now(), $1, $2, $3, (told ->> 'id')::bigint, (told ->> 'id')::bigint,
            $4, (told ->> $5)::bigint, %s, $6, coalesce(differing.changes, '{}')
        FROM (SELECT was, becomes, coalesce(becomes, was) AS told FROM (%s) both_sides) pair
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(name, CASE WHEN $8 ? name THEN '[null, null]'
                                               ELSE jsonb_build_array(was -> name, becomes -> name) END) AS changes
            FROM unnest($7) AS name
            WHERE coalesce(nullif(was -> name, 'null'), '""') <> coalesce(nullif(becomes -> name, 'null'), '""')
        ) differing
        WHERE differing.changes IS NOT NULL OR $6 <> 'changed'
        ORDER BY (told ->> 'id')::bigint
        $q$, place, pairs)
    USING by_user, origin, TG_TABLE_NAME, said ->> 'subject', coalesce(said ->> 'part_of', 'id'),
        CASE TG_OP WHEN 'INSERT' THEN 'made' WHEN 'DELETE' THEN 'removed' ELSE 'changed' END, columns, said -> 'hidden';
    RETURN NULL;
END $$;

-- Values that were encrypted keep their history under the newest key: one sealed value takes the place of another, of the same
-- operator, and nothing else can be altered.
CREATE OR REPLACE FUNCTION yuju_history_reseal(change bigint, name text, resealed jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE identity_change c SET changes = jsonb_set(c.changes, ARRAY[name], resealed)
    WHERE c.id = change AND c.operator_id = current_setting('yuju.operator')::bigint
        AND jsonb_array_length(resealed) = 2
        AND NOT EXISTS (
            SELECT FROM generate_series(0, 1) AS side
            WHERE (c.changes -> name ->> side IS NULL) <> (resealed ->> side IS NULL)
                OR c.changes -> name ->> side !~ '^([1-9][0-9]*\.[A-Za-z0-9_=-]{36,})?$'
                OR resealed ->> side !~ '^([1-9][0-9]*\.[A-Za-z0-9_=-]{36,})?$'
        );
    IF NOT FOUND THEN
        RAISE EXCEPTION 'change % is kept as it was written', change USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
    END IF;
END $$;

-- What an operator no longer has to keep. A year is kept whatever is asked.
CREATE OR REPLACE FUNCTION yuju_history_forget(before timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM identity_change
        WHERE operator_id = current_setting('yuju.operator')::bigint AND at < least(before, now() - interval '1 year')
        RETURNING 1
    )
    SELECT count(*) FROM gone
$$;

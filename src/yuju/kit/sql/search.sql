-- The search box. Under a row-security policy only leakproof operators use an index, and @@ is not one: so the search
-- runs with the rights of the owner, and holds the operator's condition itself.
CREATE OR REPLACE FUNCTION yuju_search(
    exact text, prefixed text, of_kinds text[], of_properties bigint[], at_most integer
)
RETURNS TABLE (kind varchar, object_id bigint, property_id bigint, title text, subtitle text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    asked_by CONSTANT bigint := current_setting('yuju.operator')::bigint;
BEGIN
    -- Whole words first: flat 1602 stands before flat 16021. EXECUTE plans with the words known.
    RETURN QUERY EXECUTE
        $query$
        WITH hit AS (
            (SELECT k.*, 0 AS rank FROM kit_searchkey k
             WHERE k.keys @@ $1::tsquery AND k.operator_id = $3
               AND ($4 IS NULL OR k.kind = ANY ($4))
               AND ($5 IS NULL OR k.property_id IS NULL OR k.property_id = ANY ($5))
             LIMIT $6)
            UNION ALL
            (SELECT k.*, 1 FROM kit_searchkey k
             WHERE k.keys @@ $2::tsquery AND k.operator_id = $3
               AND ($4 IS NULL OR k.kind = ANY ($4))
               AND ($5 IS NULL OR k.property_id IS NULL OR k.property_id = ANY ($5))
             LIMIT $6)
        )
        SELECT h.kind, h.object_id, h.property_id, h.title, h.subtitle
        FROM (SELECT DISTINCT ON (hit.id) hit.* FROM hit ORDER BY hit.id, hit.rank) h
        ORDER BY h.rank, length(h.title), h.title COLLATE "C", h.id
        LIMIT $6
        $query$
        USING exact, prefixed, asked_by, of_kinds, of_properties, at_most;
END
$$;

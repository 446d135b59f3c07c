-- What one month costs each recurring charge, for each stretch of days on which version and facts stay the same.
-- cause_rank orders the causes as the billing rules name them: the lowest one is told.
CREATE TEMP TABLE draft_price ON COMMIT DROP AS
WITH version AS (
    SELECT v.tariff_id, v.rate, v.valid_from,
        lead(v.valid_from, 1, 'infinity'::date) OVER (PARTITION BY v.tariff_id ORDER BY v.valid_from) AS valid_before,
        t.basis, given.formula_no, given.uses_unit, given.uses_tenure
    FROM billing_tariffversion v
    JOIN billing_tariff t ON t.id = v.tariff_id
    JOIN unnest(%(version_ids)s::bigint[], %(formula_nos)s::int[], %(uses_unit)s::bool[], %(uses_tenure)s::bool[])
        AS given (version_id, formula_no, uses_unit, uses_tenure) ON given.version_id = v.id
    WHERE t.property_id = %(property)s AND t.basis <> 'metered'
), unit_fact AS (
    SELECT unit_id, area, floor, valid_from,
        lead(valid_from, 1, 'infinity'::date) OVER (PARTITION BY unit_id ORDER BY valid_from) AS valid_before
    FROM (
        SELECT f.unit_id, f.area, f.floor, f.valid_from
        FROM premises_unitfact f JOIN premises_unit u ON u.id = f.unit_id WHERE u.property_id = %(property)s
        UNION ALL
        SELECT u.id, NULL, NULL, '-infinity'::date FROM premises_unit u WHERE u.property_id = %(property)s
    ) AS fact
), term AS (
    SELECT tenure_id, rent, occupants, valid_from,
        lead(valid_from, 1, 'infinity'::date) OVER (PARTITION BY tenure_id ORDER BY valid_from) AS valid_before
    FROM (
        SELECT f.tenure_id, f.rent, f.occupants, f.valid_from
        FROM residency_tenureterm f JOIN residency_tenure n ON n.id = f.tenure_id WHERE n.property_id = %(property)s
        UNION ALL
        SELECT n.id, NULL, NULL, '-infinity'::date FROM residency_tenure n WHERE n.property_id = %(property)s
    ) AS fact
), stretch AS (
    SELECT r.id AS recurring_id, v.basis, v.formula_no, v.valid_from AS version_from,
        coalesce(r.rate, v.rate) AS rate, f.area, f.floor, m.rent, m.occupants,
        greatest(v.valid_from, f.valid_from, m.valid_from) AS day_from,
        least(v.valid_before, f.valid_before, m.valid_before) AS day_before
    FROM billing_recurringcharge r
    JOIN version v ON v.tariff_id = r.tariff_id
    JOIN billing_billingaccount a ON a.id = r.account_id
    LEFT JOIN unit_fact f ON v.uses_unit AND f.unit_id = r.unit_id
        AND f.valid_from < v.valid_before AND f.valid_before > v.valid_from
    LEFT JOIN term m ON v.uses_tenure AND m.tenure_id = a.tenure_id
        AND m.valid_from < v.valid_before AND m.valid_before > v.valid_from
        AND (f.valid_from IS NULL OR (m.valid_from < f.valid_before AND m.valid_before > f.valid_from))
    WHERE r.property_id = %(property)s
), priced AS (
    SELECT s.*,
        CASE basis
            WHEN 'flat' THEN rate
            WHEN 'area' THEN area * rate
            WHEN 'headcount' THEN occupants * rate
            ELSE /*formula numerator*/
        END AS numerator,
        CASE WHEN basis = 'formula' THEN /*formula denominator*/ ELSE 1 END AS denominator,
        CASE
            WHEN basis = 'formula' THEN /*formula fault*/
            WHEN rate IS NULL THEN 'no_rate'
            WHEN basis = 'area' AND area IS NULL THEN 'no_area'
            WHEN basis = 'headcount' AND occupants IS NULL THEN 'no_occupants'
        END AS fault,
        jsonb_build_object('v', version_from) || CASE basis
            WHEN 'flat' THEN jsonb_build_object('rate', trim_scale(rate)::text)
            WHEN 'area' THEN jsonb_build_object('rate', trim_scale(rate)::text, 'area', trim_scale(area)::text)
            WHEN 'headcount' THEN jsonb_build_object('rate', trim_scale(rate)::text, 'occupants', occupants::text)
            ELSE /*formula facts*/
        END AS facts
    FROM stretch s
    WHERE day_from < day_before
)
SELECT recurring_id, day_from, day_before, numerator, denominator, facts,
    CASE WHEN fault IS NOT NULL THEN fault WHEN numerator IS NULL THEN 'division_by_zero'
        WHEN numerator < 0 THEN 'negative_price' END AS fault
FROM priced

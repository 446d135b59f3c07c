-- The periods that are due and have no standing charge, priced. One row each; a fault instead of amounts where there is one.
-- MATERIALIZED: what a step works out, the next uses several times; flattened, each use would work it out anew, step over step.
CREATE TEMP TABLE draft_line ON COMMIT DROP AS
WITH recurring AS MATERIALIZED (
    SELECT r.id, r.account_id, r.tariff_id, t.fee_item_id, r.start, coalesce(r.end, 'infinity'::date) AS "end", r.discount,
        coalesce(r.billed_until, '-infinity'::date) AS billed_until,
        t.cycle_months AS n, t.basis, t.timing, t.lead_days, t.due_days, t.proration,
        CASE t.rounding WHEN 'fen' THEN 0.01 WHEN 'jiao' THEN 0.1 ELSE 1 END AS step,
        CASE t.anchor WHEN 'lease' THEN r.start ELSE make_date(extract(year FROM r.start)::int, 1, 1) END AS base,
        CASE t.anchor WHEN 'lease' THEN 0 ELSE (extract(month FROM r.start)::int - 1) / t.cycle_months END AS k_from,
        -- No period that begins after this day can be due.
        least(r.end, CASE t.timing WHEN 'advance' THEN %(as_of)s::date + t.lead_days ELSE %(as_of)s::date - 1 END) AS until
    FROM billing_recurringcharge r JOIN billing_tariff t ON t.id = r.tariff_id
    WHERE r.property_id = %(property)s AND t.basis <> 'metered'
), standing AS (
    SELECT c.recurring_id, c.period_start FROM billing_charge c
    WHERE c.kind = 'run' AND c.property_id = %(property)s AND c.run_id <> %(run)s
        AND NOT EXISTS (SELECT FROM billing_chargevoid v WHERE v.charge_id = c.id)
), voided AS (
    SELECT c.recurring_id, c.period_start, count(*) AS attempt
    FROM billing_charge c JOIN billing_chargevoid v ON v.charge_id = c.id
    WHERE c.property_id = %(property)s GROUP BY 1, 2
), period AS (
    SELECT r.*, k * n AS month_no,
        (base + make_interval(months => k * n))::date AS period_start,
        (base + make_interval(months => k * n + n))::date AS period_stop
    FROM recurring r, generate_series(k_from,
        ((extract(year FROM until)::int - extract(year FROM base)::int) * 12
          + extract(month FROM until)::int - extract(month FROM base)::int) / n) AS k
    WHERE until >= start
), billed AS (
    SELECT p.*, greatest(period_start, start) AS first, least(period_stop - 1, "end") AS last
    FROM period p WHERE period_start <= until
), due AS (
    SELECT b.*, CASE timing WHEN 'advance' THEN first - lead_days ELSE last + 1 END AS bill_date
    FROM billed b
    WHERE last > billed_until
        AND CASE timing WHEN 'advance' THEN first - lead_days ELSE last + 1 END <= %(as_of)s::date
), unbilled AS MATERIALIZED (
    SELECT d.* FROM due d
    WHERE NOT EXISTS (SELECT FROM standing s WHERE s.recurring_id = d.id AND s.period_start = d.period_start)
), counted AS MATERIALIZED (
    -- Months are counted from the base; a month that would begin after the day is one too many (31 January + 1 month).
    SELECT u.*, first_month - CASE WHEN (base + make_interval(months => first_month))::date > first THEN 1 ELSE 0 END AS jf,
        last_month - CASE WHEN (base + make_interval(months => last_month))::date > last THEN 1 ELSE 0 END AS jl
    FROM (
        SELECT u.*,
            (extract(year FROM first)::int - extract(year FROM base)::int) * 12
                + extract(month FROM first)::int - extract(month FROM base)::int AS first_month,
            (extract(year FROM last)::int - extract(year FROM base)::int) * 12
                + extract(month FROM last)::int - extract(month FROM base)::int AS last_month
        FROM unbilled u
    ) AS u
), bounded AS MATERIALIZED (
    SELECT c.*,
        (base + make_interval(months => jf))::date AS first_opens, (base + make_interval(months => jf + 1))::date AS first_closes,
        (base + make_interval(months => jl))::date AS last_opens, (base + make_interval(months => jl + 1))::date AS last_closes
    FROM counted c
), weighed AS MATERIALIZED (
    SELECT b.*, greatest(last_opens, first) AS last_begins,
        first_closes - first_opens AS first_dim, least(first_closes - 1, last) - first + 1 AS first_days,
        last_closes - last_opens AS last_dim, last - greatest(last_opens, first) + 1 AS last_days
    FROM bounded b
), free AS MATERIALIZED (
    SELECT a.id AS account_id, f.fee_item_id, f.start, f."end"
    FROM billing_freespan f JOIN billing_billingaccount a ON a.tenure_id = f.tenure_id WHERE a.property_id = %(property)s
), freed AS MATERIALIZED (
    -- The few periods that a rent-free span touches.
    SELECT DISTINCT w.id, w.period_start FROM weighed w
    JOIN free f ON f.account_id = w.account_id AND f.fee_item_id = w.fee_item_id AND f.start <= w.last AND f."end" >= w.first
), plain AS (
    -- One price for the whole period: its months are weighed as whole ones but for the first and the last.
    -- Shares are counted in 1/377580, the least common multiple of 28, 29, 30 and 31.
    SELECT w.*, p.numerator, p.denominator, p.facts, p.fault,
        CASE WHEN proration = 'none' OR first_days = first_dim THEN 377580
            WHEN proration = 'actual' THEN first_days * (377580 / first_dim)
            ELSE least(first_days, 30) * 12586 END AS first_units,
        CASE WHEN jl = jf THEN 0
            WHEN proration = 'none' OR last_days = last_dim THEN 377580
            WHEN proration = 'actual' THEN last_days * (377580 / last_dim)
            ELSE least(last_days, 30) * 12586 END AS last_units,
        p.recurring_id IS NOT NULL AND p.day_before > w.last_begins AND d.id IS NULL AS is_plain, d.id IS NOT NULL AS is_freed
    FROM weighed w
    LEFT JOIN freed d ON d.id = w.id AND d.period_start = w.period_start
    LEFT JOIN draft_price p ON p.recurring_id = w.id AND p.day_from <= w.first AND p.day_before > w.first
), month AS (
    -- The few periods in which the price or a fact changes, or days are free, month by month; a month takes what is in force on its
    -- first billed day, and one without any is left out.
    SELECT m.id, m.period_start, m.proration, j, p.recurring_id, p.day_from, p.numerator, p.denominator, p.facts, p.fault, m.days, m.dim
    FROM (
        SELECT o.id, o.period_start, o.proration, o.j, o.closes - o.opens AS dim,
            CASE WHEN is_freed THEN f.days ELSE o.ends - o.begins + 1 END AS days,
            CASE WHEN is_freed THEN f.begins ELSE o.begins END AS begins
        FROM (
            SELECT w.*, greatest(opens, first) AS begins, least(closes - 1, last) AS ends
            FROM (
                SELECT w.*, j, (base + make_interval(months => j))::date AS opens, (base + make_interval(months => j + 1))::date AS closes
                FROM plain w, generate_series(jf, jl) AS j WHERE NOT is_plain
            ) AS w
        ) AS o
        LEFT JOIN LATERAL (
            SELECT count(*)::int AS days, min(d)::date AS begins
            FROM generate_series(o.begins, o.ends, '1 day') AS d
            WHERE NOT EXISTS (
                SELECT FROM free f WHERE f.account_id = o.account_id AND f.fee_item_id = o.fee_item_id AND d BETWEEN f.start AND f."end"
            )
        ) AS f ON o.is_freed
    ) AS m
    LEFT JOIN draft_price p ON p.recurring_id = m.id AND p.day_from <= m.begins AND p.day_before > m.begins
    WHERE m.days > 0
), part AS (
    SELECT id, period_start, day_from, numerator, denominator, facts, min(fault) AS fault, bool_or(recurring_id IS NULL) AS uncovered,
        sum(CASE WHEN proration = 'none' OR days = dim THEN 377580
            WHEN proration = 'actual' THEN days * (377580 / dim)
            ELSE least(days, 30) * 12586 END) AS units,
        count(*) FILTER (WHERE proration = 'none' OR days = dim) AS whole,
        coalesce(jsonb_agg(
            CASE proration WHEN 'actual' THEN jsonb_build_array(days, dim) ELSE jsonb_build_array(least(days, 30), 30) END ORDER BY j)
            FILTER (WHERE NOT (proration = 'none' OR days = dim)), '[]') AS partial
    FROM month GROUP BY id, period_start, day_from, numerator, denominator, facts
), pieced AS (
    SELECT id, period_start, yuju_sum_fractions(numerator * units, denominator) AS fraction,
        jsonb_agg(facts || jsonb_build_object('n', whole, 'p', partial) ORDER BY day_from) AS parts,
        CASE WHEN bool_or(uncovered) THEN 'no_version' ELSE (array_agg(fault ORDER BY
            array_position(ARRAY['no_rate', 'no_area', 'no_occupants', 'no_rent', 'no_floor', 'division_by_zero', 'negative_price'], fault)))[1]
        END AS fault
    FROM part GROUP BY id, period_start
), gross AS (
    SELECT p.id AS recurring_id, p.account_id, p.tariff_id, p.period_start, p.first, p.last, p.bill_date, p.bill_date + p.due_days AS due_date,
        p.step, p.discount, p.basis,
        CASE WHEN is_plain THEN p.fault ELSE m.fault END AS fault,
        CASE WHEN is_plain
            THEN yuju_half_up(p.numerator * (first_units + last_units + greatest(jl - jf - 1, 0) * 377580), p.denominator * 377580, step)
            WHEN m.id IS NULL THEN 0
            ELSE yuju_half_up(m.fraction[1], m.fraction[2] * 377580, step) END AS gross,
        CASE WHEN is_plain THEN jsonb_build_array(p.facts || jsonb_build_object(
            'n', greatest(jl - jf - 1, 0) + (first_units = 377580 AND (first_days = first_dim OR proration = 'none'))::int
                + (jl > jf AND (last_days = last_dim OR proration = 'none'))::int,
            'p', CASE WHEN proration = 'none' OR (first_days = first_dim AND (jl = jf OR last_days = last_dim)) THEN '[]'::jsonb
                WHEN proration = 'actual' THEN
                    CASE WHEN jl = jf OR last_days = last_dim THEN jsonb_build_array(jsonb_build_array(first_days, first_dim))
                        WHEN first_days = first_dim THEN jsonb_build_array(jsonb_build_array(last_days, last_dim))
                        ELSE jsonb_build_array(jsonb_build_array(first_days, first_dim), jsonb_build_array(last_days, last_dim)) END
                WHEN jl = jf OR last_days = last_dim THEN jsonb_build_array(jsonb_build_array(least(first_days, 30), 30))
                WHEN first_days = first_dim THEN jsonb_build_array(jsonb_build_array(least(last_days, 30), 30))
                ELSE jsonb_build_array(jsonb_build_array(least(first_days, 30), 30), jsonb_build_array(least(last_days, 30), 30)) END))
            -- Every day of it is free.
            ELSE coalesce(m.parts, '[]'::jsonb) END AS parts
    FROM plain p LEFT JOIN pieced m ON NOT p.is_plain AND m.id = p.id AND m.period_start = p.period_start
)
SELECT g.recurring_id, g.account_id, g.tariff_id, NULL::bigint AS reading_id, g.period_start, coalesce(v.attempt, 0)::smallint AS attempt,
    g.first AS start, g.last AS "end", g.bill_date, g.due_date, g.gross,
    CASE WHEN g.discount = 0 THEN 0 ELSE yuju_half_up(g.gross * g.discount, 1, g.step) END AS discount, g.cause AS fault,
    CASE WHEN g.cause IS NULL THEN CASE WHEN g.discount = 0
        THEN jsonb_build_object('k', g.basis, 'parts', g.parts)
        ELSE jsonb_build_object('k', g.basis, 'parts', g.parts, 'd', trim_scale(g.discount * 100)::text) END END AS derivation
FROM (
    -- No charge can hold a larger amount; one such formula must not stop the run.
    SELECT x.*, coalesce(x.fault, CASE WHEN x.gross >= 1000000000000 THEN 'too_large' END) AS cause FROM gross x
) AS g LEFT JOIN voided v ON v.recurring_id = g.recurring_id AND v.period_start = g.period_start

-- Consumption that has no standing charge yet, priced by tiers or rate.
INSERT INTO draft_line (recurring_id, account_id, tariff_id, reading_id, period_start, attempt, start, "end", bill_date, due_date,
    gross, discount, fault, derivation)
WITH version AS (
    SELECT v.id, v.tariff_id, v.rate, v.tiers, v.valid_from,
        lead(v.valid_from, 1, 'infinity'::date) OVER (PARTITION BY v.tariff_id ORDER BY v.valid_from) AS valid_before
    FROM billing_tariffversion v JOIN billing_tariff t ON t.id = v.tariff_id
    WHERE t.property_id = %(property)s AND t.basis = 'metered'
), tier AS (
    -- The price of everything up to x is `below + (x - above) * price` in the tier that x lies in.
    SELECT * FROM unnest(%(tier_versions)s::bigint[], %(tier_above)s::numeric[], %(tier_upto)s::numeric[], %(tier_prices)s::numeric[],
        %(tier_below)s::numeric[]) AS tier (version_id, above, upto, price, below)
), standing AS (
    SELECT c.recurring_id, c.period_start FROM billing_charge c
    WHERE c.kind = 'run' AND c.property_id = %(property)s AND c.run_id <> %(run)s
        AND NOT EXISTS (SELECT FROM billing_chargevoid v WHERE v.charge_id = c.id)
), voided AS (
    SELECT c.recurring_id, c.period_start, count(*) AS attempt
    FROM billing_charge c JOIN billing_chargevoid v ON v.charge_id = c.id
    WHERE c.property_id = %(property)s GROUP BY 1, 2
), due AS (
    SELECT i.*, r.account_id, r.tariff_id, r.discount, r.rate AS own_rate, t.due_days, t.tier_scope = 'year' AS yearly,
        CASE t.rounding WHEN 'fen' THEN 0.01 WHEN 'jiao' THEN 0.1 ELSE 1 END AS step,
        v.id AS version_id, v.valid_from, v.rate, v.tiers,
        r.rate IS NULL AND v.tiers <> '' AS tiered
    FROM draft_interval i
    JOIN billing_recurringcharge r ON r.id = i.recurring_id
    JOIN billing_tariff t ON t.id = r.tariff_id
    LEFT JOIN version v ON v.tariff_id = t.id AND v.valid_from <= i.date AND v.valid_before > i.date
    WHERE (r.billed_until IS NULL OR i.date > r.billed_until)
        AND NOT EXISTS (SELECT FROM standing s WHERE s.recurring_id = i.recurring_id AND s.period_start = i.previous_date)
), priced AS (
    SELECT d.*,
        coalesce(d.fault, CASE WHEN d.version_id IS NULL THEN 'no_version'
            WHEN NOT tiered AND coalesce(own_rate, rate) IS NULL THEN 'no_rate' END) AS cause,
        CASE WHEN NOT tiered THEN consumption * coalesce(own_rate, rate)
            ELSE (upper_tier.below + (counted - upper_tier.above) * upper_tier.price)
               - (lower_tier.below + (counted - consumption - lower_tier.above) * lower_tier.price) END AS price
    FROM (SELECT d.*, CASE WHEN yearly THEN standing ELSE 0 END + consumption AS counted FROM due d) AS d
    LEFT JOIN tier upper_tier ON tiered AND upper_tier.version_id = d.version_id
        AND counted >= upper_tier.above AND (upper_tier.upto IS NULL OR counted < upper_tier.upto)
    LEFT JOIN tier lower_tier ON tiered AND lower_tier.version_id = d.version_id
        AND counted - consumption >= lower_tier.above AND (lower_tier.upto IS NULL OR counted - consumption < lower_tier.upto)
), gross AS (
    SELECT p.*, CASE WHEN cause IS NOT NULL THEN cause WHEN price < 0 THEN 'negative_price'
            WHEN price >= 999999999999 AND yuju_half_up(price, 1, step) >= 1000000000000 THEN 'too_large' END AS final_cause,
        yuju_half_up(price, 1, step) AS gross
    FROM priced p
)
SELECT g.recurring_id, g.account_id, g.tariff_id, g.reading_id, g.previous_date, coalesce(v.attempt, 0)::smallint,
    g.previous_date, g.date, g.date, g.date + g.due_days, g.gross,
    CASE WHEN g.discount = 0 THEN 0 ELSE yuju_half_up(g.gross * g.discount, 1, g.step) END, g.final_cause,
    CASE WHEN g.final_cause IS NULL THEN
        jsonb_build_object('k', 'metered', 'v', g.valid_from, 'from', trim_scale(g.previous_value)::text, 'to', trim_scale(g.value)::text,
            'x', trim_scale(g.multiplier)::text, 'q', trim_scale(g.consumption)::text)
        || CASE WHEN NOT tiered THEN jsonb_build_object('rate', trim_scale(coalesce(g.own_rate, g.rate))::text)
            WHEN yearly THEN jsonb_build_object('tiers', g.tiers, 's', trim_scale(g.standing)::text)
            ELSE jsonb_build_object('tiers', g.tiers) END
        || CASE WHEN g.is_rollover THEN jsonb_build_object('w', g.digits) ELSE '{}' END
        || CASE WHEN g.discount <> 0 THEN jsonb_build_object('d', trim_scale(g.discount * 100)::text) ELSE '{}' END
    END
FROM gross g LEFT JOIN voided v ON v.recurring_id = g.recurring_id AND v.period_start = g.previous_date

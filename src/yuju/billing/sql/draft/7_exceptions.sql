-- What could not be billed, and what was billed but looks unusual. What an issued run had confirmed is not asked again.
INSERT INTO billing_runexception (operator_id, run_id, cause, severity, identity, recurring_id, point_id, reading_id, start, "end",
    detail, decision, decided_at, decided_by_id)
WITH found AS (
    SELECT fault AS cause, 'blocked' AS severity, recurring_id, NULL::bigint AS point_id, reading_id, period_start AS start, "end",
        '{}'::jsonb AS detail
    FROM draft_line WHERE fault IS NOT NULL AND reading_id IS NULL
    UNION ALL
    SELECT l.fault, 'blocked', l.recurring_id, i.point_id, l.reading_id, l.start, l.end,
        jsonb_build_object('from', trim_scale(i.previous_value)::text, 'to', trim_scale(i.value)::text)
    FROM draft_line l JOIN draft_interval i ON i.reading_id = l.reading_id AND i.recurring_id = l.recurring_id
    WHERE l.fault IS NOT NULL
    UNION ALL
    SELECT coalesce(i.fault, 'nobody'), 'blocked', NULL, i.point_id, i.reading_id, i.previous_date, i.date,
        jsonb_build_object('from', trim_scale(i.previous_value)::text, 'to', trim_scale(i.value)::text,
            'q', trim_scale(i.consumption)::text)
    FROM draft_interval i
    WHERE i.recurring_id IS NULL AND (i.fault IS NOT NULL OR i.consumption > 0)
    UNION ALL
    -- A reading at fault in what counts as billed: told where later consumption waits for it, or nobody would know what to mend.
    SELECT i.fault, 'blocked', i.recurring_id, i.point_id, i.reading_id, i.previous_date, i.date,
        jsonb_build_object('from', trim_scale(i.previous_value)::text, 'to', trim_scale(i.value)::text)
    FROM draft_interval i
    WHERE i.recurring_id IS NOT NULL AND i.fault <> 'waiting'
        AND NOT EXISTS (SELECT FROM draft_line l WHERE l.reading_id = i.reading_id AND l.fault IS NOT NULL)
        AND i.point_id IN (
            SELECT w.point_id FROM draft_interval w WHERE w.fault = 'waiting' AND w.recurring_id IS NULL
            UNION ALL
            SELECT w.point_id FROM draft_interval w JOIN draft_line l ON l.reading_id = w.reading_id WHERE l.fault = 'waiting')
    UNION ALL
    SELECT 'no_closing_reading', 'blocked', r.id, r.point_id, NULL, r.end, r.end, '{}'
    FROM billing_recurringcharge r
    WHERE r.property_id = %(property)s AND r.point_id IS NOT NULL AND r.end <= %(as_of)s::date
        AND (r.billed_until IS NULL OR r.billed_until < r.end)
        AND NOT EXISTS (
            SELECT FROM metering_installation i JOIN metering_reading x ON x.meter_id = i.meter_id
            WHERE i.point_id = r.point_id AND x.date IN (r.end, r.end + 1) AND x.superseded_by_id IS NULL AND NOT x.is_void)
    UNION ALL
    SELECT CASE WHEN consumption = 0 THEN 'no_consumption' ELSE 'spike' END, 'review', recurring_id, point_id, reading_id,
        previous_date, date,
        jsonb_build_object('from', trim_scale(previous_value)::text, 'to', trim_scale(value)::text, 'q', trim_scale(consumption)::text,
            'usual', round(usual * (date - previous_date), 2)::text, 'count', seen)
    FROM (
        SELECT i.*, sum(consumption) OVER before / nullif(sum(date - previous_date) OVER before, 0) AS usual, count(*) OVER before AS seen
        FROM draft_interval i WHERE recurring_id IS NOT NULL
        WINDOW before AS (PARTITION BY recurring_id ORDER BY date ROWS BETWEEN 6 PRECEDING AND 1 PRECEDING)
    ) AS usual
    WHERE seen >= 3 AND usual > 0 AND fault IS NULL AND date > %(as_of)s::date - 45
        AND (consumption = 0 OR consumption > 4 * usual * (date - previous_date))
        AND EXISTS (SELECT FROM draft_line l WHERE l.recurring_id = usual.recurring_id AND l.reading_id = usual.reading_id AND l.fault IS NULL)
), named AS (
    SELECT f.*, concat_ws(':', cause, recurring_id, coalesce(point_id, 0), coalesce(reading_id, 0), start) AS identity FROM found f
)
SELECT %(operator)s, %(run)s, n.cause, n.severity, n.identity, n.recurring_id, n.point_id, n.reading_id, n.start, n.end, n.detail,
    coalesce(earlier.decision, 'open'), earlier.decided_at, earlier.decided_by_id
FROM named n
LEFT JOIN LATERAL (
    SELECT e.decision, e.decided_at, e.decided_by_id
    FROM billing_runexception e JOIN billing_billrun b ON b.id = e.run_id AND b.state = 'issued' AND b.property_id = %(property)s
    WHERE e.identity = n.identity AND e.decision = 'confirmed' ORDER BY e.id DESC LIMIT 1
) AS earlier ON true

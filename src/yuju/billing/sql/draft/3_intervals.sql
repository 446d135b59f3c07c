-- Consumption between readings, standing within the calendar year, and who it belongs to.
CREATE TEMP TABLE draft_interval ON COMMIT DROP AS
WITH reading AS (
    SELECT i.point_id, i.id AS installation_id, r.id, r.meter_id, r.date, r.value, r.is_rollover, m.multiplier, m.digits,
        lag(r.date) OVER installation AS previous_date, lag(r.value) OVER installation AS previous_value
    FROM metering_reading r
    JOIN metering_meter m ON m.id = r.meter_id
    JOIN metering_installation i ON i.meter_id = r.meter_id
        AND (i.start IS NULL OR r.date >= i.start) AND (i.end IS NULL OR r.date <= i.end)
    WHERE r.property_id = %(property)s AND r.superseded_by_id IS NULL AND NOT r.is_void AND r.date <= %(as_of)s::date
        AND EXISTS (SELECT FROM billing_recurringcharge c WHERE c.point_id = i.point_id)
    WINDOW installation AS (PARTITION BY i.id ORDER BY r.date)
), checked AS (
    SELECT r.*,
        CASE WHEN NOT is_rollover AND value < previous_value THEN 'backwards'
            WHEN is_rollover AND value >= previous_value THEN 'rollover_not_below' END AS own_fault,
        (value - previous_value + CASE WHEN is_rollover THEN power(10::numeric, digits) ELSE 0 END) * multiplier AS consumption
    FROM reading r WHERE previous_date IS NOT NULL
), waiting AS (
    SELECT c.*,
        count(own_fault) OVER (PARTITION BY point_id ORDER BY date, installation_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > 0 AS waits,
        coalesce(sum(consumption) OVER (PARTITION BY point_id, extract(year FROM date)
            ORDER BY date, installation_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS standing
    FROM checked c
)
SELECT w.point_id, w.id AS reading_id, w.meter_id, w.date, w.previous_date, w.value, w.previous_value, w.is_rollover, w.digits,
    w.multiplier, w.consumption, w.standing, r.id AS recurring_id,
    CASE WHEN w.waits THEN 'waiting' ELSE w.own_fault END AS fault
FROM waiting w
LEFT JOIN billing_recurringcharge r ON r.point_id = w.point_id
    AND w.previous_date >= r.start AND (r.end IS NULL OR w.date <= r.end + 1)

SELECT count(*) FROM billing_charge c WHERE c.kind = 'run' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'charge', c.id, concat(c.start, ' – ', c.end), concat(r.start, ' – ', r.end)
FROM billing_charge c JOIN billing_recurringcharge r ON r.id = c.recurring_id JOIN billing_tariff t ON t.id = c.tariff_id
JOIN billing_billingaccount a ON a.id = r.account_id
-- A draft that was overtaken is refused when it is issued.
JOIN billing_billrun b ON b.id = c.run_id AND b.state = 'issued'
WHERE c.kind = 'run' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
    AND NOT EXISTS (SELECT FROM billing_adjustment j WHERE j.charge_id = c.id AND j.kind = 'price')
    AND (c.start < r.start OR c.end > r.end + CASE WHEN c.reading_id IS NULL THEN 0 ELSE 1 END OR c.account_id <> r.account_id)
    -- The end moved into its period, and the days that fell away cost nothing: the 31st by thirty days, days that are free.
    AND NOT (
        c.reading_id IS NULL AND c.account_id = r.account_id AND c.start >= r.start
        -- A period from the 31st may go some days further than its nominal start says.
        AND c.end <= (c.period_start + make_interval(months => t.cycle_months))::date + 2
        AND (c.amount = 0 OR (c.start <= r.end AND (t.proration <> 'actual' OR t.rounding <> 'fen' OR EXISTS (
            SELECT FROM billing_freespan f
            WHERE f.tenure_id = a.tenure_id AND f.fee_item_id = t.fee_item_id AND f.start <= c.end AND f.end > r.end))))
    )

SELECT count(*) FROM billing_charge c WHERE c.kind = 'run' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'charge', c.id, concat(c.start, ' – ', c.end), concat(r.start, ' – ', r.end)
FROM billing_charge c JOIN billing_recurringcharge r ON r.id = c.recurring_id
-- A draft that was overtaken is refused when it is issued.
JOIN billing_billrun b ON b.id = c.run_id AND b.state = 'issued'
WHERE c.kind = 'run' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
    AND NOT EXISTS (SELECT FROM billing_adjustment j WHERE j.charge_id = c.id AND j.kind = 'price')
    AND (c.start < r.start OR c.end > r.end + CASE WHEN c.reading_id IS NULL THEN 0 ELSE 1 END OR c.account_id <> r.account_id)

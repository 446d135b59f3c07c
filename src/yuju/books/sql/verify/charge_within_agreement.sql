SELECT count(*) FROM billing_charge c WHERE c.kind = 'run' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'charge', c.id, concat(c.start, ' – ', c.end), concat(r.start, ' – ', r.end)
FROM billing_charge c JOIN billing_recurringcharge r ON r.id = c.recurring_id
WHERE c.kind = 'run' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
    AND (c.start < r.start OR c.end > r.end + CASE WHEN c.reading_id IS NULL THEN 0 ELSE 1 END OR c.account_id <> r.account_id)

SELECT count(*) FROM payments_allocation a JOIN payments_payment c ON c.id = a.payment_id
WHERE a.releases_id IS NOT NULL AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'allocation', o.id, o.amount::text, (-s.released)::text
FROM payments_allocation o
JOIN payments_payment c ON c.id = o.payment_id
JOIN (SELECT releases_id, sum(amount) AS released FROM payments_allocation WHERE releases_id IS NOT NULL GROUP BY 1) AS s ON s.releases_id = o.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND (o.releases_id IS NOT NULL OR -s.released > o.amount)
UNION ALL
SELECT 'allocation', a.id, concat_ws(', ', a.payment_id, a.charge_id, a.amount), concat_ws(', ', o.payment_id, o.charge_id)
FROM payments_allocation a
JOIN payments_payment c ON c.id = a.payment_id
LEFT JOIN payments_allocation o ON o.id = a.releases_id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
    AND CASE WHEN a.releases_id IS NULL THEN a.amount <= 0
        ELSE a.amount >= 0 OR (o.payment_id, o.charge_id) IS DISTINCT FROM (a.payment_id, a.charge_id) END

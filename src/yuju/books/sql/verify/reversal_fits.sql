SELECT count(*) FROM payments_payment c WHERE c.reverses_id IS NOT NULL AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'payment', c.id, concat_ws(', ', c.account_id, c.channel, c.amount), concat_ws(', ', p.account_id, p.channel, -p.amount)
FROM payments_payment c LEFT JOIN payments_payment p ON p.id = c.reverses_id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
    AND CASE WHEN c.reverses_id IS NULL THEN c.amount <= 0
        ELSE (p.account_id, p.channel, p.amount, p.reverses_id) IS DISTINCT FROM (c.account_id, c.channel, -c.amount, NULL::bigint) END
UNION ALL
SELECT 'payment', p.id, '0', s.used::text
FROM payments_payment c
JOIN payments_payment p ON p.id = c.reverses_id
JOIN (SELECT payment_id, sum(amount) AS used FROM payments_allocation GROUP BY 1) AS s ON s.payment_id = p.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND s.used <> 0
UNION ALL
SELECT 'payment', c.reverses_id, '1', count(*)::text
FROM payments_payment c WHERE c.reverses_id IS NOT NULL AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
GROUP BY c.reverses_id HAVING count(*) > 1

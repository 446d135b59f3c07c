SELECT count(*) FROM payments_payment c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'payment', c.id, c.amount, s.used
FROM payments_payment c JOIN (
    SELECT payment_id, sum(amount) AS used
    FROM (SELECT payment_id, amount FROM payments_allocation UNION ALL SELECT payment_id, amount FROM payments_refund) AS out
    GROUP BY payment_id
) AS s ON s.payment_id = c.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND s.used NOT BETWEEN 0 AND c.amount

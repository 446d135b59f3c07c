SELECT count(*) FROM payments_refund c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'refund', c.id, concat_ws(', ', c.account_id, c.property_id), concat_ws(', ', p.account_id, p.property_id)
FROM payments_refund c JOIN payments_payment p ON p.id = c.payment_id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND ((c.account_id, c.property_id) <> (p.account_id, p.property_id) OR c.amount <= 0)
UNION ALL
SELECT 'payment', c.id, c.amount::text, coalesce(s.moved, 0)::text
FROM payments_payment c
LEFT JOIN (SELECT moved_to_id, sum(amount) AS moved FROM payments_refund GROUP BY 1) AS s ON s.moved_to_id = c.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND CASE c.channel WHEN 'transfer' THEN c.amount <> coalesce(s.moved, 0) ELSE s.moved IS NOT NULL END

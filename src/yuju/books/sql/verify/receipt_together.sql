SELECT count(*) FROM payments_receipt c WHERE c.total IS NOT NULL AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
-- A receipt says a total where several payments stand on it, and then it is their sum.
SELECT 'receipt', c.id, coalesce(c.total::text, '—'), s.amount::text
FROM payments_receipt c
JOIN (
    SELECT coalesce(p.together_with_id, p.id) AS first_id, sum(p.amount) AS amount, count(*) AS payments FROM payments_payment p
    WHERE p.together_with_id IS NOT NULL
        OR EXISTS (SELECT FROM payments_payment o WHERE o.together_with_id = p.id)
        OR p.id IN (SELECT t.payment_id FROM payments_receipt t WHERE t.total IS NOT NULL)
    GROUP BY 1
) AS s ON s.first_id = c.payment_id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
    AND CASE WHEN s.payments > 1 THEN c.total IS DISTINCT FROM s.amount ELSE c.total IS NOT NULL END
UNION ALL
-- They are of one company, taken at one moment in one way, and taken back together or not at all.
SELECT 'payment', p.id, concat(p.posted_at, ' ', p.channel), concat(f.posted_at, ' ', f.channel)
FROM payments_payment p
JOIN payments_payment f ON f.id = p.together_with_id
JOIN billing_billingaccount pa ON pa.id = p.account_id
JOIN residency_tenure pt ON pt.id = pa.tenure_id
JOIN billing_billingaccount fa ON fa.id = f.account_id
JOIN residency_tenure ft ON ft.id = fa.tenure_id
WHERE (%(property)s::bigint IS NULL OR p.property_id = %(property)s)
    AND ((p.property_id, p.posted_at, p.received_on, p.channel, pt.resident_id) IS DISTINCT FROM
            (f.property_id, f.posted_at, f.received_on, f.channel, ft.resident_id)
        OR f.together_with_id IS NOT NULL OR p.account_id = f.account_id
        OR EXISTS (SELECT FROM payments_payment x WHERE x.reverses_id = p.id)
            <> EXISTS (SELECT FROM payments_payment x WHERE x.reverses_id = f.id))

SELECT count(*) FROM payments_shift c WHERE c.closed_at IS NOT NULL AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'shift', c.id, c.expected, c.opening_float + coalesce(s.cash, 0) - coalesce(o.cash, 0)
FROM payments_shift c
LEFT JOIN (SELECT shift_id, sum(amount) AS cash FROM payments_payment WHERE channel = 'cash' GROUP BY 1) AS s ON s.shift_id = c.id
LEFT JOIN (SELECT shift_id, sum(amount) AS cash FROM payments_refund WHERE channel = 'cash' GROUP BY 1) AS o ON o.shift_id = c.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND c.closed_at IS NOT NULL
    AND c.expected <> c.opening_float + coalesce(s.cash, 0) - coalesce(o.cash, 0)

SELECT count(*) FROM billing_adjustment c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'charge', c.id, (c.amount + s.adjusted)::text, concat_ws(', ', c.property_id, s.property_id, r.state)
FROM (SELECT charge_id, min(property_id) AS property_id, sum(amount) AS adjusted FROM billing_adjustment GROUP BY 1) AS s
JOIN billing_charge c ON c.id = s.charge_id
LEFT JOIN billing_billrun r ON r.id = c.run_id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND (c.amount + s.adjusted < 0 OR s.property_id <> c.property_id OR r.state <> 'issued')

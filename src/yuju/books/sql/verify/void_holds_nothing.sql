SELECT count(*) FROM billing_chargevoid v JOIN billing_charge c ON c.id = v.charge_id WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'charge', c.id, 0, s.settled
FROM billing_chargevoid v
JOIN billing_charge c ON c.id = v.charge_id
JOIN (SELECT charge_id, sum(amount) AS settled FROM payments_allocation GROUP BY 1) AS s ON s.charge_id = c.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND s.settled <> 0

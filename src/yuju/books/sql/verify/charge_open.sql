SELECT count(*) FROM billing_charge c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'charge', c.id, c.amount + coalesce((SELECT sum(j.amount) FROM billing_adjustment j WHERE j.charge_id = c.id), 0), s.settled
FROM billing_charge c JOIN (SELECT charge_id, sum(amount) AS settled FROM payments_allocation GROUP BY charge_id) AS s ON s.charge_id = c.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND s.settled NOT BETWEEN 0 AND c.amount + coalesce((SELECT sum(j.amount) FROM billing_adjustment j WHERE j.charge_id = c.id), 0)

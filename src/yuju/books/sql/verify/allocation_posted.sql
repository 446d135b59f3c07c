SELECT count(*) FROM payments_allocation a JOIN billing_charge c ON c.id = a.charge_id WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'allocation', a.id, r.state, 'issued'
FROM payments_allocation a JOIN billing_charge c ON c.id = a.charge_id JOIN billing_billrun r ON r.id = c.run_id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND r.state <> 'issued'

SELECT count(*) FROM payments_allocation a JOIN payments_payment c ON c.id = a.payment_id WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'allocation', a.id, c.account_id, h.account_id
FROM payments_allocation a JOIN payments_payment c ON c.id = a.payment_id JOIN billing_charge h ON h.id = a.charge_id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND h.account_id <> c.account_id

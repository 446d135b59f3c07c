SELECT count(*) FROM billing_charge c WHERE c.kind = 'run' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'charge', c.id, c.bill_id, NULL::text
FROM billing_charge c LEFT JOIN billing_bill b ON b.id = c.bill_id AND b.run_id = c.run_id AND b.account_id = c.account_id
    AND b.due_date = c.due_date AND b.property_id = c.property_id
WHERE c.kind = 'run' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND b.id IS NULL

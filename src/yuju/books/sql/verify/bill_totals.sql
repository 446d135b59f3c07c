SELECT count(*) FROM billing_bill c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'bill', c.id, concat(c.total, ' (', c.charge_count, ')'), concat(coalesce(s.total, 0), ' (', coalesce(s.charges, 0), ')')
FROM billing_bill c
LEFT JOIN (SELECT bill_id, sum(amount) AS total, count(*) AS charges FROM billing_charge GROUP BY bill_id) AS s ON s.bill_id = c.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND (c.total <> coalesce(s.total, 0) OR c.charge_count <> coalesce(s.charges, 0))

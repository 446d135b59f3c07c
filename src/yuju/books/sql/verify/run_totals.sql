SELECT count(*) FROM billing_billrun c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'bill run', c.id, concat(c.total, ' (', c.bill_count, ', ', c.charge_count, ')'),
    concat(coalesce(s.total, 0), ' (', coalesce(s.bills, 0), ', ', coalesce(s.charges, 0), ')')
FROM billing_billrun c
LEFT JOIN (SELECT run_id, sum(total) AS total, count(*) AS bills, sum(charge_count) AS charges FROM billing_bill GROUP BY run_id) AS s
    ON s.run_id = c.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND (c.total <> coalesce(s.total, 0) OR c.bill_count <> coalesce(s.bills, 0) OR c.charge_count <> coalesce(s.charges, 0))

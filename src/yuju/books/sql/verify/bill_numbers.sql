SELECT count(*) FROM billing_bill c JOIN billing_billrun r ON r.id = c.run_id WHERE r.state = 'issued' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'bill', c.id, coalesce(c.number, '—'), r.state FROM billing_bill c JOIN billing_billrun r ON r.id = c.run_id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND (r.state = 'issued') <> (c.number IS NOT NULL)
UNION ALL
SELECT 'bill', max(c.id), max(c.number), count(*)::text
FROM billing_bill c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND c.number IS NOT NULL
GROUP BY c.property_id, regexp_replace(c.number, '[0-9]+$', '')
HAVING max(substring(c.number FROM '[0-9]+$')::bigint) <> count(*)

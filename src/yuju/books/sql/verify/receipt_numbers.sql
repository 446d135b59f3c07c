SELECT count(*) FROM payments_receipt c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'receipt', max(c.id), max(c.number), count(*)
FROM payments_receipt c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
GROUP BY c.property_id, regexp_replace(c.number, '[0-9]+$', '')
HAVING max(substring(c.number FROM '[0-9]+$')::bigint) <> count(*)

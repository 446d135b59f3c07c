SELECT count(*) FROM billing_collectivebill c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'collective bill', c.id, concat(c.number, ' ', c.total, ' (', c.bill_count, ')'), concat(coalesce(s.total, 0), ' (', coalesce(s.bills, 0), ')')
FROM billing_collectivebill c
LEFT JOIN (
    SELECT b.collective_id, sum(b.total) AS total, count(*) AS bills, min(b.due_date) AS due_date FROM billing_bill b
    WHERE b.collective_id IS NOT NULL GROUP BY b.collective_id
) AS s ON s.collective_id = c.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
    AND (c.total <> coalesce(s.total, 0) OR c.bill_count <> coalesce(s.bills, 0) OR c.due_date IS DISTINCT FROM s.due_date)
UNION ALL
-- On it stand all bills of its run for its company, and no others.
SELECT 'bill', b.id, coalesce(c.number, '—'), r.kind
FROM billing_bill b
JOIN billing_billrun n ON n.id = b.run_id AND n.state = 'issued'
JOIN billing_billingaccount a ON a.id = b.account_id
JOIN residency_tenure t ON t.id = a.tenure_id
JOIN residency_resident r ON r.id = t.resident_id
LEFT JOIN billing_collectivebill c ON c.id = b.collective_id
WHERE (%(property)s::bigint IS NULL OR b.property_id = %(property)s)
    AND CASE r.kind WHEN 'company' THEN
        (c.run_id, c.resident_id, c.property_id) IS DISTINCT FROM (b.run_id, r.id, b.property_id)
        ELSE b.collective_id IS NOT NULL END
UNION ALL
SELECT 'collective bill', max(c.id), max(c.number), count(*)::text
FROM billing_collectivebill c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
GROUP BY c.property_id, regexp_replace(c.number, '[0-9]+$', '')
HAVING max(substring(c.number FROM '[0-9]+$')::bigint) <> count(*)

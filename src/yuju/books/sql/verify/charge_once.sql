SELECT count(DISTINCT (c.recurring_id, c.period_start)) FROM billing_charge c WHERE c.kind = 'run' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'charge', max(c.id), count(*), 1 FROM billing_charge c
WHERE c.kind = 'run' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND NOT EXISTS (SELECT FROM billing_chargevoid v WHERE v.charge_id = c.id)
GROUP BY c.recurring_id, c.period_start HAVING count(*) > 1

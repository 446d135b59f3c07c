SELECT count(*) FROM billing_bill b JOIN billing_billrun r ON r.id = b.run_id AND r.state = 'issued'
WHERE (%(property)s::bigint IS NULL OR b.property_id = %(property)s);
SELECT 'bill', coalesce(b.id, s.bill_id), CASE WHEN s.bill_id IS NULL THEN 'open' ELSE 'settled' END, coalesce(b.open::text, 'no issued bill')
FROM (
    SELECT b.id, b.property_id, b.total - coalesce(void.amount, 0) + coalesce(adjusted.amount, 0) - coalesce(paid.amount, 0) AS open
    FROM billing_bill b
    JOIN billing_billrun r ON r.id = b.run_id AND r.state = 'issued'
    LEFT JOIN (
        SELECT c.bill_id, sum(c.amount) AS amount FROM billing_chargevoid v JOIN billing_charge c ON c.id = v.charge_id GROUP BY c.bill_id
    ) AS void ON void.bill_id = b.id
    LEFT JOIN (
        SELECT c.bill_id, sum(j.amount) AS amount FROM billing_adjustment j JOIN billing_charge c ON c.id = j.charge_id
        WHERE NOT EXISTS (SELECT FROM billing_chargevoid v WHERE v.charge_id = c.id) GROUP BY c.bill_id
    ) AS adjusted ON adjusted.bill_id = b.id
    LEFT JOIN (
        SELECT c.bill_id, sum(a.amount) AS amount FROM payments_allocation a JOIN billing_charge c ON c.id = a.charge_id GROUP BY c.bill_id
    ) AS paid ON paid.bill_id = b.id
) AS b
FULL JOIN payments_settledbill s ON s.bill_id = b.id AND s.property_id = b.property_id
WHERE (%(property)s::bigint IS NULL OR coalesce(b.property_id, s.property_id) = %(property)s)
    AND (b.open <= 0) IS DISTINCT FROM (s.bill_id IS NOT NULL)

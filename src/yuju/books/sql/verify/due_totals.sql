SELECT count(*) FROM payments_duetotal d WHERE (%(property)s::bigint IS NULL OR d.property_id = %(property)s);
SELECT 'property', coalesce(said.property_id, found.property_id), concat_ws(' ', coalesce(said.due_date, found.due_date)::text, said.bills, said.settled_bills,
    said.billed, said.adjusted, said.settled), concat_ws(' ', found.bills, found.settled_bills, found.billed, found.adjusted, found.settled)
FROM (
    SELECT property_id, due_date, sum(bills) AS bills, sum(settled_bills) AS settled_bills, sum(billed) AS billed, sum(adjusted) AS adjusted, sum(settled) AS settled
    FROM payments_duetotal GROUP BY property_id, due_date
) AS said
FULL JOIN (
    SELECT property_id, due_date, sum(bills) AS bills, sum(settled_bills) AS settled_bills, sum(billed) AS billed, sum(adjusted) AS adjusted, sum(settled) AS settled
    FROM (
        SELECT b.property_id, b.due_date, 1 AS bills, (s.id IS NOT NULL)::int AS settled_bills, b.total AS billed, 0 AS adjusted, 0 AS settled
        FROM billing_bill b JOIN billing_billrun r ON r.id = b.run_id AND r.state = 'issued'
        LEFT JOIN payments_settledbill s ON s.bill_id = b.id
        UNION ALL
        SELECT c.property_id, c.due_date, 0, 0, 0, 0, a.amount FROM payments_allocation a JOIN billing_charge c ON c.id = a.charge_id
        UNION ALL
        SELECT c.property_id, c.due_date, 0, 0, 0, j.amount, 0 FROM billing_adjustment j JOIN billing_charge c ON c.id = j.charge_id
    ) AS facts GROUP BY property_id, due_date
) AS found ON (found.property_id, found.due_date) = (said.property_id, said.due_date)
WHERE (%(property)s::bigint IS NULL OR coalesce(said.property_id, found.property_id) = %(property)s)
    AND (coalesce(said.bills, 0), coalesce(said.settled_bills, 0), coalesce(said.billed, 0), coalesce(said.adjusted, 0), coalesce(said.settled, 0))
        <> (coalesce(found.bills, 0), coalesce(found.settled_bills, 0), coalesce(found.billed, 0), coalesce(found.adjusted, 0), coalesce(found.settled, 0))

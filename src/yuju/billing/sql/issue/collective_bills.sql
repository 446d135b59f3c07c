-- The bills of a run by company, each company's under one number from %(first)s on, in the order of their names.
WITH of_companies AS (
    SELECT b.id, b.operator_id, b.property_id, b.run_id, b.due_date, b.total, n.resident_id, r.name_sort
    FROM residency_resident r
    JOIN residency_tenure n ON n.resident_id = r.id
    JOIN billing_billingaccount a ON a.tenure_id = n.id
    JOIN billing_bill b ON b.account_id = a.id AND b.run_id = %(run)s
    WHERE r.kind = 'company' AND r.property_id = %(property)s
), by_company AS (
    SELECT operator_id, property_id, run_id, resident_id, min(due_date) AS due_date, sum(total) AS total, count(*) AS bills,
        row_number() OVER (ORDER BY min(name_sort), resident_id) AS position
    FROM of_companies GROUP BY operator_id, property_id, run_id, resident_id
), made AS (
    INSERT INTO billing_collectivebill (operator_id, property_id, run_id, resident_id, number, due_date, total, bill_count)
    SELECT c.operator_id, c.property_id, c.run_id, c.resident_id,
        %(prefix)s || lpad(n.text, greatest(4, length(n.text)), '0'), c.due_date, c.total, c.bills
    FROM by_company c, LATERAL (SELECT (%(first)s + c.position - 1)::text) AS n (text)
    ORDER BY c.position
    RETURNING id, resident_id
)
UPDATE billing_bill b SET collective_id = m.id
FROM of_companies o JOIN made m ON m.resident_id = o.resident_id
WHERE b.id = o.id

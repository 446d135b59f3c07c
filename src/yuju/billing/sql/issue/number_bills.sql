WITH ordered AS (
    SELECT b.id, row_number() OVER (ORDER BY u.sort_key, n.number, b.due_date, b.id) AS position
    FROM billing_bill b
    JOIN billing_billingaccount a ON a.id = b.account_id
    JOIN residency_tenure n ON n.id = a.tenure_id
    JOIN premises_unit u ON u.id = n.unit_id
    WHERE b.run_id = %(run)s
)
UPDATE billing_bill b SET number = %(prefix)s || lpad(n.text, greatest(4, length(n.text)), '0')
FROM ordered o, LATERAL (SELECT (%(first)s + o.position - 1)::text) AS n (text)
WHERE o.id = b.id

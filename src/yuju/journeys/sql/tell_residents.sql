-- A notice for every bill of an issued run, to whoever holds the lease or the ownership; to a company one for all its bills.
INSERT INTO messaging_residentnotice (operator_id, resident_id, at, kind, about_id, facts)
SELECT b.operator_id, t.resident_id, %(at)s, 'bill_issued', b.id,
    jsonb_build_object('number', b.number, 'total', b.total::text, 'due', b.due_date, 'month', to_char(r.as_of, 'YYYY-MM'))
FROM billing_bill b
JOIN billing_billrun r ON r.id = b.run_id
JOIN billing_billingaccount a ON a.id = b.account_id
JOIN residency_tenure t ON t.id = a.tenure_id
WHERE b.run_id = %(run)s AND b.collective_id IS NULL
    AND NOT EXISTS (SELECT FROM residency_death d WHERE d.resident_id = t.resident_id AND d.withdrawn_at IS NULL)
UNION ALL
SELECT c.operator_id, c.resident_id, %(at)s, 'bill_issued', c.id,
    jsonb_build_object('number', c.number, 'total', c.total::text, 'due', c.due_date, 'month', to_char(r.as_of, 'YYYY-MM'),
        'bills', c.bill_count)
FROM billing_collectivebill c
JOIN billing_billrun r ON r.id = c.run_id
WHERE c.run_id = %(run)s
    AND NOT EXISTS (SELECT FROM residency_death d WHERE d.resident_id = c.resident_id AND d.withdrawn_at IS NULL)
ORDER BY 5

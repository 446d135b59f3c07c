INSERT INTO billing_charge (operator_id, property_id, kind, run_id, bill_id, account_id, recurring_id, tariff_id, reading_id,
    period_start, attempt, start, "end", bill_date, due_date, gross, discount, amount, derivation, posted_at)
SELECT %(operator)s, %(property)s, 'run', %(run)s, b.id, l.account_id, l.recurring_id, l.tariff_id, l.reading_id,
    l.period_start, l.attempt, l.start, l.end, l.bill_date, l.due_date, l.gross, l.discount, l.gross - l.discount, l.derivation, %(at)s
FROM draft_line l
JOIN billing_bill b ON b.run_id = %(run)s AND b.account_id = l.account_id AND b.due_date = l.due_date
WHERE l.fault IS NULL

INSERT INTO billing_bill (operator_id, property_id, run_id, account_id, due_date, total, charge_count)
SELECT %(operator)s, %(property)s, %(run)s, account_id, due_date, sum(gross - discount), count(*)
FROM draft_line WHERE fault IS NULL
GROUP BY account_id, due_date
ORDER BY account_id, due_date

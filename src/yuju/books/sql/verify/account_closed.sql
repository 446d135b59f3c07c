SELECT count(*) FROM payments_settlement c WHERE c.state = 'closed' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'settlement', c.id, CASE WHEN c.is_even THEN 'closed' ELSE 'open' END, concat_ws(', ', b.balance, nullif(b.deposit, 0))
FROM payments_settlement c
JOIN (
    SELECT s.id, coalesce(g.charged, 0) + coalesce(f.refunded, 0) - coalesce(p.received, 0) AS balance, coalesce(g.deposit, 0) + coalesce(d.carried, 0) AS deposit
    FROM payments_settlement s
    LEFT JOIN (
        SELECT c.account_id, sum(c.amount + coalesce(j.adjusted, 0)) AS charged,
            sum(c.amount + coalesce(j.adjusted, 0)) FILTER (WHERE i.category = 'deposit') AS deposit
        FROM billing_charge c JOIN billing_tariff t ON t.id = c.tariff_id JOIN billing_feeitem i ON i.id = t.fee_item_id
        LEFT JOIN billing_billrun r ON r.id = c.run_id
        LEFT JOIN (SELECT charge_id, sum(amount) AS adjusted FROM billing_adjustment GROUP BY 1) AS j ON j.charge_id = c.id
        LEFT JOIN billing_chargevoid v ON v.charge_id = c.id
        WHERE (c.run_id IS NULL OR r.state = 'issued') AND v.id IS NULL
            AND c.account_id IN (SELECT account_id FROM payments_settlement WHERE state = 'closed')
        GROUP BY 1
    ) AS g ON g.account_id = s.account_id
    LEFT JOIN (SELECT account_id, sum(amount) AS refunded FROM payments_refund GROUP BY 1) AS f ON f.account_id = s.account_id
    LEFT JOIN (SELECT account_id, sum(amount) AS received FROM payments_payment GROUP BY 1) AS p ON p.account_id = s.account_id
    LEFT JOIN (SELECT account_id, sum(amount) AS carried FROM payments_depositentry GROUP BY 1) AS d ON d.account_id = s.account_id
) AS b ON b.id = c.id
WHERE c.state = 'closed' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND (c.is_even <> (b.balance = 0) OR b.deposit <> 0)

-- Lays the credit of accounts along their open charges: both are counted up from zero in the order of the rules, and where
-- a payment's stretch and a charge's stretch overlap, the overlap is allocated.
INSERT INTO payments_allocation (operator_id, payment_id, charge_id, amount, at)
WITH account AS (
    SELECT unnest(%(accounts)s::bigint[]) AS id
), credit AS (
    SELECT p.account_id, p.id, p.received_on, p.amount - coalesce(sum(x.amount), 0)
            - coalesce((SELECT sum(f.amount) FROM payments_refund f WHERE f.payment_id = p.id), 0) AS open
    FROM payments_payment p LEFT JOIN payments_allocation x ON x.payment_id = p.id
    WHERE p.account_id IN (SELECT id FROM account)
        AND NOT EXISTS (SELECT FROM payments_payment r WHERE r.reverses_id = p.id)
    GROUP BY p.account_id, p.id, p.received_on, p.amount
), credit_stretch AS (
    SELECT account_id, id, sum(open) OVER line - open AS lower, sum(open) OVER line AS upper
    FROM credit WHERE open > 0 WINDOW line AS (PARTITION BY account_id ORDER BY received_on, id)
), charge AS (
    SELECT c.account_id, c.id, c.due_date, f.priority, c.amount + coalesce(j.adjusted, 0) - coalesce(x.settled, 0) AS open
    FROM billing_charge c
    JOIN billing_tariff t ON t.id = c.tariff_id
    JOIN billing_feeitem f ON f.id = t.fee_item_id
    LEFT JOIN billing_billrun r ON r.id = c.run_id
    LEFT JOIN LATERAL (SELECT sum(a.amount) AS settled FROM payments_allocation a WHERE a.charge_id = c.id) AS x ON true
    LEFT JOIN LATERAL (SELECT sum(a.amount) AS adjusted FROM billing_adjustment a WHERE a.charge_id = c.id) AS j ON true
    WHERE c.account_id IN (SELECT account_id FROM credit_stretch)
        AND (c.run_id IS NULL OR r.state = 'issued')
        AND NOT EXISTS (SELECT FROM billing_chargevoid v WHERE v.charge_id = c.id)
), charge_stretch AS (
    SELECT account_id, id, sum(open) OVER line - open AS lower, sum(open) OVER line AS upper
    FROM charge WHERE open > 0 WINDOW line AS (PARTITION BY account_id ORDER BY due_date, priority, id)
)
SELECT %(operator)s, p.id, c.id, least(p.upper, c.upper) - greatest(p.lower, c.lower), %(at)s
FROM credit_stretch p
JOIN charge_stretch c ON c.account_id = p.account_id AND c.lower < p.upper AND p.lower < c.upper

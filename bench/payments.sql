-- Everybody who left has paid all of it in one go, nineteen of twenty who are there what fell due before November; each has a receipt.

CREATE TEMPORARY TABLE paying AS
SELECT row_number() OVER (ORDER BY max(c.due_date), c.account_id) AS id, c.account_id, sum(c.amount) AS amount, max(c.due_date) AS day,
    array_agg(c.id) AS charges
FROM billing_charge c
WHERE c.amount > 0 AND (c.account_id > %(units)s OR c.account_id %% 20 > 0 AND c.due_date < '2026-11-01')
GROUP BY c.account_id;
INSERT INTO payments_shift (id, operator_id, property_id, cashier_id, opened_at, opening_float, closed_at, closed_by_id, expected, counted, note)
SELECT s, 1, 1, %(user)s, timestamptz '2020-01-01 08:00+08' + s * interval '1 day', 500, timestamptz '2020-01-01 18:00+08' + s * interval '1 day',
    %(user)s, 500, 500, '' FROM generate_series(1, 2000) AS s;
INSERT INTO payments_payment (id, operator_id, property_id, account_id, channel, received_on, amount, reference, shift_id, reason, posted_at, posted_by_id)
SELECT id, 1, 1, account_id, (ARRAY['cash', 'card'])[id %% 2 + 1], day, amount, CASE WHEN id %% 2 = 1 THEN id::text ELSE '' END,
    id %% 2000 + 1, '', day + interval '10 hours', %(user)s FROM paying;
INSERT INTO payments_allocation (operator_id, payment_id, charge_id, amount, at, by_id)
SELECT 1, p.id, c.id, c.amount, p.day, %(user)s FROM paying p, unnest(p.charges) AS of (charge) JOIN billing_charge c ON c.id = of.charge;
INSERT INTO payments_receipt (id, operator_id, property_id, payment_id, number, payer, token, issued_at, issued_by_id)
SELECT p.id, 1, 1, p.id, 'SJ-' || to_char(p.day, 'YYYYMMDD-') || lpad(row_number() OVER (PARTITION BY p.day ORDER BY p.id)::text, 4, '0'),
    r.name, md5(p.id::text), p.day + interval '10 hours', %(user)s
FROM paying p JOIN residency_tenure t ON t.id = p.account_id JOIN residency_resident r ON r.id = t.resident_id;
-- Whoever lives there has paid a month's rent as a deposit.
INSERT INTO payments_depositentry (operator_id, property_id, account_id, kind, day, amount, posted_at)
SELECT 1, 1, a.id, 'opening', t.start, 2000 + a.id %% 700 * 10, t.start
FROM billing_billingaccount a JOIN residency_tenure t ON t.id = a.tenure_id WHERE a.id <= %(units)s;
DROP TABLE paying;

SELECT count(*) FROM payments_settlementline l JOIN payments_settlement c ON c.id = l.settlement_id AND c.version = l.version WHERE c.state = 'closed' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'settlement', c.id, c.result::text, concat_ws(', ', s.lines, s.result)
FROM payments_settlement c
JOIN (
    SELECT settlement_id, version, sum(amount) FILTER (WHERE kind <> 'result') AS lines, sum(amount) FILTER (WHERE kind = 'result') AS result
    FROM payments_settlementline GROUP BY 1, 2
) AS s ON s.settlement_id = c.id AND s.version = c.version
WHERE c.state = 'closed' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND (coalesce(s.lines, 0) <> c.result OR s.result IS DISTINCT FROM c.result)
UNION ALL
-- What it charged is on the account, as it was agreed.
SELECT 'settlement', c.id, l.amount::text, coalesce(g.amount::text, '–')
FROM payments_settlement c JOIN payments_settlementline l ON l.settlement_id = c.id AND l.version = c.version
LEFT JOIN billing_charge g ON g.id = l.charge_id
WHERE c.state = 'closed' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND l.kind IN ('charge', 'damage', 'penalty')
    AND (g.account_id IS DISTINCT FROM c.account_id OR g.amount <> l.amount)
UNION ALL
-- What it priced again was adjusted by as much.
SELECT 'settlement', c.id, l.amount::text, coalesce(j.amount::text, '–')
FROM payments_settlement c JOIN payments_settlementline l ON l.settlement_id = c.id AND l.version = c.version
LEFT JOIN billing_adjustment j ON j.id = l.adjustment_id
WHERE c.state = 'closed' AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND l.kind = 'price'
    AND (j.charge_id IS DISTINCT FROM l.charge_id OR j.amount <> l.amount)

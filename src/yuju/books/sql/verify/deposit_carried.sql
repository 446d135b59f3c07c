SELECT count(DISTINCT c.account_id) FROM payments_depositentry c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'account', s.account_id, s.released::text, coalesce(p.became, 0)::text
FROM (
    SELECT c.account_id, -coalesce(sum(c.amount) FILTER (WHERE c.kind = 'released'), 0) AS released, sum(c.amount) AS held
    FROM payments_depositentry c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) GROUP BY 1
) AS s
LEFT JOIN (SELECT account_id, sum(amount) AS became FROM payments_payment WHERE channel = 'deposit' GROUP BY 1) AS p ON p.account_id = s.account_id
WHERE s.released <> coalesce(p.became, 0) OR s.held < 0

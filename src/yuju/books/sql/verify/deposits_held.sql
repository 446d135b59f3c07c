SELECT count(*) FROM payments_depositstanding d WHERE (%(property)s::bigint IS NULL OR d.property_id = %(property)s);
SELECT 'account', coalesce(said.account_id, found.account_id), concat_ws(' ', said.asked, said.held, said.to_refund, said.left_on, said.return_by),
    concat_ws(' ', found.asked, found.held, found.to_refund, found.left_on, found.return_by)
FROM payments_depositstanding said
FULL JOIN (
    SELECT f.account_id, a.property_id, f.asked, f.held, f.to_refund, coalesce(d.last_day, t.left_on) AS left_on,
        coalesce((d.closed_at AT TIME ZONE p.time_zone)::date, t.left_on) + g.deposit_return_days AS return_by
    FROM (
        SELECT account_id, sum(asked) AS asked, sum(held) AS held, sum(to_refund) AS to_refund
        FROM (
            SELECT e.account_id, e.amount AS asked, e.amount AS held, 0 AS to_refund FROM payments_depositentry e
            UNION ALL
            SELECT c.account_id,
                c.amount + coalesce((SELECT sum(j.amount) FROM billing_adjustment j WHERE j.charge_id = c.id), 0),
                coalesce((SELECT sum(a.amount) FROM payments_allocation a WHERE a.charge_id = c.id), 0), 0
            FROM billing_charge c JOIN billing_tariff t ON t.id = c.tariff_id JOIN billing_feeitem f ON f.id = t.fee_item_id
            WHERE f.category = 'deposit' AND c.run_id IS NULL
                AND NOT EXISTS (SELECT FROM billing_chargevoid v WHERE v.charge_id = c.id)
            UNION ALL
            SELECT s.account_id, 0, 0, -s.result FROM payments_settlement s WHERE s.state = 'closed' AND NOT s.is_even AND s.result < 0
        ) AS facts
        GROUP BY account_id HAVING sum(asked) <> 0 OR sum(held) <> 0 OR sum(to_refund) <> 0
    ) AS f
    JOIN billing_billingaccount a ON a.id = f.account_id
    JOIN premises_property p ON p.id = a.property_id
    JOIN (SELECT id, CASE WHEN state = 'ended' THEN "end" END AS left_on FROM residency_tenure) AS t ON t.id = a.tenure_id
    LEFT JOIN residency_agreement g ON g.tenure_id = t.id
    LEFT JOIN payments_settlement d ON d.account_id = a.id AND d.state = 'closed'
) AS found ON found.account_id = said.account_id
WHERE (%(property)s::bigint IS NULL OR coalesce(said.property_id, found.property_id) = %(property)s)
    AND (coalesce(said.asked, 0), coalesce(said.held, 0), coalesce(said.to_refund, 0), said.left_on, said.return_by)
        IS DISTINCT FROM (coalesce(found.asked, 0), coalesce(found.held, 0), coalesce(found.to_refund, 0), found.left_on, found.return_by)

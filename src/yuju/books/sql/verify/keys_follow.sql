SELECT count(*) FROM billing_charge c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'charge', c.id, concat_ws(', ', c.property_id, c.tariff_id), concat_ws(', ', a.property_id, coalesce(r.tariff_id, t.id))
FROM billing_charge c
JOIN billing_billingaccount a ON a.id = c.account_id
LEFT JOIN billing_recurringcharge r ON r.id = c.recurring_id
LEFT JOIN billing_tariff t ON t.id = c.tariff_id AND t.property_id = c.property_id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
    AND (c.property_id <> a.property_id OR t.id IS NULL OR r.tariff_id <> c.tariff_id)
UNION ALL
SELECT 'bill', c.id, c.property_id::text, a.property_id::text
FROM billing_bill c JOIN billing_billingaccount a ON a.id = c.account_id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND c.property_id <> a.property_id

SELECT count(*) FROM payments_payment c WHERE c.reverses_id IS NULL AND c.channel IN ('cash', 'card') AND (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'payment', c.id, c.property_id, r.property_id
FROM payments_payment c LEFT JOIN payments_receipt r ON r.payment_id = c.id
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s)
    AND CASE WHEN c.reverses_id IS NULL AND c.channel IN ('cash', 'card') AND c.together_with_id IS NULL
        THEN r.property_id IS DISTINCT FROM c.property_id ELSE r.id IS NOT NULL END

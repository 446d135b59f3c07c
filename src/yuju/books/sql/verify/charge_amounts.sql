SELECT count(*) FROM billing_charge c WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s);
SELECT 'charge', c.id, c.amount, c.gross - c.discount FROM billing_charge c
WHERE (%(property)s::bigint IS NULL OR c.property_id = %(property)s) AND (c.amount <> c.gross - c.discount OR c.amount < 0)

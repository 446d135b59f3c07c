-- What is frozen for somebody's review is not billed; released, it is due again as it was.
UPDATE draft_line l SET fault = 'held'
FROM billing_billingaccount a JOIN residency_freeze f ON f.tenure_id = a.tenure_id AND f.released_at IS NULL
WHERE a.id = l.account_id AND a.property_id = %(property)s AND l.fault IS NULL

UPDATE billing_billrun SET (bill_count, charge_count, total) = (
    SELECT count(*), coalesce(sum(charge_count), 0), coalesce(sum(total), 0) FROM billing_bill WHERE run_id = %(run)s)
WHERE id = %(run)s

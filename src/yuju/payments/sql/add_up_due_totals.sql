-- The rows of a day become one. Rows that others add meanwhile are not seen and stay.
WITH taken AS (
    DELETE FROM payments_duetotal d
    WHERE (d.property_id, d.due_date) IN (SELECT property_id, due_date FROM payments_duetotal GROUP BY property_id, due_date HAVING count(*) > 1)
    RETURNING operator_id, property_id, due_date, bills, settled_bills, billed, adjusted, settled
)
INSERT INTO payments_duetotal (operator_id, property_id, due_date, bills, settled_bills, billed, adjusted, settled)
SELECT operator_id, property_id, due_date, sum(bills), sum(settled_bills), sum(billed), sum(adjusted), sum(settled)
FROM taken GROUP BY operator_id, property_id, due_date

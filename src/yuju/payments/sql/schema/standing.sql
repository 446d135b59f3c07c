-- What is open is kept beside the facts it follows from, in the same transaction: which bills are settled, and sums by due date.

-- Puts bills that are settled now among the settled, takes out those that are not any more, and notes the difference by due date.
-- Whoever calls it holds the accounts of the bills.
CREATE OR REPLACE FUNCTION yuju_bills_settle(bills bigint[]) RETURNS void LANGUAGE sql AS $$
    WITH standing AS (
        SELECT b.operator_id, b.property_id, b.id, b.due_date, b.total
            - coalesce((SELECT sum(c.amount) FROM public.billing_charge c JOIN public.billing_chargevoid v ON v.charge_id = c.id
                WHERE c.bill_id = b.id), 0)
            + coalesce((SELECT sum(j.amount) FROM public.billing_charge c JOIN public.billing_adjustment j ON j.charge_id = c.id
                WHERE c.bill_id = b.id AND NOT EXISTS (SELECT FROM public.billing_chargevoid v WHERE v.charge_id = c.id)), 0)
            - coalesce((SELECT sum(a.amount) FROM public.billing_charge c JOIN public.payments_allocation a ON a.charge_id = c.id
                WHERE c.bill_id = b.id), 0) AS open
        FROM public.billing_bill b WHERE b.id = ANY (bills)
    ), settled AS (
        INSERT INTO public.payments_settledbill (operator_id, property_id, bill_id)
        SELECT operator_id, property_id, id FROM standing WHERE open <= 0
        ON CONFLICT (operator_id, bill_id) DO NOTHING RETURNING bill_id
    ), opened AS (
        DELETE FROM public.payments_settledbill s USING standing n WHERE s.bill_id = n.id AND n.open > 0 RETURNING s.bill_id
    )
    INSERT INTO public.payments_duetotal (operator_id, property_id, due_date, bills, settled_bills, billed, adjusted, settled)
    SELECT n.operator_id, n.property_id, n.due_date, 0, sum(turn), 0, 0, 0
    FROM (SELECT bill_id, 1 AS turn FROM settled UNION ALL SELECT bill_id, -1 FROM opened) AS turned JOIN standing n ON n.id = turned.bill_id
    GROUP BY n.operator_id, n.property_id, n.due_date
$$;

-- Its name comes after allocations_fit, which holds the accounts.
CREATE OR REPLACE FUNCTION yuju_allocations_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.payments_duetotal (operator_id, property_id, due_date, bills, settled_bills, billed, adjusted, settled)
    SELECT c.operator_id, c.property_id, c.due_date, 0, 0, 0, 0, sum(m.amount)
    FROM made m JOIN public.billing_charge c ON c.id = m.charge_id
    GROUP BY c.operator_id, c.property_id, c.due_date;
    PERFORM public.yuju_bills_settle(array_agg(DISTINCT c.bill_id))
    FROM made m JOIN public.billing_charge c ON c.id = m.charge_id WHERE c.bill_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER allocations_stand AFTER INSERT ON payments_allocation
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION yuju_allocations_stand();

CREATE OR REPLACE FUNCTION yuju_voids_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.yuju_bills_settle(array_agg(DISTINCT c.bill_id))
    FROM made m JOIN public.billing_charge c ON c.id = m.charge_id WHERE c.bill_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER voids_stand AFTER INSERT ON billing_chargevoid
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION yuju_voids_stand();

CREATE OR REPLACE FUNCTION yuju_run_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.payments_settledbill (operator_id, property_id, bill_id)
    SELECT b.operator_id, b.property_id, b.id FROM public.billing_bill b WHERE b.run_id = NEW.id AND b.total = 0;
    INSERT INTO public.payments_duetotal (operator_id, property_id, due_date, bills, settled_bills, billed, adjusted, settled)
    SELECT b.operator_id, b.property_id, b.due_date, count(*), count(*) FILTER (WHERE b.total = 0), sum(b.total), 0, 0
    FROM public.billing_bill b WHERE b.run_id = NEW.id
    GROUP BY b.operator_id, b.property_id, b.due_date;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER run_stands AFTER UPDATE OF state ON billing_billrun
    FOR EACH ROW WHEN (NEW.state = 'issued' AND OLD.state <> 'issued') EXECUTE FUNCTION yuju_run_stands();

CREATE OR REPLACE FUNCTION yuju_adjustments_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.payments_duetotal (operator_id, property_id, due_date, bills, settled_bills, billed, adjusted, settled)
    SELECT c.operator_id, c.property_id, c.due_date, 0, 0, 0, sum(m.amount), 0
    FROM made m JOIN public.billing_charge c ON c.id = m.charge_id
    GROUP BY c.operator_id, c.property_id, c.due_date;
    PERFORM public.yuju_bills_settle(array_agg(DISTINCT c.bill_id))
    FROM made m JOIN public.billing_charge c ON c.id = m.charge_id WHERE c.bill_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER adjustments_stand AFTER INSERT ON billing_adjustment
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION yuju_adjustments_stand();

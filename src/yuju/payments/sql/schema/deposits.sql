-- What each account holds of a deposit is kept beside the facts it follows from, in the same transaction.

CREATE OR REPLACE FUNCTION yuju_deposits_stand(accounts bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever is faster has written before this looks: the next statement sees it.
    PERFORM FROM public.billing_billingaccount a WHERE a.id = ANY (accounts) ORDER BY a.id FOR NO KEY UPDATE;
    INSERT INTO public.payments_depositstanding (operator_id, property_id, account_id, asked, held, since, to_refund, left_on, return_by)
    SELECT operator_id, property_id, account_id, asked, held, CASE WHEN held > 0 THEN since END, to_refund, left_on, return_by
    FROM (
        SELECT a.operator_id, a.property_id, a.id AS account_id,
            coalesce(c.asked, 0) + coalesce(e.carried, 0) AS asked, coalesce(c.paid, 0) + coalesce(e.carried, 0) AS held,
            least(c.since, e.since) AS since, coalesce(d.to_refund, 0) AS to_refund, coalesce(d.last_day, t.left_on) AS left_on,
            coalesce(d.closed_on, t.left_on) + g.deposit_return_days AS return_by
        FROM public.billing_billingaccount a
        JOIN LATERAL (
            SELECT t.id, CASE WHEN t.state = 'ended' THEN t."end" END AS left_on FROM public.residency_tenure t WHERE t.id = a.tenure_id
        ) AS t ON true
        LEFT JOIN public.residency_agreement g ON g.tenure_id = t.id
        LEFT JOIN LATERAL (
            SELECT s.last_day, (s.closed_at AT TIME ZONE p.time_zone)::date AS closed_on,
                CASE WHEN s.result < 0 AND NOT s.is_even THEN -s.result ELSE 0 END AS to_refund
            FROM public.payments_settlement s JOIN public.premises_property p ON p.id = s.property_id
            WHERE s.account_id = a.id AND s.state = 'closed'
        ) AS d ON true
        LEFT JOIN LATERAL (
            SELECT sum(e.amount) AS carried, min(e.day) AS since FROM public.payments_depositentry e WHERE e.account_id = a.id
        ) AS e ON true
        LEFT JOIN LATERAL (
            SELECT sum(c.amount + coalesce(j.amount, 0)) AS asked, sum(p.amount) AS paid, min(p.since) AS since
            FROM public.billing_charge c
            JOIN public.billing_tariff t ON t.id = c.tariff_id
            JOIN public.billing_feeitem f ON f.id = t.fee_item_id AND f.category = 'deposit'
            LEFT JOIN LATERAL (SELECT sum(j.amount) AS amount FROM public.billing_adjustment j WHERE j.charge_id = c.id) AS j ON true
            LEFT JOIN LATERAL (
                SELECT sum(l.amount) AS amount, min(m.received_on) FILTER (WHERE l.amount > 0) AS since
                FROM public.payments_allocation l JOIN public.payments_payment m ON m.id = l.payment_id WHERE l.charge_id = c.id
            ) AS p ON true
            WHERE c.account_id = a.id AND c.run_id IS NULL
                AND NOT EXISTS (SELECT FROM public.billing_chargevoid v WHERE v.charge_id = c.id)
        ) AS c ON true
        WHERE a.id = ANY (accounts)
    ) AS facts
    ON CONFLICT (operator_id, account_id) DO UPDATE
        SET (asked, held, since, to_refund, left_on, return_by)
            = (EXCLUDED.asked, EXCLUDED.held, EXCLUDED.since, EXCLUDED.to_refund, EXCLUDED.left_on, EXCLUDED.return_by);
    DELETE FROM public.payments_depositstanding s WHERE s.account_id = ANY (accounts) AND s.asked = 0 AND s.held = 0 AND s.to_refund = 0;
END $$;

CREATE OR REPLACE FUNCTION yuju_deposit_entries_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.yuju_deposits_stand(array_agg(DISTINCT m.account_id)) FROM made m HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER deposit_entries_stand AFTER INSERT ON payments_depositentry
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION yuju_deposit_entries_stand();

-- Charges of runs are many and never of this kind: they are passed over before anything is looked up.
CREATE OR REPLACE FUNCTION yuju_deposit_asked_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM public.billing_tariff t JOIN public.billing_feeitem f ON f.id = t.fee_item_id
        WHERE t.id = NEW.tariff_id AND f.category = 'deposit')
    THEN
        PERFORM public.yuju_deposits_stand(ARRAY[NEW.account_id]);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER deposit_asked_stands AFTER INSERT ON billing_charge
    FOR EACH ROW WHEN (NEW.run_id IS NULL) EXECUTE FUNCTION yuju_deposit_asked_stands();

-- For rows that point at a charge: money that settles it, adjustments, and what is taken away.
CREATE OR REPLACE FUNCTION yuju_deposit_charges_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.yuju_deposits_stand(array_agg(DISTINCT c.account_id))
    FROM made m
    JOIN public.billing_charge c ON c.id = m.charge_id AND c.run_id IS NULL
    JOIN public.billing_tariff t ON t.id = c.tariff_id
    JOIN public.billing_feeitem f ON f.id = t.fee_item_id AND f.category = 'deposit'
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
-- Their names come after allocations_fit, which holds the accounts.
CREATE OR REPLACE TRIGGER deposit_allocations_stand AFTER INSERT ON payments_allocation
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION yuju_deposit_charges_stand();
CREATE OR REPLACE TRIGGER deposit_adjustments_stand AFTER INSERT ON billing_adjustment
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION yuju_deposit_charges_stand();
CREATE OR REPLACE TRIGGER deposit_voids_stand AFTER INSERT ON billing_chargevoid
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION yuju_deposit_charges_stand();

-- Somebody checks out, or the contract says another number of days: until when the deposit goes back follows from both.
CREATE OR REPLACE FUNCTION yuju_deposit_returns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.yuju_deposits_stand(array_agg(s.account_id))
    FROM public.payments_depositstanding s JOIN public.billing_billingaccount a ON a.id = s.account_id
    WHERE a.tenure_id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER deposit_left AFTER UPDATE OF state, "end" ON residency_tenure
    FOR EACH ROW WHEN ('ended' IN (OLD.state, NEW.state)) EXECUTE FUNCTION yuju_deposit_returns('id');
CREATE OR REPLACE TRIGGER deposit_returned_within AFTER INSERT OR UPDATE ON residency_agreement
    FOR EACH ROW EXECUTE FUNCTION yuju_deposit_returns('tenure_id');

-- A settlement is closed, or what it left is paid out.
CREATE OR REPLACE FUNCTION yuju_deposit_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.yuju_deposits_stand(ARRAY[NEW.account_id]);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER deposit_settled AFTER UPDATE OF state, is_even ON payments_settlement
    FOR EACH ROW WHEN (NEW.state = 'closed') EXECUTE FUNCTION yuju_deposit_settled();

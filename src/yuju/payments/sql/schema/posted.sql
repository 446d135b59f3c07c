-- Money received, settled or held is never changed or deleted.
CREATE OR REPLACE TRIGGER payment_posted BEFORE UPDATE OR DELETE ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();
CREATE OR REPLACE TRIGGER allocation_posted BEFORE UPDATE OR DELETE ON payments_allocation
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();
CREATE OR REPLACE TRIGGER refund_posted BEFORE DELETE ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();
-- The same number put under another key (ADR 20) is no change of it; the seal tells whether it is the same.
CREATE OR REPLACE TRIGGER refund_changed BEFORE UPDATE ON payments_refund
    FOR EACH ROW WHEN (
        to_jsonb(OLD) - 'payee_account' <> to_jsonb(NEW) - 'payee_account' OR OLD.payee_account = '' OR NEW.payee_account = ''
        OR split_part(OLD.payee_account, '.', 1) = split_part(NEW.payee_account, '.', 1)
    ) EXECUTE FUNCTION yuju_posted();
CREATE OR REPLACE TRIGGER deposit_posted BEFORE UPDATE OR DELETE ON payments_depositentry
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();
CREATE OR REPLACE TRIGGER receipt_posted BEFORE UPDATE OR DELETE ON payments_receipt
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();
CREATE OR REPLACE TRIGGER receipt_print_posted BEFORE UPDATE OR DELETE ON payments_receiptprint
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();

-- A shift is closed once; until then nothing of its opening changes either.
CREATE OR REPLACE FUNCTION yuju_shift_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
        AND (NEW.operator_id, NEW.property_id, NEW.cashier_id, NEW.opened_at, NEW.opening_float)
            = (OLD.operator_id, OLD.property_id, OLD.cashier_id, OLD.opened_at, OLD.opening_float)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % is posted and cannot be changed', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER shift_kept BEFORE UPDATE OR DELETE ON payments_shift
    FOR EACH ROW EXECUTE FUNCTION yuju_shift_kept();

-- Nothing is settled twice and no money is spent twice, whoever writes: the accounts are locked in the order of their keys, then added up.
CREATE OR REPLACE FUNCTION yuju_allocations_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    astray bigint;
BEGIN
    PERFORM FROM public.billing_billingaccount a
    WHERE a.id IN (SELECT p.account_id FROM made m JOIN public.payments_payment p ON p.id = m.payment_id)
    ORDER BY a.id FOR NO KEY UPDATE;
    -- A draft's charge, or one that was taken away, takes nothing at all.
    SELECT c.id INTO astray
    FROM (SELECT DISTINCT charge_id FROM made) AS m
    JOIN public.billing_charge c ON c.id = m.charge_id
    LEFT JOIN public.billing_billrun r ON r.id = c.run_id
    WHERE (SELECT sum(x.amount) FROM public.payments_allocation x WHERE x.charge_id = c.id) NOT BETWEEN 0
        AND CASE WHEN r.state <> 'issued' OR EXISTS (SELECT FROM public.billing_chargevoid v WHERE v.charge_id = c.id) THEN 0
            ELSE c.amount + coalesce((SELECT sum(j.amount) FROM public.billing_adjustment j WHERE j.charge_id = c.id), 0) END
    LIMIT 1;
    IF astray IS NOT NULL THEN
        RAISE EXCEPTION 'charge % would be settled for more than is open', astray USING ERRCODE = '23514', CONSTRAINT = 'allocation_within_charge';
    END IF;
    SELECT p.id INTO astray
    FROM (SELECT DISTINCT payment_id FROM made) AS m JOIN public.payments_payment p ON p.id = m.payment_id
    WHERE (SELECT sum(x.amount) FROM public.payments_allocation x WHERE x.payment_id = p.id)
        NOT BETWEEN 0 AND CASE WHEN EXISTS (SELECT FROM public.payments_payment r WHERE r.reverses_id = p.id) THEN 0
            ELSE p.amount - coalesce((SELECT sum(f.amount) FROM public.payments_refund f WHERE f.payment_id = p.id), 0) END LIMIT 1;
    IF astray IS NOT NULL THEN
        RAISE EXCEPTION 'payment % would be spent for more than it is', astray USING ERRCODE = '23514', CONSTRAINT = 'allocation_within_payment';
    END IF;
    SELECT m.id INTO astray
    FROM made m JOIN public.payments_payment p ON p.id = m.payment_id JOIN public.billing_charge c ON c.id = m.charge_id
    WHERE c.account_id <> p.account_id LIMIT 1;
    IF astray IS NOT NULL THEN
        RAISE EXCEPTION 'allocation % settles a charge of another account', astray
            USING ERRCODE = '23514', CONSTRAINT = 'allocation_of_one_account';
    END IF;
    SELECT m.id INTO astray
    FROM made m JOIN public.payments_allocation o ON o.id = m.releases_id
    WHERE o.amount + (SELECT sum(x.amount) FROM public.payments_allocation x WHERE x.releases_id = o.id) < 0
        OR (o.payment_id, o.charge_id) <> (m.payment_id, m.charge_id) LIMIT 1;
    IF astray IS NOT NULL THEN
        RAISE EXCEPTION 'allocation % would release more than was allocated', astray
            USING ERRCODE = '23514', CONSTRAINT = 'allocation_released_once';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER allocations_fit AFTER INSERT ON payments_allocation
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION yuju_allocations_fit();

-- A reversal takes back the whole of a payment that settles nothing any more.
CREATE OR REPLACE FUNCTION yuju_reversal_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.billing_billingaccount a WHERE a.id = NEW.account_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT FROM public.payments_payment p
        WHERE p.id = NEW.reverses_id AND p.reverses_id IS NULL AND p.account_id = NEW.account_id AND p.channel = NEW.channel
            AND p.amount = -NEW.amount
    ) OR (SELECT coalesce(sum(x.amount), 0) FROM public.payments_allocation x WHERE x.payment_id = NEW.reverses_id) <> 0
        OR EXISTS (SELECT FROM public.payments_refund f WHERE f.payment_id = NEW.reverses_id) THEN
        RAISE EXCEPTION 'payment % is not taken back by %', NEW.reverses_id, NEW.amount
            USING ERRCODE = '23514', CONSTRAINT = 'reversal_of_the_whole';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER reversal_fits BEFORE INSERT ON payments_payment
    FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION yuju_reversal_fits();

-- A charge is taken away only once nothing of it is settled any more. Its account is held first, as by whoever moves money.
CREATE OR REPLACE FUNCTION yuju_void_holds_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.billing_billingaccount a
    WHERE a.id = (SELECT c.account_id FROM public.billing_charge c WHERE c.id = NEW.charge_id) FOR NO KEY UPDATE;
    IF (SELECT coalesce(sum(x.amount), 0) FROM public.payments_allocation x WHERE x.charge_id = NEW.charge_id) <> 0 THEN
        RAISE EXCEPTION 'charge % is taken away with money on it', NEW.charge_id
            USING ERRCODE = '23514', CONSTRAINT = 'void_holds_nothing';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER void_holds_nothing BEFORE INSERT ON billing_chargevoid
    FOR EACH ROW EXECUTE FUNCTION yuju_void_holds_nothing();

-- What goes out again was there, is settling nothing, and was not given out before.
CREATE OR REPLACE FUNCTION yuju_refund_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.billing_billingaccount a WHERE a.id = NEW.account_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT FROM public.payments_payment p
        WHERE p.id = NEW.payment_id AND p.reverses_id IS NULL AND (p.account_id, p.property_id) = (NEW.account_id, NEW.property_id)
            AND NOT EXISTS (SELECT FROM public.payments_payment r WHERE r.reverses_id = p.id)
            AND NEW.amount <= p.amount - coalesce((SELECT sum(x.amount) FROM public.payments_allocation x WHERE x.payment_id = p.id), 0)
                - coalesce((SELECT sum(f.amount) FROM public.payments_refund f WHERE f.payment_id = p.id), 0)
    ) THEN
        RAISE EXCEPTION 'payment % has not % left to give out', NEW.payment_id, NEW.amount
            USING ERRCODE = '23514', CONSTRAINT = 'refund_within_payment';
    END IF;
    IF NEW.moved_to_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.payments_payment p
        WHERE p.id = NEW.moved_to_id AND p.channel = 'transfer' AND p.account_id <> NEW.account_id
            AND p.amount >= NEW.amount + coalesce((SELECT sum(f.amount) FROM public.payments_refund f WHERE f.moved_to_id = p.id), 0)
    ) THEN
        RAISE EXCEPTION 'refund of payment % did not become payment %', NEW.payment_id, NEW.moved_to_id
            USING ERRCODE = '23514', CONSTRAINT = 'transfer_of_the_whole';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER refund_fits BEFORE INSERT ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION yuju_refund_fits();

-- Less is owed only down to what is settled: whoever adjusts releases first.
CREATE OR REPLACE FUNCTION yuju_adjustment_above_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT c.amount + coalesce((SELECT sum(x.amount) FROM public.billing_adjustment x WHERE x.charge_id = c.id), 0)
            FROM public.billing_charge c WHERE c.id = NEW.charge_id)
        < (SELECT coalesce(sum(x.amount), 0) FROM public.payments_allocation x WHERE x.charge_id = NEW.charge_id)
    THEN
        RAISE EXCEPTION 'charge % would be settled for more than it is', NEW.charge_id
            USING ERRCODE = '23514', CONSTRAINT = 'adjustment_above_settled';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER adjustment_above_settled AFTER INSERT ON billing_adjustment
    FOR EACH ROW EXECUTE FUNCTION yuju_adjustment_above_settled();

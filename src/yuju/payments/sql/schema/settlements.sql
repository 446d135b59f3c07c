-- What a settlement came to stands once it is closed or withdrawn, and its lines stand from the beginning: new facts make new lines.

-- What an account comes to, in yuan: charged + adjusted + refunded − received. 0 once nothing is owed and nothing is left.
CREATE OR REPLACE FUNCTION yuju_account_balance(wanted bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT
        coalesce((SELECT sum(c.amount + coalesce((SELECT sum(j.amount) FROM public.billing_adjustment j WHERE j.charge_id = c.id), 0))
            FROM public.billing_charge c LEFT JOIN public.billing_billrun r ON r.id = c.run_id
            WHERE c.account_id = wanted AND (c.run_id IS NULL OR r.state = 'issued')
                AND NOT EXISTS (SELECT FROM public.billing_chargevoid v WHERE v.charge_id = c.id)), 0)
        + coalesce((SELECT sum(f.amount) FROM public.payments_refund f WHERE f.account_id = wanted), 0)
        - coalesce((SELECT sum(p.amount) FROM public.payments_payment p WHERE p.account_id = wanted), 0)
$$;

CREATE OR REPLACE FUNCTION yuju_settlement_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state <> 'closed' AND NEW.state = 'closed' THEN
        NEW.is_even := public.yuju_account_balance(NEW.account_id) = 0;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.state NOT IN ('closed', 'withdrawn') OR to_jsonb(NEW) - 'is_even' = to_jsonb(OLD) - 'is_even') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % is posted and cannot be changed', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER settlement_kept BEFORE UPDATE OR DELETE ON payments_settlement
    FOR EACH ROW EXECUTE FUNCTION yuju_settlement_kept();

CREATE OR REPLACE FUNCTION yuju_settlement_line_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.charge_id IS NULL OR OLD.charge_id = NEW.charge_id)
        AND (OLD.adjustment_id IS NULL OR OLD.adjustment_id = NEW.adjustment_id)
        AND (NEW.operator_id, NEW.settlement_id, NEW.version, NEW.position, NEW.kind, NEW.facts, NEW.amount)
            = (OLD.operator_id, OLD.settlement_id, OLD.version, OLD.position, OLD.kind, OLD.facts, OLD.amount)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % is posted and cannot be changed', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER settlement_line_kept BEFORE UPDATE OR DELETE ON payments_settlementline
    FOR EACH ROW EXECUTE FUNCTION yuju_settlement_line_kept();

-- Whether a closed settlement is even follows from what is posted to its account afterwards. Whoever posts holds the account.
CREATE OR REPLACE FUNCTION yuju_settlement_evens() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
BEGIN
    IF TG_TABLE_NAME IN ('billing_adjustment', 'billing_chargevoid') THEN
        SELECT c.account_id INTO moved FROM public.billing_charge c WHERE c.id = NEW.charge_id;
    ELSE
        moved := NEW.account_id;
    END IF;
    IF EXISTS (SELECT FROM public.payments_settlement s WHERE s.account_id = moved AND s.state <> 'withdrawn' AND s.state = 'closed') THEN
        PERFORM FROM public.billing_billingaccount a WHERE a.id = moved FOR NO KEY UPDATE;
        UPDATE public.payments_settlement s SET is_even = public.yuju_account_balance(moved) = 0
        WHERE s.account_id = moved AND s.state <> 'withdrawn' AND s.state = 'closed';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER settlement_evens AFTER INSERT ON payments_payment
    FOR EACH ROW WHEN (NEW.channel <> 'opening') EXECUTE FUNCTION yuju_settlement_evens();
CREATE OR REPLACE TRIGGER settlement_evens AFTER INSERT ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION yuju_settlement_evens();
CREATE OR REPLACE TRIGGER settlement_evens AFTER INSERT ON billing_adjustment
    FOR EACH ROW EXECUTE FUNCTION yuju_settlement_evens();
CREATE OR REPLACE TRIGGER settlement_evens AFTER INSERT ON billing_chargevoid
    FOR EACH ROW EXECUTE FUNCTION yuju_settlement_evens();
-- Charges of runs are none of a closed account's: its recurring charges have ended and are billed.
CREATE OR REPLACE TRIGGER settlement_evens AFTER INSERT ON billing_charge
    FOR EACH ROW WHEN (NEW.kind = 'once') EXECUTE FUNCTION yuju_settlement_evens();

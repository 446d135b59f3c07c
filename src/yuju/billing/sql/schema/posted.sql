-- Posted facts are never changed or deleted, by whatever road the order comes.

CREATE OR REPLACE FUNCTION yuju_posted_with_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Rows of a draft may change and go away with it; nothing else may, and none moves to another run.
    -- The schema is named: a temporary table of the same name would be read first.
    IF OLD.run_id IS NOT NULL AND (TG_OP = 'DELETE' OR NEW.run_id = OLD.run_id) AND EXISTS (
        SELECT FROM public.billing_billrun r
        WHERE r.operator_id = OLD.operator_id AND r.id = OLD.run_id AND r.state = 'draft'
    ) THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION '% % is posted and cannot be changed', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;

CREATE OR REPLACE FUNCTION yuju_posted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % is posted and cannot be changed', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;

CREATE OR REPLACE TRIGGER charge_posted BEFORE UPDATE OR DELETE ON billing_charge
    FOR EACH ROW EXECUTE FUNCTION yuju_posted_with_run();
CREATE OR REPLACE TRIGGER bill_posted BEFORE UPDATE OR DELETE ON billing_bill
    FOR EACH ROW EXECUTE FUNCTION yuju_posted_with_run();
CREATE OR REPLACE TRIGGER collective_bill_posted BEFORE UPDATE OR DELETE ON billing_collectivebill
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();
-- What was decided about an issued run is part of how it came about.
CREATE OR REPLACE TRIGGER run_exception_posted BEFORE UPDATE OR DELETE ON billing_runexception
    FOR EACH ROW EXECUTE FUNCTION yuju_posted_with_run();
CREATE OR REPLACE TRIGGER charge_void_posted BEFORE UPDATE OR DELETE ON billing_chargevoid
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();

-- An issued run stays issued, with its totals.
CREATE OR REPLACE FUNCTION yuju_run_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'bill run % is issued and cannot be changed', OLD.number
        USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER run_issued BEFORE UPDATE OR DELETE ON billing_billrun
    FOR EACH ROW WHEN (OLD.state = 'issued') EXECUTE FUNCTION yuju_run_issued();

-- Half up, away from zero, of numerator / denominator, to a multiple of `step`. Exact: no inexact division takes part.
CREATE OR REPLACE FUNCTION yuju_half_up(numerator numeric, denominator numeric, step numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT sign(numerator) * div(2 * abs(numerator) + denominator * step, 2 * denominator * step) * step $$;

-- The exact sum of fractions, as {numerator, denominator}.
CREATE OR REPLACE FUNCTION yuju_add_fraction(total numeric[], numerator numeric, denominator numeric) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN total[2] = denominator THEN ARRAY[total[1] + numerator, denominator]
   ELSE ARRAY[total[1] * denominator + numerator * total[2], total[2] * denominator] END $$;
CREATE OR REPLACE AGGREGATE yuju_sum_fractions(numeric, numeric) (
    sfunc = yuju_add_fraction, stype = numeric[], initcond = '{0,1}');

-- Whoever adjusts holds the account first, as whoever moves money does: what is open never falls below what is settled.
CREATE OR REPLACE FUNCTION yuju_adjustment_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.billing_billingaccount a
    WHERE a.id = (SELECT c.account_id FROM public.billing_charge c WHERE c.id = NEW.charge_id) FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM public.billing_charge c LEFT JOIN public.billing_billrun r ON r.id = c.run_id
        WHERE c.id = NEW.charge_id AND (r.state <> 'issued' OR c.property_id <> NEW.property_id
            OR EXISTS (SELECT FROM public.billing_chargevoid v WHERE v.charge_id = c.id)
            OR c.amount + NEW.amount + coalesce((SELECT sum(x.amount) FROM public.billing_adjustment x WHERE x.charge_id = c.id), 0) < 0)
    ) THEN
        RAISE EXCEPTION 'charge % cannot be adjusted by %', NEW.charge_id, NEW.amount
            USING ERRCODE = '23514', CONSTRAINT = 'adjustment_within_charge';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER adjustment_fits BEFORE INSERT ON billing_adjustment
    FOR EACH ROW EXECUTE FUNCTION yuju_adjustment_fits();
CREATE OR REPLACE TRIGGER adjustment_posted BEFORE UPDATE OR DELETE ON billing_adjustment
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();

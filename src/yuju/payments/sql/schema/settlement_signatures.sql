-- A signature is given once, to lines that hold and are shown, and stays.
CREATE OR REPLACE FUNCTION yuju_settlement_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM public.payments_settlement s
                   WHERE s.id = NEW.settlement_id AND s.state = 'shown' AND s.version = NEW.version) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'settlement % cannot be signed now', NEW.settlement_id USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
    END IF;
    RAISE EXCEPTION 'signature % cannot be changed', OLD.id USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER settlement_signature_stays BEFORE INSERT OR UPDATE OR DELETE ON payments_settlementsignature
    FOR EACH ROW EXECUTE FUNCTION yuju_settlement_signature();

-- A contract's document and what was filled in never change. Once signed, it can only be declared void; void is the end.
CREATE OR REPLACE FUNCTION yuju_contract_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := CASE OLD.state
        WHEN 'drafted' THEN ARRAY['state', 'driver', 'reference', 'sent_at', 'sent_by_id', 'signed_at', 'signed_path', 'signed_sha256',
                                  'void_at', 'void_by_id', 'void_reason']
        WHEN 'signed' THEN ARRAY['state', 'void_at', 'void_by_id', 'void_reason']
        ELSE ARRAY[]::text[] END;
BEGIN
    -- Sealed anew with another key, the facts are still the same.
    moving := array_append(moving, 'facts_text');
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - moving = to_jsonb(OLD) - moving
        AND NOT (OLD.state = 'signed' AND NEW.state = 'drafted') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'contract % cannot be changed', OLD.id USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER contract_stays BEFORE UPDATE OR DELETE ON residency_contract
    FOR EACH ROW EXECUTE FUNCTION yuju_contract_stays();

-- A text that contracts may point to stays as it came in; it can be replaced or taken out of use.
CREATE OR REPLACE FUNCTION yuju_contract_template_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - ARRAY['replaced_at', 'retired_at'] = to_jsonb(OLD) - ARRAY['replaced_at', 'retired_at'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'contract template % cannot be changed', OLD.id USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER contract_template_stays BEFORE UPDATE ON residency_contracttemplate
    FOR EACH ROW EXECUTE FUNCTION yuju_contract_template_stays();

-- A signature is given once, and only to what is not signed yet.
CREATE OR REPLACE FUNCTION yuju_contract_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM public.residency_contract c WHERE c.id = NEW.contract_id AND c.state = 'drafted') THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'contract % cannot be signed any more', NEW.contract_id USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
    END IF;
    RAISE EXCEPTION 'signature % cannot be changed', OLD.id USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER contract_signature_stays BEFORE INSERT OR UPDATE OR DELETE ON residency_contractsignature
    FOR EACH ROW EXECUTE FUNCTION yuju_contract_signature();

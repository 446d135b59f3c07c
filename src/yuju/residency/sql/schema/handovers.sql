-- A handover that was signed stays as it was signed, with everything in it; a photo is never changed.
CREATE OR REPLACE FUNCTION yuju_handover_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'signed' THEN
        RAISE EXCEPTION 'handover % is signed and cannot be changed', OLD.id
            USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER handover_signed BEFORE UPDATE OR DELETE ON residency_handover
    FOR EACH ROW EXECUTE FUNCTION yuju_handover_signed();

CREATE OR REPLACE FUNCTION yuju_handover_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM residency_handover h WHERE h.state = 'signed'
            AND h.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.handover_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.handover_id END)
    ) THEN
        RAISE EXCEPTION '% of a signed handover cannot be changed', TG_TABLE_NAME
            USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER handover_item_signed BEFORE INSERT OR UPDATE OR DELETE ON residency_handoveritem
    FOR EACH ROW EXECUTE FUNCTION yuju_handover_part();
CREATE OR REPLACE TRIGGER handover_key_signed BEFORE INSERT OR UPDATE OR DELETE ON residency_handoverkey
    FOR EACH ROW EXECUTE FUNCTION yuju_handover_part();
CREATE OR REPLACE TRIGGER handover_photo_signed BEFORE INSERT OR DELETE ON residency_handoverphoto
    FOR EACH ROW EXECUTE FUNCTION yuju_handover_part();

CREATE OR REPLACE FUNCTION yuju_handover_photo_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'photo % of a handover is a fact and cannot be changed', OLD.id
        USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER handover_photo_fact BEFORE UPDATE ON residency_handoverphoto
    FOR EACH ROW EXECUTE FUNCTION yuju_handover_photo_fact();

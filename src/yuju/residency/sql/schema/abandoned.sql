-- What two witnesses signed in an abandoned room stays as it was signed, with everything in it and the notices before it.
CREATE OR REPLACE FUNCTION yuju_room_entry_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'signed' THEN
        RAISE EXCEPTION 'entry % is signed and cannot be changed', OLD.id
            USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER room_entry_signed BEFORE UPDATE OR DELETE ON residency_roomentry
    FOR EACH ROW EXECUTE FUNCTION yuju_room_entry_signed();

CREATE OR REPLACE FUNCTION yuju_room_entry_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM residency_roomentry e WHERE e.state = 'signed'
            AND e.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.entry_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.entry_id END)
    ) THEN
        RAISE EXCEPTION '% of a signed entry cannot be changed', TG_TABLE_NAME
            USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER entry_witness_signed BEFORE INSERT OR DELETE ON residency_entrywitness
    FOR EACH ROW EXECUTE FUNCTION yuju_room_entry_part();
-- The same number put under another key (ADR 20) is no change of it; the seal tells whether it is the same.
CREATE OR REPLACE TRIGGER entry_witness_changed BEFORE UPDATE ON residency_entrywitness
    FOR EACH ROW WHEN (
        to_jsonb(OLD) - 'id_number' <> to_jsonb(NEW) - 'id_number' OR OLD.id_number = '' OR NEW.id_number = ''
        OR split_part(OLD.id_number, '.', 1) = split_part(NEW.id_number, '.', 1)
    ) EXECUTE FUNCTION yuju_room_entry_part();
CREATE OR REPLACE TRIGGER entry_thing_signed BEFORE INSERT OR UPDATE OR DELETE ON residency_entrything
    FOR EACH ROW EXECUTE FUNCTION yuju_room_entry_part();
CREATE OR REPLACE TRIGGER entry_photo_signed BEFORE INSERT OR UPDATE OR DELETE ON residency_entryphoto
    FOR EACH ROW EXECUTE FUNCTION yuju_room_entry_part();

CREATE OR REPLACE FUNCTION yuju_abandonment_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM residency_roomentry e WHERE e.state = 'signed'
            AND e.abandonment_id IN (
                CASE WHEN TG_OP <> 'INSERT' THEN OLD.abandonment_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.abandonment_id END
            )
    ) THEN
        RAISE EXCEPTION 'notices of a signed entry cannot be changed'
            USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER abandonment_notice_signed BEFORE INSERT OR UPDATE OR DELETE ON residency_abandonmentnotice
    FOR EACH ROW EXECUTE FUNCTION yuju_abandonment_notice();
